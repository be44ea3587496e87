"""Pages and mails about accounts. Whoever asks for a mail may name any host in his request, and is not believed."""

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client

from tests.cast import new_user

ELSEWHERE = "127.0.0.1:4711"


def asked_for(path: str, **form: str) -> str:
    """The text of the mail that a request with a strange host called for."""
    Client().post(path, form, headers={"Host": ELSEWHERE})
    return str(mail.outbox[-1].body)


def test_the_link_to_a_new_password_leads_here() -> None:
    text = asked_for("/accounts/password/reset/", email=new_user().email)
    assert f"{settings.SITE_URL}/accounts/password/reset/key/" in text


@pytest.mark.parametrize(
    "path", ["/accounts/password/reset/", "/accounts/login/code/"], ids=["a new password", "a code"]
)
def test_no_mail_names_the_host_of_the_request(path: str) -> None:
    assert ELSEWHERE not in asked_for(path, email=new_user().email)


def test_whoever_signs_up_again_is_told_where() -> None:
    text = asked_for("/accounts/signup/", email=new_user().email, password1="a long and good password")
    assert ELSEWHERE not in text
    assert settings.SITE_URL in text


@pytest.mark.parametrize("address", [f"ap@{'ü' * 63}.example", "ap@xn--ü.example", "ap@a\u2028b.example"])
@pytest.mark.parametrize("path", ["/accounts/login/code/", "/accounts/password/reset/", "/accounts/signup/"])
def test_an_address_that_no_mail_can_be_written_to_is_said_at_its_field(path: str, address: str) -> None:
    """Anybody may type one there, and it has the form of an address."""
    form = {"email": address, "password1": "a long and good password"}
    answer = Client(raise_request_exception=False).post(path, form)
    assert answer.status_code == 200
    assert list(answer.context["form"].errors) == ["email"]


@pytest.mark.parametrize(
    ("path", "labels"),
    [
        ("login/", ["E-mail address", "Password", "Stay logged in"]),
        ("login/code/", ["E-mail address"]),
        ("signup/", ["E-mail address", "Password"]),
        ("password/reset/", ["E-mail address"]),
        ("password/change/", ["Current password", "New password", "New password, again"]),
    ],
)
def test_a_form_has_our_labels_and_no_placeholders(path: str, labels: list[str]) -> None:
    client = Client()
    if path == "password/change/":
        client.force_login(new_user(), backend="django.contrib.auth.backends.ModelBackend")
    answer = client.get(f"/accounts/{path}")
    assert [str(field.label) for field in answer.context["form"].visible_fields()] == labels
    assert "placeholder" not in answer.content.decode()
