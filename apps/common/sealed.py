"""Texts that are kept and that nobody may read in the database or in a copy of it: under a key made of SECRET_KEY.

A text that is sealed `by` something is opened by whoever brings that, and by nobody who has only SECRET_KEY.
"""

import base64

from cryptography.fernet import Fernet, InvalidToken
from django.utils.crypto import salted_hmac


class Unreadable(Exception):
    """It was sealed under another SECRET_KEY, or by something else, or is damaged."""


def seal(text: str, by: str = "") -> bytes:
    return _fernet(by).encrypt(text.encode())


def unseal(sealed: bytes, by: str = "") -> str:
    """The text that was sealed. Raises Unreadable."""
    try:
        return _fernet(by).decrypt(sealed).decode()
    except InvalidToken:
        raise Unreadable("It was sealed under another key.") from None


def _fernet(by: str) -> Fernet:
    key = salted_hmac("apps.common.sealed", by, algorithm="sha256").digest()
    return Fernet(base64.urlsafe_b64encode(key))
