"""Numbers of documents: a series for each tenant, prefix and year, in which none is missing and none comes twice."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from apps.common.statements import ask
from apps.tenants.base import new_id
from apps.tenants.scope import current_tenant_id

TAKE = """
INSERT INTO invoices_numberseries AS series (tenant_id, id, code, next) VALUES (%b, %b, %b, 1 + %b::int8)
ON CONFLICT (tenant_id, code) DO UPDATE SET next = series.next + %b::int8
RETURNING next
"""


def take_numbers(prefix: str, years: Sequence[int]) -> list[str]:
    """The next number of each year's series, such as CF-2026-0001, for documents of these years, in their order.

    A series' row stays locked until the transaction ends, and goes back with it: so no number is ever missing. Take
    them last, since other issuers wait meanwhile. Series are locked in order, so that takers can't block each other.
    """
    tenant_id, counts = current_tenant_id(), Counter(years)
    asked = {
        year: ask(TAKE, [tenant_id, new_id(), f"{prefix}-{year}", counts[year], counts[year]])
        for year in sorted(counts)
    }
    first = {year: rows()[0][0] - counts[year] for year, rows in asked.items()}
    taken: dict[int, int] = defaultdict(int)
    numbers = []
    for year in years:
        numbers.append(f"{prefix}-{year}-{first[year] + taken[year]:04d}")
        taken[year] += 1
    return numbers
