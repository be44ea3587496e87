"""Words around numbers, in English."""

import re
from decimal import Decimal


def plural(noun: str) -> str:
    """The plural of a unit's name by the regular rules: ticket, tickets; reply, replies; inbox, inboxes."""
    if re.search(r"[^aeiou]y$", noun):
        return f"{noun[:-1]}ies"
    return f"{noun}es" if re.search(r"(s|x|z|ch|sh)$", noun) else f"{noun}s"


def unit_for(noun: str, quantity: Decimal | int) -> str:
    """The unit as it stands behind a quantity: 1 ticket, 0 tickets, 1.5 tickets."""
    return noun if quantity == 1 else plural(noun)
