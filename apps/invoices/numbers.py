"""Numbers of documents: a series for each tenant, prefix and year, in which none is missing and none comes twice."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from django.db import connection

from apps.tenants.base import new_id
from apps.tenants.scope import current_tenant_id

TAKE = """
INSERT INTO invoices_numberseries AS series (tenant_id, id, code, next) VALUES (%(tenant)s, %(id)s, %(code)s, 1 + %(n)s)
ON CONFLICT (tenant_id, code) DO UPDATE SET next = series.next + %(n)s
RETURNING next - %(n)s
"""


def take_numbers(prefix: str, years: Sequence[int]) -> list[str]:
    """The next number of each year's series, such as CF-2026-0001, for documents of these years, in their order.

    A series' row stays locked until the transaction ends, and goes back with it: so no number is ever missing. Take
    them last, since other issuers wait meanwhile. Series are locked in order, so that takers can't block each other.
    """
    counts, first = Counter(years), {}
    with connection.cursor() as cursor:
        for year in sorted(counts):
            code = f"{prefix}-{year}"
            values: dict[str, Any] = {"tenant": current_tenant_id(), "id": new_id(), "code": code, "n": counts[year]}
            cursor.execute(TAKE, values)
            first[year] = cursor.fetchone()[0]
    taken: dict[int, int] = defaultdict(int)
    numbers = []
    for year in years:
        numbers.append(f"{prefix}-{year}-{first[year] + taken[year]:04d}")
        taken[year] += 1
    return numbers
