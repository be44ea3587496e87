"""How people sign up, choose a password and log in: allauth, and where it leads them."""

from typing import Any, NamedTuple
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import (
    ChangePasswordForm,
    LoginForm,
    RequestLoginCodeForm,
    ResetPasswordForm,
    ResetPasswordKeyForm,
    SetPasswordForm,
    SignupForm,
)
from allauth.account.models import EmailAddress
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from apps.common.form_words import ACCOUNTS
from apps.tenants.access import contacts_of, tenants_of
from apps.tenants.models import User


class Home(NamedTuple):
    """This installation, as mails call it."""

    domain: str
    name: str


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Who is member nowhere lands in the portal as a contact, in the admin as an operator; others in the console."""

    error_messages = {**DefaultAccountAdapter.error_messages, **ACCOUNTS}

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        user = request.user
        if isinstance(user, User) and not tenants_of(user):
            if contacts_of(user):
                return reverse("portal:live")
            if user.is_staff:
                return reverse("admin:index")
        return reverse("console:overview")

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Links lead to SITE_URL, never to the host that a request names: whoever asks for a mail could choose that."""
        links = {name: at_home(value) for name, value in context.items() if name.endswith("_url")}
        domain = urlsplit(settings.SITE_URL).netloc
        super().send_mail(template_prefix, email, context | links | {"current_site": Home(domain, domain)})


def at_home(url: str) -> str:
    """The same path of this installation."""
    return settings.SITE_URL + urlsplit(url)._replace(scheme="", netloc="").geturl()


LABELS = {
    "Email": "E-mail address",
    "Remember Me": "Stay logged in",
    "Current Password": "Current password",
    "New Password": "New password",
    "New Password (again)": "New password, again",
    "Password (again)": "Password, again",
}
"""Ours, by those of allauth."""


class Plain:
    """A form of allauth with our labels, and without placeholders, which say the same again and are gone on typing."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():  # type: ignore[attr-defined]
            field.label = LABELS.get(str(field.label), field.label)
            field.widget.attrs.pop("placeholder", None)


class PlainLogin(Plain, LoginForm):  # type: ignore[misc]
    """Logging in with a password."""


class PlainCode(Plain, RequestLoginCodeForm):  # type: ignore[misc]
    """Having a code sent."""


class PlainSignup(Plain, SignupForm):  # type: ignore[misc]
    """A new account."""


class PlainReset(Plain, ResetPasswordForm):  # type: ignore[misc]
    """Having a link to a new password sent."""


class PlainChange(Plain, ChangePasswordForm):  # type: ignore[misc]
    """Another password."""


class PlainSet(Plain, SetPasswordForm):  # type: ignore[misc]
    """The first password."""


class PasswordByMailForm(Plain, ResetPasswordKeyForm):  # type: ignore[misc]
    """A password chosen by a mailed link: the address is proved by that, and the password typed once, as at signup."""

    password2 = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password1"].label = "Password"

    def save(self) -> None:
        super().save()
        EmailAddress.objects.filter(user=self.user, email=self.user.email).update(verified=True)
