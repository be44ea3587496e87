"""Figures and small parts as a page's reader sees them."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.http import HttpRequest
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import timezone, translation

from apps.common import charts
from apps.common.templatetags import counterfoil as tags

NBSP, MINUS = "\N{NO-BREAK SPACE}", "\N{MINUS SIGN}"


def render(text: str, request: HttpRequest | None = None, **context: Any) -> str:
    template = Template("{% load counterfoil %}" + text)
    return template.render(Context(context | ({"request": request} if request else {})))


# Quantities


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("0", "0"),
        ("412", "412"),
        ("1234.500", "1,234.5"),
        ("0.000000000001", "0.000000000001"),
        ("1E+3", "1,000"),
        ("-12.5", f"{MINUS}12.5"),
        ("123456789012345678.5", "123,456,789,012,345,678.5"),
    ],
)
def test_a_quantity_shows_every_digit_and_no_more(number: str, text: str) -> None:
    assert tags.plain(Decimal(number)) == text


def test_the_same_quantity_and_day_are_written_as_each_reader_does() -> None:
    day = date(2026, 11, 5)
    said = []
    for language in ("en", "de", "en"):
        with translation.override(language):
            said.append((tags.plain(Decimal("1234.5")), tags.when(day, "MMMd")))
    assert said == [("1,234.5", "5 Nov"), ("1.234,5", "5. Nov."), ("1,234.5", "5 Nov")]


def test_the_same_instant_is_written_by_the_clock_of_each_place() -> None:
    noon = datetime(2026, 11, 5, 12, tzinfo=UTC)
    places = [noon, noon.astimezone(ZoneInfo("Asia/Tokyo"))]
    assert [tags.when(place, "MMMd Hm") for place in places] == ["5 Nov, 12:00", "5 Nov, 21:00"]


def test_a_quantity_may_come_as_a_whole_number_or_as_the_text_of_a_document() -> None:
    assert (tags.plain(1200), tags.plain("1200.50")) == ("1,200", "1,200.5")


@pytest.mark.parametrize(("language", "text"), [("en", "12.5%"), ("de", "12,5\N{NO-BREAK SPACE}%"), ("tr", "%12,5")])
def test_a_percentage_is_written_as_the_reader_does(language: str, text: str) -> None:
    with translation.override(language):
        assert tags.percent(Decimal("12.500")) == text


def test_no_quantity_shows_nothing() -> None:
    assert tags.plain(None) == ""


def test_a_float_is_refused() -> None:
    with pytest.raises(TypeError, match="never a float"):
        tags.plain(0.1)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("number", "text"), [(950, "950"), (9_500, "9,500"), (12_345, "12.3K"), (2_000_000, "2M"), (-12_345, "-12.3K")]
)
def test_an_axis_has_short_figures(number: int, text: str) -> None:
    assert tags.compact(number) == text


def test_the_figures_of_one_axis_are_of_one_kind() -> None:
    axis = [charts.Tick(Decimal(value), 0) for value in (0, 5_000, 10_000)]
    assert [tags.compact(tick.value, axis) for tick in axis] == ["0", "5K", "10K"]


def test_a_language_without_short_thousands_groups_them() -> None:
    with translation.override("de"):
        assert tags.compact(12_345) == "12.345"


# Money


@pytest.mark.parametrize(
    ("value", "currency", "text"),
    [
        ("1289.08", "USD", "1,289.08"),
        ("99", "USD", "99.00"),
        ("482000", "JPY", "482,000"),
        ("1.5", "KWD", "1.500"),
        ("0.0099", "USD", "0.0099"),
        ("0", "EUR", "0.00"),
        ("-12.5", "USD", f"{MINUS}12.50"),
    ],
)
def test_an_amount_has_its_currencys_digits_and_more_only_where_it_has_more(
    value: str, currency: str, text: str
) -> None:
    assert tags.amount(Decimal(value), currency) == text


def test_money_has_its_currency_small_beside_it() -> None:
    shown = tags.money(Decimal("1190.08"), "USD")
    assert shown == f'<span class="money">1,190.08{NBSP}<span class="currency">USD</span></span>'


def test_where_there_is_no_money_there_is_a_dash() -> None:
    assert tags.money(None, "USD") == '<span class="muted">\N{EN DASH}</span>'


def test_no_amount_is_an_empty_cell() -> None:
    assert tags.amount(None, "USD") == ""


def test_a_currency_that_is_no_currency_can_do_no_harm() -> None:
    with pytest.raises(ValueError, match="currency"):
        tags.money(Decimal(1), "<b>")


@pytest.mark.parametrize(
    ("language", "text"), [("en", "1,234.50"), ("de", "1.234,50"), ("fr", "1\N{NARROW NO-BREAK SPACE}234,50")]
)
def test_figures_are_written_as_the_reader_writes_them(language: str, text: str) -> None:
    with translation.override(language):
        assert tags.amount(Decimal("1234.5"), "USD") == text


def test_a_language_that_babel_does_not_know_reads_english() -> None:
    with translation.override("xx"):
        assert tags.plain(1234) == "1,234"


# States


def test_a_badge_has_a_meaning_and_a_word() -> None:
    assert tags.badge("held") == '<span class="badge badge-held"><span class="word">Held</span></span>'


@pytest.mark.parametrize(
    "state", ["pending", "settled", "awaiting_confirmation", "expired", "held", "voided", "invoiced", "credited"]
)
def test_every_state_of_an_outcome_has_its_badge(state: str) -> None:
    assert state in tags.STATES


@pytest.mark.parametrize("status", ["draft", "issued", "paid", "overdue", "void"])
def test_every_status_of_an_invoice_has_its_badge(status: str) -> None:
    assert status in tags.STATES


def test_an_unknown_state_is_shown_plainly_and_safely() -> None:
    assert "badge-plain" in tags.badge("on_the_way")
    assert "On the way" in tags.badge("on_the_way")
    assert "<i>" not in tags.badge("<i>")


@pytest.mark.parametrize(("name", "letter"), [("Northwind", "N"), ("  éclair", "É"), ("", "")])
def test_a_tile_has_the_first_letter(name: str, letter: str) -> None:
    assert tags.initial(name) == letter


# Parts


def test_an_icon_is_a_drawing_that_screen_readers_pass_by() -> None:
    shown = render('{% icon "plus" %}')
    assert 'aria-hidden="true"' in shown
    assert "/static/icons.svg#plus" in shown


@pytest.mark.parametrize(("cookie", "shown"), [("dark", "dark"), ("light", "light"), ("", ""), ('"><script>', "")])
def test_the_theme_is_the_readers_choice_of_two(cookie: str, shown: str) -> None:
    request = RequestFactory().get("/")
    request.COOKIES["theme"] = cookie
    assert render("{% theme %}", request) == shown


def test_without_a_request_the_theme_is_the_systems() -> None:
    assert render("{% theme %}") == ""


def link_on(url_name: str, **context: Any) -> str:
    """The link to the log-in page, on a page of this URL name."""
    request = RequestFactory().get("/")
    request.resolver_match = type("Match", (), {"url_name": url_name})()
    return render('{% nav_link "account_login" "Log in" count=2 %}', request, **context)


def test_the_link_of_the_page_one_is_on_says_so() -> None:
    assert 'aria-current="page"' in link_on("account_login")


def test_the_link_of_the_section_one_is_in_says_so() -> None:
    assert 'aria-current="true"' in link_on("account_login_code")


def test_other_links_are_plain() -> None:
    assert "aria-current" not in link_on("account_signup")


def test_a_view_may_say_which_section_it_belongs_to() -> None:
    assert 'aria-current="page"' in link_on("account_signup", section="account_login")


def test_a_count_that_waits_is_told_to_those_who_hear_the_page() -> None:
    assert '2<span class="visually-hidden"> waiting</span>' in link_on("account_signup")


def test_a_meter_says_in_words_what_it_draws() -> None:
    shown = render('{% meter "Tickets" settled pending=44 included=100 cap=1000 note="$ 99" %}', settled=Decimal(412))
    assert "412 settled · 44 pending" in shown
    assert "100 included · cap 1,000" in shown
    assert 'aria-label="Tickets: 412 settled, 44 pending, 100 included, cap at 1,000"' in shown


def test_a_meter_without_marks_draws_none() -> None:
    assert "meter-mark" not in render('{% meter "Tickets" 412 %}')


def test_the_drawing_of_a_meter_keeps_the_decimal_point_in_every_language() -> None:
    with translation.override("de"):
        assert ',"' not in render('{% meter "Tickets" 1 pending=2 included=7 %}').replace(", ", "")
        assert 'width="13.477%"' in render('{% meter "Tickets" 1 pending=2 included=7 %}')


def test_the_style_guide_shows_every_part() -> None:
    """Charts, forms, badges and meters, rendered for a reader without script."""
    request = RequestFactory().get("/styleguide")
    shown = render('{% include "components/styleguide.html" %}', request)
    assert "1,190.08" in shown
    assert "Outcomes per day in November" in shown


# Days


@pytest.mark.parametrize(
    ("language", "skeletons", "text"),
    [
        ("en", "yMMMd", "5 Nov 2026"),
        ("en", "yMMMMd Hms", "5 November 2026, 14:30:07"),
        ("en", "MMMd Hm", "5 Nov, 14:30"),
        ("en-us", "yMMMMd", "November 5, 2026"),
        ("de-at", "yMMMMd", "5. November 2026"),
        ("fr-ch", "yMMMd Hm", "5 nov. 2026, 14:30"),
        ("es", "MMMMd", "5 de noviembre"),
        ("de", "yMMMM", "November 2026"),
    ],
)
def test_a_day_is_written_as_the_reader_writes_it(language: str, skeletons: str, text: str) -> None:
    with translation.override(language):
        assert tags.when(datetime(2026, 11, 5, 14, 30, 7, tzinfo=UTC), skeletons) == text


def test_an_instant_is_told_in_the_readers_zone() -> None:
    with timezone.override("America/New_York"):
        assert render('{{ at|when:"yMMMd Hm" }}', at=datetime(2026, 11, 5, 2, tzinfo=UTC)) == "4 Nov 2026, 21:00"


def test_no_day_is_written_as_nothing() -> None:
    assert render('{{ at|when:"yMMMd"|default:"–" }}', at=None) == "–"
