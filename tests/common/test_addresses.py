"""Addresses: those that a mail can be written to, and those that only look so."""

import pytest
from django.core.mail import EmailMessage

from apps.common.addresses import can_get_mail

GOOD = ["ap@halden.example", "ap+bills@bücher.example", "ap@例え.example", f"ap@{'ü' * 50}.example", "ap@[127.0.0.1]"]
BAD = [
    "halden",
    f"ap@{'ü' * 63}.example",
    "ap@xn--ü.example",
    "ap@a\u2028b.example",
    "ap@a\ue000.example",
    "ap@\u3002x.example",
    '"a\x0b"@halden.example',
]


@pytest.mark.parametrize("address", GOOD)
def test_a_mail_to_it_can_be_written(address: str) -> None:
    assert can_get_mail(address)
    EmailMessage("Invoice 1", "Here it is.", to=[address]).message().as_bytes()


@pytest.mark.parametrize("address", BAD, ids=ascii)
def test_no_mail_to_it_can_be_written(address: str) -> None:
    assert not can_get_mail(address)


@pytest.mark.parametrize(("length", "fits"), [(254, True), (255, False)])
def test_it_has_at_most_254_characters(length: int, fits: bool) -> None:
    end = f"@{'.'.join(['b' * 60] * 3)}.example"
    assert can_get_mail("a" * (length - len(end)) + end) is fits
