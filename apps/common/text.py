"""The shapes of names that come from outside."""

import re

from django.core.validators import RegexValidator

CODE = re.compile(r"[A-Za-z0-9._:@-]{1,128}")
"""External ids and codes."""

CODE_VALIDATOR = RegexValidator(
    r"\A[A-Za-z0-9._:@-]{1,128}\Z", "Use 1 to 128 letters, digits and . _ : @ - without spaces.", "invalid"
)
SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
SLUG_VALIDATOR = RegexValidator(
    rf"\A{SLUG.pattern}\Z",
    "Use 1 to 40 lower-case letters, digits and hyphens.",
    "invalid",
)
COLOUR_VALIDATOR = RegexValidator(r"\A#[0-9a-f]{6}\Z", "Use a colour such as #1f5c45.", "invalid")
