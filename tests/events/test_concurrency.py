"""Exact under concurrency: many senders, the same ids, one count."""

import random
from collections import Counter
from datetime import date
from decimal import Decimal

from apps.common.periods import Period
from apps.events import usage
from apps.events.compare import compare
from apps.events.models import Event, Outcome
from apps.outcomes.publish import publish_version
from apps.tenants.access import access_customer
from apps.tenants.scope import scope
from tests.cast import Vendor, instant, ticket
from tests.threads import at_once, times

NOVEMBER = Period(date(2026, 11, 1), date(2026, 12, 1))
AT = "2026-11-05 10:00"


def counted(vendor: Vendor) -> Decimal:
    with scope(vendor.tenant.pk):
        rows = usage.totals(access_customer("halden").pk, NOVEMBER)
        return sum((one.quantity for one in rows), Decimal(0))


def test_sixteen_senders_of_the_same_ids_in_any_order_count_each_once(northwind: Vendor) -> None:
    northwind.customer()
    northwind.definition()
    events = [ticket(f"e{n}") for n in range(300)]

    def send(sender: int) -> Counter[str]:
        own = events.copy()
        random.Random(sender).shuffle(own)
        batches = [own[start : start + 60] for start in range(0, len(own), 60)]
        return Counter(result.status for batch in batches for result in northwind.send(*batch, at=AT))

    answers = sum(times(16, send), Counter())
    assert answers == {"accepted": 300, "duplicate": 15 * 300}
    assert counted(northwind) == 300
    with scope(northwind.tenant.pk):
        assert Event.objects.count() == Outcome.objects.count() == 300


def test_senders_of_conflicting_content_store_one_and_refuse_the_others(northwind: Vendor) -> None:
    northwind.customer()
    northwind.definition()
    answers = times(8, lambda n: northwind.send(ticket("same", quantity=str(n + 1)), at=AT)[0])
    assert Counter(answer.status for answer in answers) == {"accepted": 1, "conflict": 7}
    [winner] = [n + 1 for n, answer in enumerate(answers) if answer.status == "accepted"]
    assert counted(northwind) == winner


def test_a_hot_customer_is_counted_exactly_by_many_writers(northwind: Vendor) -> None:
    northwind.customer()
    northwind.definition()

    def send(sender: int) -> None:
        for n in range(25):
            northwind.send(*[ticket(f"{sender}-{n}-{m}") for m in range(4)], at=AT)

    times(12, send)
    assert counted(northwind) == 12 * 25 * 4
    with scope(northwind.tenant.pk):
        assert compare().differences == []


def test_while_versions_are_published_every_event_is_judged_by_one_of_them(northwind: Vendor) -> None:
    northwind.customer()
    definition = northwind.definition().definition

    def publish() -> None:
        for n in range(10):
            with scope(northwind.tenant.pk):
                publish_version(definition, {"name": f"Resolved ticket {n}"}, at=instant("2026-11-05 09:00"))

    def send(sender: int) -> None:
        for n in range(30):
            northwind.send(ticket(f"{sender}-{n}"), at=AT)

    at_once(publish, lambda: send(1), lambda: send(2))
    assert counted(northwind) == 60
