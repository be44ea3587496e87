"""The demo's eight customers, all made up: who they are, what they pay by, and how their days and weeks run."""

from dataclasses import dataclass
from typing import Any

from apps.tenants.models import TaxStatus

OFFICE = (1, 1, 1, 1, 1, 2, 4, 12, 34, 52, 58, 50, 40, 46, 55, 50, 42, 30, 14, 8, 6, 5, 3, 2)
"""How busy each hour of the day is where people ask from their desks,"""

EVENING = (5, 3, 2, 1, 1, 2, 4, 9, 18, 27, 33, 36, 40, 36, 32, 33, 36, 42, 50, 58, 62, 54, 34, 14)
"""and where they ask from their sofas."""


@dataclass(frozen=True, kw_only=True)
class Buyer:
    """A customer of the demo.

    `share` is its part of all events in percent, `growth` how much more there are from month to month, `weekend` how
    busy a Saturday is beside a workday. `meetings` and `payments` are parts of its events in percent, the rest are
    tickets. `anniversary` is how many days ago it was subscribed, if it is billed by the day it began. `coupon` is the
    code of a discount that it was given at the start.
    """

    external_id: str
    name: str
    currency: str
    time_zone: str
    country: str
    address: dict[str, str]
    tax_id: str
    contact: str
    contact_name: str
    plan: str
    share: float
    growth: float
    weekend: float
    hours: tuple[int, ...]
    topics: tuple[str, ...]
    locale: str = ""
    tax_status: str = TaxStatus.STANDARD
    coupon: str = ""
    anniversary: int = 0
    meetings: float = 0.0
    payments: float = 0.0

    @property
    def email(self) -> str:
        """Where its invoices go."""
        return f"accounts@{self.contact.partition('@')[2]}"

    def fields(self) -> dict[str, Any]:
        """As `add_buyer` takes it."""
        names = ("external_id", "name", "email", "currency", "time_zone", "country", "address", "tax_id", "locale")
        return {name: getattr(self, name) for name in (*names, "tax_status")}


def address(line1: str, city: str, postal_code: str, region: str = "") -> dict[str, str]:
    known = {"line1": line1, "city": city, "region": region, "postal_code": postal_code}
    return {name: text for name, text in known.items() if text}


BUYERS = (
    Buyer(
        external_id="halden",
        name="Halden Outfitters, Inc.",
        currency="USD",
        time_zone="America/New_York",
        country="US",
        address=address("410 Commercial Street", "Portland", "04101", "ME"),
        tax_id="01-4482913",
        locale="en-US",
        contact="maya.lindqvist@halden.example",
        contact_name="Maya Lindqvist",
        plan="scale-usd",
        share=37,
        growth=0.11,
        weekend=0.85,
        hours=EVENING,
        topics=("order status", "returns", "sizing", "delivery"),
        meetings=0.6,
        payments=1.6,
    ),
    Buyer(
        external_id="kestrel",
        name="Kestrel Bank plc",
        currency="GBP",
        time_zone="Europe/London",
        country="GB",
        address=address("27 Throgmorton Street", "London", "EC2N 2AT"),
        tax_id="GB318447101",
        locale="en-GB",
        contact="oliver.hart@kestrelbank.example",
        contact_name="Oliver Hart",
        plan="scale-gbp",
        share=21,
        growth=0.06,
        weekend=0.3,
        hours=OFFICE,
        topics=("card lost", "statement", "limits", "access"),
        meetings=3.5,
        payments=1.2,
    ),
    Buyer(
        external_id="moewe",
        name="Möwe Reisen GmbH",
        currency="EUR",
        time_zone="Europe/Berlin",
        country="DE",
        address=address("Am Sandtorkai 41", "Hamburg", "20457"),
        tax_id="DE284119531",
        locale="de-DE",
        tax_status=TaxStatus.REVERSE_CHARGE,
        contact="jonas.brandt@moewe-reisen.example",
        contact_name="Jonas Brandt",
        plan="growth-eur",
        share=14,
        growth=0.09,
        weekend=0.7,
        hours=EVENING,
        topics=("rebooking", "refund", "luggage", "vouchers"),
        meetings=0.8,
    ),
    Buyer(
        external_id="coralbay",
        name="Coral Bay Ferries Pty Ltd",
        currency="USD",
        time_zone="Australia/Sydney",
        country="AU",
        address=address("12 Hickson Road", "Sydney", "2000", "NSW"),
        tax_id="20 614 207 881",
        locale="en-AU",
        contact="priya.nair@coralbay.example",
        contact_name="Priya Nair",
        plan="growth-usd",
        share=11,
        growth=0.16,
        weekend=1.1,
        hours=EVENING,
        topics=("timetable", "booking change", "refund", "accessibility"),
        anniversary=97,
    ),
    Buyer(
        external_id="brightwater",
        name="Brightwater Dental Group LLC",
        currency="USD",
        time_zone="America/New_York",
        country="US",
        address=address("2200 Peachtree Road NE", "Atlanta", "30309", "GA"),
        tax_id="58-2290174",
        contact="denise.carter@brightwater.example",
        contact_name="Denise Carter",
        plan="growth-usd",
        share=8,
        growth=0.05,
        weekend=0.2,
        hours=OFFICE,
        topics=("appointment", "insurance", "billing", "aftercare"),
        meetings=14,
    ),
    Buyer(
        external_id="pennyfield",
        name="Pennyfield Insurance Ltd",
        currency="GBP",
        time_zone="Europe/London",
        country="GB",
        address=address("6 Park Row", "Leeds", "LS1 5HN"),
        tax_id="GB402771911",
        locale="en-GB",
        contact="grace.okafor@pennyfield.example",
        contact_name="Grace Okafor",
        plan="growth-gbp",
        share=5,
        growth=0.03,
        weekend=0.25,
        hours=OFFICE,
        topics=("claim status", "renewal", "documents", "cover"),
        meetings=5,
    ),
    Buyer(
        external_id="tannwald",
        name="Tannwald Energie eG",
        currency="EUR",
        time_zone="Europe/Berlin",
        country="DE",
        address=address("Kaiserstraße 88", "Freiburg im Breisgau", "79098"),
        tax_id="DE311507842",
        locale="de-DE",
        tax_status=TaxStatus.REVERSE_CHARGE,
        contact="svenja.koch@tannwald.example",
        contact_name="Svenja Koch",
        plan="growth-eur",
        share=2.5,
        growth=0.08,
        weekend=0.35,
        hours=OFFICE,
        topics=("meter reading", "tariff", "moving house", "instalments"),
        anniversary=95,
    ),
    Buyer(
        external_id="lumen-oak",
        name="Lumen & Oak Furniture Co.",
        currency="USD",
        time_zone="America/New_York",
        country="US",
        address=address("315 Elm Street", "Burlington", "05401", "VT"),
        tax_id="03-5518820",
        coupon="welcome20",
        contact="sam.whitfield@lumenandoak.example",
        contact_name="Sam Whitfield",
        plan="growth-usd",
        share=1.5,
        growth=0.2,
        weekend=0.9,
        hours=EVENING,
        topics=("delivery", "assembly", "fabric samples", "returns"),
        meetings=6,
    ),
)
