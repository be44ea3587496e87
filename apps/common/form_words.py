"""What every form says about wrong input, in place of Django's and allauth's own words: what is wrong, and what to do.

A field's own `error_messages` go before these. They are put where Django looks, once, when the app starts (apps.py), so
that no form can be without them.
"""

from django import forms
from django.core import validators
from django.utils.functional import Promise
from django.utils.translation import ngettext_lazy

FIELDS: dict[type[forms.Field], dict[str, str]] = {
    forms.Field: {"required": "Fill this in."},
    forms.IntegerField: {"invalid": "This is no whole number. Write digits only, such as 30."},
    forms.DecimalField: {"invalid": "This is no number. Write digits and a point, such as 12.50."},
    forms.DateField: {"invalid": "This is no day. Write year, month and day, such as 2026-11-30."},
    forms.DateTimeField: {"invalid": "This is no time. Write day and time, such as 2026-11-30 14:00."},
    forms.ChoiceField: {
        "required": "Choose one.",
        "invalid_choice": "%(value)s is none of the choices. Choose one from the list.",
    },
    forms.MultipleChoiceField: {
        "required": "Choose at least one.",
        "invalid_choice": "%(value)s is none of the choices. Choose from the list.",
        "invalid_list": "Choose from the list.",
    },
    forms.ModelChoiceField: {
        "required": "Choose one.",
        "invalid_choice": "That is none of the choices any more. Choose one from the list.",
    },
    forms.FileField: {
        "required": "Choose a file.",
        "invalid": "The file did not come with the form. Choose it again.",
        "missing": "The file did not come with the form. Choose it again.",
        "empty": "The file is empty. Choose another.",
    },
    forms.URLField: {"invalid": "This is no address of a page. Write all of it, such as https://example.com/help."},
}
"""The texts of fields, by their codes; a subclass says its own or else its parent's."""

VALIDATORS: dict[type, str | Promise] = {
    validators.EmailValidator: "This is no e-mail address. Write it as in name@company.example.",
    validators.URLValidator: FIELDS[forms.URLField]["invalid"],
    validators.MaxValueValidator: "At most %(limit_value)s.",
    validators.MinValueValidator: "At least %(limit_value)s.",
    validators.MaxLengthValidator: ngettext_lazy(
        "At most %(limit_value)d character; this has %(show_value)d.",
        "At most %(limit_value)d characters; this has %(show_value)d.",
        "limit_value",
    ),
    validators.MinLengthValidator: ngettext_lazy(
        "At least %(limit_value)d character; this has %(show_value)d.",
        "At least %(limit_value)d characters; this has %(show_value)d.",
        "limit_value",
    ),
    validators.ProhibitNullCharactersValidator: "There is an invisible character in this, NUL. Type it anew.",
}

ACCOUNTS = {
    "account_inactive": "This account is inactive. Ask an owner or admin of your organisation to let you in again.",
    "email_password_mismatch": "There is no account of this address and this password. Look at both, or log in with a "
    "code by mail.",
    "email_taken": "There is an account with this address already. Log in with it.",
    "enter_current_password": "Type your password of now.",
    "incorrect_code": "This is not the code that we sent. Look at it again, or have a new one sent.",
    "incorrect_password": "This is not your password.",
    "invalid_or_expired_key": "This link no longer works. Have a new one sent.",
    "invalid_password_reset": "This link no longer works. Have a new one sent.",
    "too_many_login_attempts": "There were too many wrong passwords. Wait some minutes, or log in with a code by mail.",
    "unknown_email": "There is no account with this address. Look at it again, or create an account.",
    "rate_limited": "That was too often. Wait a minute, then try again.",
}
"""Those of logging in, for the adapter of allauth (apps/tenants/accounts.py)."""


def say_plainly() -> None:
    """Have every form use these."""
    for field, texts in FIELDS.items():
        field.default_error_messages = {**field.default_error_messages, **texts}
    for validator, text in VALIDATORS.items():
        validator.message = text  # type: ignore[attr-defined]
