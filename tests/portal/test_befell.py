"""An outcome's slip in the portal says in plain words what befell it."""

from datetime import timedelta
from typing import Any

from apps.common.clock import now
from tests.cast import Vendor, ticket
from tests.console.desk import text_of
from tests.portal.conftest import Portal

WINDOW = {"window_seconds": 72 * 3600}


def other(vendor: Vendor, **content: Any) -> None:
    """A second definition, triggered by meetings."""
    vendor.definition("booked_meeting", name="Booked meeting", unit="meeting", trigger="meeting.booked", **content)


def meeting(**fields: Any) -> dict[str, Any]:
    return ticket("meeting", type="meeting.booked", subject="M-1") | fields


def slip(halden: Portal, *events: dict[str, Any]) -> str:
    """The slip of the first event's outcome, all of them sent now."""
    first, *_ = halden.vendor.send(*events, at=now().isoformat())
    return text_of(halden.client.get(f"/portal/outcomes/{first.outcome}"))


def test_a_void_names_the_signal(halden: Portal) -> None:
    other(halden.vendor, settlement=WINDOW | {"void_on": [{"type": "meeting.cancelled", "condition": "true"}]})
    page = slip(halden, meeting(), ticket("call", type="meeting.cancelled", subject="M-1"))
    assert "Voided: it does not count" in page
    assert "reported <code>meeting.cancelled</code> for it, event <code>call</code>" in page


def test_what_awaits_confirmation_says_so(halden: Portal) -> None:
    confirm_on = [{"type": "meeting.held", "condition": "true"}]
    other(halden.vendor, settlement=WINDOW | {"mode": "on_confirmation", "confirm_on": confirm_on})
    assert "Counts only if it is confirmed by then" in slip(halden, meeting())


def test_what_expired_says_that_it_does_not_count(halden: Portal) -> None:
    confirm_on = [{"type": "meeting.held", "condition": "true"}]
    other(halden.vendor, settlement=WINDOW | {"mode": "on_confirmation", "confirm_on": confirm_on})
    page = slip(halden, meeting(time=(now() - timedelta(days=9)).isoformat()))
    assert "Expired: nobody confirmed it in time" in page
    assert "It counts once it is confirmed." not in page
