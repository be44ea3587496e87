"""Addresses that a mail can be sent to, which are fewer than those that look like one."""

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

LONGEST = 254
"""Characters: RFC 5321 has room for no more, nor have the tables."""


def check_address(address: str) -> None:
    """Raise ValidationError, with words for people, where it is no address, or no mail could be written to it.

    The domain may be in any script, and each of its parts must fit into the letters that mail servers know: at most 63
    of them, and none that is invisible (RFC 5890).
    """
    validate_email(address)
    if len(address) > LONGEST:
        raise ValidationError(f"At most {LONGEST} characters; this has {len(address)}.", "max_length")
    try:
        address.rpartition("@")[2].encode("idna")
    except UnicodeError:
        raise ValidationError(
            "No mail can be sent to this domain. Look at what stands after the @.", "invalid"
        ) from None
    if not address.isprintable():
        raise ValidationError("There is an invisible character in this. Type it anew.", "invalid")


def can_get_mail(address: str) -> bool:
    """Whether a mail could be written to it."""
    try:
        check_address(address)
    except ValidationError:
        return False
    return True
