"""What the demo's customers did: a pure function of (seed, today), so that two machines tell the same story of a day.

Each customer has a random stream of its own. Nothing here reads the clock or touches the database.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any

from apps.common.periods import Period, zone
from apps.demo.buyers import BUYERS, Buyer

DAYS = 90
EVENTS = 50_000
CHANNELS = ("chat", "email", "voice")
CHANNEL_WEIGHTS = (54, 34, 12)
RATINGS = (5, 4, 3, 2, 1)
RATING_WEIGHTS = (52, 29, 11, 5, 3)
REASONS = ("Reopened by the requester", "Answered by a person after all", "Test ticket of our own team")

RATED, ESCALATED, REPEATED, DELAYED, TAKEN_BACK, REOPENED = 0.55, 0.05, 0.001, 0.001, 0.0012, 0.015
"""How many events are rated, handed to a person, sent twice, sent hours late, taken back by word, and reopened."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """An event as a client sends it, and when."""

    at: datetime
    event: dict[str, Any]


@dataclass(frozen=True, slots=True)
class TakeBack:
    """An explicit void of the outcome of an event, always within the 48 hours that a ticket is pending."""

    at: datetime
    event_id: str
    reason: str


@dataclass(frozen=True)
class History:
    """All that happened, in order of time, up to the end of the day on which it is told."""

    deliveries: list[Delivery]
    take_backs: list[TakeBack]


def first_day(buyer: Buyer, today: date) -> date:
    """The day on which a customer's subscription and events begin: so that three of its cycles have ended.

    Calendar customers begin 90 to 99 days ago, and at the latest on the 24th of the third month before this one.
    """
    if buyer.anniversary:
        return today - timedelta(days=buyer.anniversary)
    months = today.year * 12 + today.month - 1 - 3
    return min(today - timedelta(days=DAYS), date(months // 12, months % 12 + 1, 24))


def tell(seed: int, today: date, *, events: int = EVENTS) -> History:
    """The history of about so many events, as of `today`."""
    deliveries: list[Delivery] = []
    take_backs: list[TakeBack] = []
    for buyer in BUYERS:
        story = Story(buyer, seed, today)
        deliveries += story.deliveries(round(events * buyer.share / 100 / (1 + REOPENED)))
        take_backs += story.take_backs
    deliveries += strays(seed, today)
    deliveries.sort(key=lambda one: (one.at, one.event["id"]))
    take_backs.sort(key=lambda one: (one.at, one.event_id))
    return History(deliveries, take_backs)


class Story:
    """One customer's part of the history."""

    def __init__(self, buyer: Buyer, seed: int, today: date) -> None:
        self.buyer = buyer
        self.random = Random(f"{seed} {buyer.external_id}")
        self.days = list(Period(first_day(buyer, today), today + timedelta(days=1)))
        self.ticket = 10_000 + self.random.randrange(60_000)
        self.take_backs: list[TakeBack] = []

    def deliveries(self, count: int) -> list[Delivery]:
        return [one for at in self.instants(count) for one in self.deliver(self.event(at), at)]

    def instants(self, count: int) -> list[datetime]:
        """So many instants of the days, by the customer's own rhythm, in order."""
        busy = [self.busyness(index, day) for index, day in enumerate(self.days)]
        clock, draw = zone(self.buyer.time_zone), self.random
        return sorted(
            datetime.combine(day, time(hour, draw.randrange(60), draw.randrange(60)), clock).astimezone(UTC)
            for day, hour in zip(
                draw.choices(self.days, busy, k=count), draw.choices(range(24), self.buyer.hours, k=count), strict=True
            )
        )

    def busyness(self, index: int, day: date) -> float:
        """How much happens on a day: more from month to month, less at the weekend, and no two days alike."""
        week = (1.12, 1.08, 1.0, 0.98, 0.92, self.buyer.weekend, self.buyer.weekend * 0.85)[day.weekday()]
        grown: float = (1 + self.buyer.growth) ** (index / 30)
        return week * grown * self.random.lognormvariate(0, 0.1)

    def event(self, at: datetime) -> dict[str, Any]:
        draw = self.random.uniform(0, 100)
        head = {
            "id": f"evt_{self.random.getrandbits(64):016x}",
            "customer": self.buyer.external_id,
            "time": at.isoformat(),
        }
        if draw < self.buyer.payments:
            return head | payment(self.random)
        if draw < self.buyer.payments + self.buyer.meetings:
            return head | meeting(self.random)
        self.ticket += self.random.randrange(1, 4)
        return head | ticket(self.random, self.buyer, self.ticket)

    def deliver(self, event: dict[str, Any], at: datetime) -> Iterator[Delivery]:
        """Mostly one delivery within seconds; now and then hours later, or a second time, or taken back later."""
        draw = self.random.random()
        sent = at + timedelta(seconds=self.random.randrange(1, 20))
        if draw < DELAYED:
            sent += timedelta(hours=self.random.randrange(5, 30))
        yield Delivery(sent, event)
        if DELAYED <= draw < DELAYED + REPEATED:
            yield Delivery(sent + timedelta(minutes=self.random.randrange(1, 90)), event)
        counts = event["type"] == "ticket.resolved" and is_good(event["properties"])
        if counts and DELAYED + REPEATED <= draw < DELAYED + REPEATED + TAKEN_BACK:
            later = at + timedelta(minutes=self.random.randrange(60, 40 * 60))
            self.take_backs.append(TakeBack(later, event["id"], self.random.choice(REASONS)))
        elif counts and draw > 1 - REOPENED:
            later = at + timedelta(minutes=self.random.randrange(60, 40 * 60))
            signal = {name: event[name] for name in ("customer", "subject", "evidence")}
            head = {
                "id": f"evt_{self.random.getrandbits(64):016x}",
                "type": "ticket.reopened",
                "time": later.isoformat(),
            }
            yield Delivery(later, head | signal)


def is_good(properties: dict[str, Any]) -> bool:
    """Whether a ticket counts under every version of its definition."""
    return not properties.get("escalated") and properties.get("rating", 5) >= 3


def ticket(random: Random, buyer: Buyer, number: int) -> dict[str, Any]:
    """What is particular to a resolved ticket."""
    channel = random.choices(CHANNELS, CHANNEL_WEIGHTS)[0]
    properties: dict[str, Any] = {"channel": channel, "topic": random.choice(buyer.topics)}
    if random.random() < RATED:
        properties["rating"] = random.choices(RATINGS, RATING_WEIGHTS)[0]
    if random.random() < ESCALATED:
        properties["escalated"] = True
    return {
        "type": "ticket.resolved",
        "subject": f"T-{number}",
        "properties": properties,
        "evidence": f"https://desk.northwind.example/{buyer.external_id}/T-{number}",
    }


def meeting(random: Random) -> dict[str, Any]:
    number = random.randrange(100_000, 999_999)
    return {
        "type": "meeting.booked",
        "subject": f"M-{number}",
        "properties": {"minutes": random.choice((15, 30, 30, 45)), "attendees": random.randrange(2, 5)},
    }


def payment(random: Random) -> dict[str, Any]:
    cents = round(random.lognormvariate(9, 0.6))
    return {
        "type": "payment.recovered",
        "subject": f"P-{random.randrange(1_000_000, 9_999_999)}",
        "properties": {"amount": f"{cents // 100}.{cents % 100:02}", "attempts": random.randrange(1, 4)},
    }


def strays(seed: int, today: date) -> list[Delivery]:
    """Events of late that can't be judged: an unknown customer, an unknown type, a payment without its amount."""
    random = Random(f"{seed} strays")
    wrong: list[dict[str, Any]] = [
        {"type": "ticket.resolved", "customer": "halden-eu", "properties": {"channel": "chat", "rating": 5}},
        {"type": "ticket.closed", "customer": "pennyfield", "properties": {"channel": "email"}},
        {"type": "payment.recovered", "customer": "kestrel", "properties": {"attempts": 2}},
    ]
    noon = datetime.combine(today, time(12), UTC)
    found = []
    for number in range(9):
        at = noon - timedelta(minutes=random.randrange(24 * 60, 10 * 24 * 60))
        head = {"id": f"evt_{random.getrandbits(64):016x}", "time": at.isoformat(), "subject": f"S-{7_301 + number}"}
        found.append(Delivery(at + timedelta(seconds=4), head | wrong[number % len(wrong)]))
    return found
