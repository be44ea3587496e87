"""Template tags and filters: figures as the reader writes them, and the small parts of every page."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton
from babel.numbers import format_compact_decimal, parse_pattern
from django import template
from django.template.context import Context
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, to_locale

from apps.common import charts
from apps.common.money import exact, padded
from apps.common.numbers import plain as plain_text
from apps.common.words import unit_for

register = template.Library()

THEMES = ("light", "dark")
type Figure = Decimal | int | str

COMPACT_FROM = Decimal(10_000)
DIGITS = re.compile(r"[#0,.]+")
NUMBER = re.compile(r"(\S{1,24}-\d{4}-\d+)")

# What a state is called on a page, and which of the stylesheet's meanings it has.
STATES = {
    # outcomes
    "pending": ("pending", "Pending"),
    "settled": ("settled", "Settled"),
    "awaiting_confirmation": ("pending", "Awaiting confirmation"),
    "expired": ("voided", "Expired"),
    "held": ("held", "Held"),
    "voided": ("voided", "Voided"),
    "invoiced": ("good", "Invoiced"),
    "credited": ("info", "Credited"),
    "unbilled": ("held", "Unbilled"),
    # invoices
    "draft": ("plain", "Draft"),
    "issued": ("info", "Issued"),
    "paid": ("good", "Paid"),
    "overdue": ("bad", "Overdue"),
    "void": ("voided", "Void"),
    # mails and jobs
    "waiting": ("pending", "Waiting"),
    "sent": ("good", "Sent"),
    "failed": ("bad", "Failed"),
    "running": ("pending", "Running"),
    "done": ("good", "Done"),
    # events
    "billable": ("settled", "Billable"),
    "not_billable": ("plain", "Not billable"),
    "signal": ("info", "Signal"),
    "quarantined": ("held", "Quarantined"),
    # types of events
    "watched": ("good", "Watched"),
    "silent": ("bad", "Silent"),
    "muted": ("voided", "Muted"),
    "too_new": ("pending", "Too new"),
    "too_few": ("plain", "Too few to tell"),
    "none_yet": ("plain", "None yet"),
    # subscriptions, plan and definition versions, keys, members
    "active": ("settled", "Active"),
    "published": ("settled", "Published"),
    "scheduled": ("pending", "Scheduled"),
    "ended": ("plain", "Ended"),
    "archived": ("plain", "Archived"),
    "own": ("info", "Own terms"),
    "cancelled": ("voided", "Cancelled"),
    "superseded": ("plain", "Superseded"),
    "revoked": ("voided", "Revoked"),
    "invited": ("pending", "Invited"),
}


def reader_locale() -> Locale:
    """The locale of the reader's active language; English where Babel does not know it."""
    return locale_of(get_language() or "en")


@lru_cache(maxsize=1024)
def locale_of(language: str) -> Locale:
    """The locale of a language as Django names it."""
    try:
        return Locale.parse(to_locale(language))
    except (UnknownLocaleError, ValueError):
        return Locale.parse("en")


def day_locale() -> Locale:
    """The reader's locale for days; plain English puts the day before the month."""
    language = get_language() or "en"
    return locale_of("en-gb" if language == "en" else language)


def grouped(text: str) -> str:
    """A plain decimal with the locale's grouping and decimal mark, as many decimals and a true minus sign."""
    return _grouped(text, get_language() or "en")


@lru_cache(maxsize=8192)
def _grouped(text: str, language: str) -> str:
    where, decimals = locale_of(language), len(text.partition(".")[2])
    pattern = parse_pattern(where.decimal_formats[None].pattern)
    pattern.frac_prec = (decimals, decimals)
    with exact():
        return str(pattern.apply(Decimal(text), where)).replace("-", "\N{MINUS SIGN}")


def exactly(number: Figure) -> Decimal:
    """A figure as Decimal. A float has lost its decimals already: TypeError."""
    if isinstance(number, float):
        raise TypeError("a figure on a page is a Decimal, an int or a text, never a float")
    return Decimal(number)


@register.filter
def units(noun: str, quantity: Decimal | int | str) -> str:
    """The unit as it stands behind a quantity: {{ version.unit|units:quantity }}."""
    return unit_for(noun, Decimal(quantity))


@register.filter
def pairs(mapping: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Its keys and values. A template that says `.items` gets the value of the key "items" where there is one."""
    return list(mapping.items())


@register.filter
def plain(number: Figure | None) -> str:
    """A quantity: grouped, without trailing zeros; empty for None. `1234.500` is 1,234.5."""
    if number is None:
        return ""
    return grouped(plain_text(exactly(number)))


@register.filter
def percent(number: Figure) -> str:
    """A percentage as the reader writes it, from its number of hundredths: 20%, in German 20 %."""
    written = plain(number)
    pattern = reader_locale().percent_formats[None].pattern
    return DIGITS.sub(written, pattern)


@register.filter
def compact(number: Figure, axis: Sequence[charts.Tick] = ()) -> str:
    """A quantity short enough for an axis: 950, 9,500, 12K; on an axis that goes to 12K, 5K as well.

    Languages without a short form of thousands, as German, write them out.
    """
    if max(abs(exactly(one)) for one in (number, *(tick.value for tick in axis))) < COMPACT_FROM:
        return plain(number)
    short = format_compact_decimal(exactly(number), locale=reader_locale(), fraction_digits=1)
    return plain(number) if short.isdecimal() else short


@register.filter
def amount(value: Figure | None, currency: str) -> str:
    """An amount without its currency, with the currency's minor digits and more only where it has more."""
    if value is None:
        return ""
    return grouped(format(padded(exactly(value), currency), "f"))


@register.filter
def money(value: Figure | None, currency: str) -> SafeString:
    """An amount with its currency small beside it; a dash where there is none. Never rounds."""
    if value is None:
        return format_html('<span class="muted">{}</span>', "\N{EN DASH}")
    return format_html(
        '<span class="money">{}\N{NO-BREAK SPACE}<span class="currency">{}</span></span>',
        amount(value, currency),
        currency,
    )


@register.filter(expects_localtime=True)
def when(value: date | datetime | None, skeletons: str) -> str:
    """A day or an instant as the reader writes it, by what it is to hold: {{ at|when:"yMMMd Hm" }}, 5 Nov 2026, 14:30.

    Skeletons are those of CLDR: yMMMd, MMMd, MMMMd, yMMMM, MMM, for the time Hm and Hms, and for a long date yMMMMd.
    """
    return ", ".join(_written(value, one) for one in skeletons.split()) if value else ""


def _written(value: date | datetime, skeleton: str) -> str:
    where = day_locale()
    return _said(value, skeleton, where) if isinstance(value, datetime) else _day(value, skeleton, where)


def _said(value: date, skeleton: str, where: Locale) -> str:
    if skeleton == "yMMMMd":  # CLDR has it as the long date of each locale, not as a skeleton
        return format_date(value, "long", locale=where)
    return format_skeleton(skeleton, value, locale=where)


_day = lru_cache(maxsize=8192)(_said)
"""Of days alone: two instants may be equal and be written otherwise, each in its zone."""


@register.filter
def badge(state: str) -> SafeString:
    """The state of an outcome, invoice, event, subscription or key, as a pill with a shape and a word."""
    kind, word = STATES.get(state, ("plain", str(state).replace("_", " ").capitalize()))
    return format_html('<span class="badge badge-{}"><span class="word">{}</span></span>', kind, word)


@register.filter
def whole_numbers(text: str) -> SafeString:
    """A text in which no document's number breaks at its hyphens: {{ question|whole_numbers }}."""
    words, numbers = NUMBER.split(text)[::2], NUMBER.findall(text)
    pairs = zip(words, [*numbers, ""], strict=True)
    return format_html_join("", '{}<span class="nowrap">{}</span>', pairs)


@register.filter
def initial(name: str) -> str:
    """The letter on a tenant's tile."""
    return name.strip()[:1].upper()


@register.simple_tag
def icon(name: str, extra: str = "") -> SafeString:
    """A drawing of icons.svg. Decoration: words beside it or an aria-label carry the meaning."""
    return format_html(
        '<svg class="icon {}" aria-hidden="true"><use href="{}#{}"></use></svg>',
        extra,
        static("icons.svg"),
        name,
    )


@register.simple_tag(takes_context=True)
def theme(context: Context) -> str:
    """The theme the reader chose, "light" or "dark"; empty leaves it to their system."""
    request = context.get("request")
    chosen = request.COOKIES.get("theme", "") if request else ""
    return chosen if chosen in THEMES else ""


@register.inclusion_tag("components/nav_link.html", takes_context=True)
def nav_link(
    context: Context, route: str, label: str, drawing: str = "", *, css: str = "rail-link", count: int = 0
) -> dict[str, Any]:
    """A link of the main navigation, marked when the page belongs to it.

    A page belongs to the route whose name its own begins with: "invoice" and "invoices" to `invoices`.
    A view may say otherwise with `section` in its context.
    """
    request = context.get("request")
    match = getattr(request, "resolver_match", None)
    here = context.get("section") or (match.url_name if match else "") or ""
    name = route.rpartition(":")[2]
    current = "page" if here == name else "true" if here.startswith(name.removesuffix("s")) else ""
    look = {"drawing": drawing, "css": css}
    return {"url": reverse(route), "label": label, "count": count, "current": current, **look}


@register.inclusion_tag("components/column_chart.html")
def column_chart(chart: charts.ColumnChart) -> dict[str, Any]:
    """Days as stacked columns, made by `charts.column_chart`, with the same data as a table under it."""
    return {"chart": chart}


@register.inclusion_tag("components/curve_chart.html")
def curve_chart(chart: charts.CurveChart, across: str, up: str) -> dict[str, Any]:
    """Curves made by `charts.curve_chart`; `across` and `up` name the axes."""
    return {"chart": chart, "across": across, "up": up}


@register.inclusion_tag("components/meter.html")
def meter(
    name: str,
    settled: Figure,
    *,
    pending: Figure = 0,
    included: Figure | None = None,
    cap: Figure | None = None,
    note: str = "",
) -> dict[str, Any]:
    """One outcome as a bar, included and cap marked; `note`, its cost as a rule, stands at the right."""
    settled, pending = exactly(settled), exactly(pending)
    included = None if included is None else exactly(included)
    cap = None if cap is None else exactly(cap)
    bar = charts.meter(settled, pending, included=included, cap=cap)
    figures = {"settled": settled, "pending": pending, "included": included, "cap": cap}
    return {"name": name, "note": note, "bar": bar, **figures}
