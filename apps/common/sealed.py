"""Texts that are kept and that nobody may read in the database or in a copy of it: under a key made of SECRET_KEY."""

import base64

from cryptography.fernet import Fernet, InvalidToken
from django.utils.crypto import salted_hmac


class Unreadable(Exception):
    """It was sealed under another SECRET_KEY, or is damaged."""


def seal(text: str) -> bytes:
    return _fernet().encrypt(text.encode())


def unseal(sealed: bytes) -> str:
    """The text that was sealed. Raises Unreadable."""
    try:
        return _fernet().decrypt(sealed).decode()
    except InvalidToken:
        raise Unreadable("It was sealed under another secret key.") from None


def _fernet() -> Fernet:
    key = salted_hmac("apps.common.sealed", "", algorithm="sha256").digest()
    return Fernet(base64.urlsafe_b64encode(key))
