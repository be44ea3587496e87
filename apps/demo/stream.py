"""A gentle stream of events as the demo's customers would send them now, over HTTP like any client's."""

import json
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable
from datetime import datetime
from random import Random
from typing import Any

from apps.common.periods import zone
from apps.demo.buyers import BUYERS, Buyer
from apps.demo.history import meeting, payment, ticket

PAUSE = 2.2
"""Seconds between two events on average, over all customers, in a busy hour."""

REPEATED, REFUSED = 0.03, 0.06
"""How many are sent a second time, and how many get a rating that does not count."""

FIRST_WAIT, LONGEST_WAIT = 0.5, 10.0
TIMEOUT = 5


class Unwelcome(RuntimeError):
    """The API refuses the key or the event: trying again won't help."""


def pace(buyer: Buyer, at: datetime) -> float:
    """How busy the customer is at this hour of its own day, by its share."""
    return buyer.share * buyer.hours[at.astimezone(zone(buyer.time_zone)).hour]


def pause(random: Random, at: datetime) -> float:
    """Seconds until the next event: a few in ten seconds, half as many when it is night for most."""
    busiest = sum(buyer.share * max(buyer.hours) for buyer in BUYERS)
    quiet = 1 - sum(pace(buyer, at) for buyer in BUYERS) / busiest
    return random.uniform(0.5, 1.5) * PAUSE * (1 + quiet)


def event(random: Random, at: datetime) -> dict[str, Any]:
    """The next event, of a customer who is awake more likely than of one who is asleep."""
    buyer = random.choices(BUYERS, [pace(buyer, at) for buyer in BUYERS])[0]
    head = {"id": f"live_{uuid.uuid4().hex}", "customer": buyer.external_id, "time": at.isoformat()}
    draw = random.uniform(0, 100)
    if draw < buyer.payments:
        return head | payment(random)
    if draw < buyer.payments + buyer.meetings:
        return head | meeting(random)
    made = head | ticket(random, buyer, random.randrange(100_000, 999_999))
    if random.random() < REFUSED:
        made["properties"]["rating"] = 1
    return made


def send(url: str, key: str, body: dict[str, Any]) -> dict[str, Any]:
    """Post one event and return its result. OSError while the site is away or busy; Unwelcome for a lasting refusal."""
    request = urllib.request.Request(  # noqa: S310  # the site's own URL, from the settings
        url,
        data=json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310
            result: dict[str, Any] = json.load(answer)["results"][0]
            return result
    except urllib.error.HTTPError as error:
        if error.code < 500 and error.code != 429:
            raise Unwelcome(f"{error.code}: {error.read().decode(errors='replace')}") from None
        raise


def send_patiently(url: str, key: str, body: dict[str, Any], say: Callable[[str], None]) -> None:
    """Send until the site answers: its id makes an event that arrived after all a duplicate."""
    wait = FIRST_WAIT
    while True:
        try:
            result = send(url, key, body)
        except (OSError, ValueError) as error:
            say(f"{body['customer']}: waiting for the site ({error})")
            time.sleep(wait)
            wait = min(wait * 2, LONGEST_WAIT)
        else:
            word = result["status"] if result["billable"] else result["reason"] or result["status"]
            say(f"{body['customer']} {body['type']} {body['subject']}: {word}")
            return


def stream(url: str, key: str, *, clock: Callable[[], datetime], say: Callable[[str], None]) -> None:
    """Send events until the process is told to end."""
    random = Random()
    while True:
        body = event(random, clock())
        send_patiently(url, key, body, say)
        if random.random() < REPEATED:
            send_patiently(url, key, body, say)
        time.sleep(pause(random, clock()))
