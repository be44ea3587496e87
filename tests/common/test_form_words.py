"""What forms say about wrong input is in the words of the house, whichever form it is."""

from typing import Any

import pytest
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.cast import Vendor
from tests.console.desk import client_of, text_of


class Sample(forms.Form):
    """A field of every kind that the pages use."""

    text = forms.CharField(max_length=5, min_length=3)
    email = forms.EmailField()
    url = forms.URLField()
    whole = forms.IntegerField(min_value=1, max_value=9)
    number = forms.DecimalField()
    day = forms.DateField()
    choice = forms.ChoiceField(choices=[("a", "A")])
    choices = forms.MultipleChoiceField(choices=[("a", "A")])
    file = forms.FileField()


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("text", "", "Fill this in."),
        ("text", "longer", "At most 5 characters; this has 6."),
        ("text", "ab", "At least 3 characters; this has 2."),
        ("text", "a\0b", "There is an invisible character in this, NUL. Type it anew."),
        ("email", "ada", "This is no e-mail address. Write it as in name@company.example."),
        ("url", "ada", "This is no address of a page. Write all of it, such as https://example.com/help."),
        ("whole", "1.5", "This is no whole number. Write digits only, such as 30."),
        ("whole", "0", "At least 1."),
        ("whole", "10", "At most 9."),
        ("number", "x", "This is no number. Write digits and a point, such as 12.50."),
        ("day", "30.11.2026", "This is no day. Write year, month and day, such as 2026-11-30."),
        ("choice", "", "Choose one."),
        ("choice", "b", "b is none of the choices. Choose one from the list."),
        ("choices", [], "Choose at least one."),
        ("file", None, "Choose a file."),
        ("file", SimpleUploadedFile("x.csv", b""), "The file is empty. Choose another."),
    ],
)
def test_an_error_says_what_is_wrong_and_what_to_do(field: str, value: Any, said: str) -> None:
    form = Sample({field: value}, {field: value} if value else {})
    assert form.errors[field] == [said]


def test_a_page_of_the_console_says_it_at_the_field(northwind: Vendor) -> None:
    answer = client_of(northwind).post("/team", {"do": "invite", "email": "grace", "role": "king"})
    assert "This is no e-mail address." in text_of(answer)
    assert "king is none of the choices." in text_of(answer)


def test_a_wrong_password_is_said_in_plain_words(northwind: Vendor) -> None:
    answer = Client().post("/accounts/login/", {"login": northwind.owner.email, "password": "wrong"})
    assert "There is no account of this address and this password." in text_of(answer)
