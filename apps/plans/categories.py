"""The field `tax_category` of what is charged: written only where it says something."""

from apps.common.categories import LONGEST, STANDARD
from apps.common.reading import Fields, Json


def read_category(fields: Fields) -> str:
    """The field `tax_category`, a code of at most 40 characters; the standard category where it is not given."""
    if not fields.given("tax_category"):
        return STANDARD
    code = fields.code("tax_category")
    if len(code) > LONGEST:
        fields.fail("tax_category", "length", f"must have 1 to {LONGEST} characters")
    return code


def category_json(category: str) -> Json:
    """The field as JSON, and nothing for the standard category."""
    return {} if category == STANDARD else {"tax_category": category}
