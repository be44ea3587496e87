"""The believable figures that the style guide shows. Nothing else uses them."""

import re
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django import forms, template
from django.contrib.staticfiles import finders

from apps.common import charts

register = template.Library()

TODAY = date(2026, 11, 22)
_WEEK = (31, 34, 29, 33, 27, 9, 6)


class SampleForm(forms.Form):
    """One field of each kind, so that the guide shows what a page's form looks like."""

    name = forms.CharField(help_text="As it stands on the invoice.")
    email = forms.EmailField(label="E-mail for invoices", help_text="We send each invoice there as a PDF.")
    currency = forms.ChoiceField(choices=[("USD", "US dollar"), ("EUR", "Euro"), ("JPY", "Yen")])
    fee = forms.DecimalField(label="Base fee", widget=forms.TextInput(attrs={"inputmode": "decimal"}))
    note = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 3}))
    billing = forms.ChoiceField(
        label="Cycles begin",
        widget=forms.RadioSelect,
        choices=[("calendar", "On the first of the month"), ("anniversary", "On the day it began")],
    )
    agree = forms.BooleanField(
        required=False, label="Ask for a signature", help_text="Outcomes count once your customer has signed."
    )


def _cycle_chart() -> charts.ColumnChart:
    days = [date(2026, 11, 1) + timedelta(days=n) for n in range(30)]
    tickets, waiting, meetings = [], [], []
    for n, day in enumerate(days):
        count = 0 if day > TODAY else _WEEK[day.weekday()] + n // 3 + n * 7 % 5
        recent = (TODAY - day).days in range(3)
        pending = count * (3 - (TODAY - day).days) // 4 if recent else 0
        tickets.append(Decimal(count - pending))
        waiting.append(Decimal(pending))
        meetings.append(Decimal(count // 4))
    series = [charts.Series("Resolved ticket", tickets, waiting), charts.Series("Booked meeting", meetings)]
    return charts.column_chart("Outcomes per day in November", days, series, today=TODAY)


def _price_curve() -> charts.CurveChart:
    graduated = [(0, "99"), (100, "99"), (1000, "990"), (2500, "2175"), (4000, "3360")]
    flat = [(0, "0"), (4000, "3960")]
    steps = [(0, "250"), (500, "900"), (1500, "1700"), (3000, "2900"), (4000, "2900")]
    return charts.curve_chart(
        "Cost of a month by resolved tickets",
        [
            charts.Line("Growth, version 2", [(Decimal(x), Decimal(y)) for x, y in graduated]),
            charts.Line("Growth, version 1", [(Decimal(x), Decimal(y)) for x, y in flat]),
            charts.Line("Steps", [(Decimal(x), Decimal(y)) for x, y in steps], step=True),
        ],
    )


def _invoices() -> list[dict[str, Any]]:
    rows = [
        ("NW-2026-0042", "Halden Outfitters", "issued", "1289.08", "USD"),
        ("NW-2026-0041", "Kestrel Bank", "paid", "18402.50", "EUR"),
        ("NW-2026-0040", "Sakura Travel", "overdue", "482000", "JPY"),
        ("NW-2026-0039", "Brightwater Dental Group", "void", "310.20", "USD"),
        ("", "Marlow & Finch", "draft", "0", "USD"),
    ]
    keys = ("number", "customer", "status", "total", "currency")
    return [dict(zip(keys, (*row[:3], Decimal(row[3]), row[4]), strict=True)) for row in rows]


def _icons() -> list[str]:
    """The names in the sprite, so that the guide can't forget one."""
    sprite = Path(str(finders.find("icons.svg"))).read_text()
    return re.findall(r'<symbol id="([a-z-]+)"', sprite)


@register.simple_tag
def sample_data() -> dict[str, Any]:
    """Charts, meters, rows and forms (one filled, one refused) of a made-up November."""
    filled = {"name": "Halden Outfitters", "email": "ap@halden.example", "currency": "USD", "fee": "99.00"}
    return {
        "chart": _cycle_chart(),
        "empty_chart": charts.column_chart(
            "Outcomes per day", [TODAY], [charts.Series("Resolved ticket", [Decimal(0)])]
        ),
        "curve": _price_curve(),
        "invoices": _invoices(),
        "form": SampleForm(initial={**filled, "billing": "calendar"}),
        "refused": SampleForm({"refused-email": "ap@halden", "refused-fee": "ninety"}, prefix="refused"),
        "icons": _icons(),
        "so_far": Decimal("1190.08"),
        "waiting": Decimal("43.56"),
        "settled": Decimal(412),
        "pending": Decimal(44),
        "included": Decimal(100),
        "cap": Decimal(1000),
        "fraction": Decimal("1234.500"),
        "unit_price": Decimal("0.0099"),
        "negative": Decimal("-12.5"),
    }
