"""Charts: numbers become places, and every number is also in the table."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from django.template import Context, Template
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from apps.common.charts import HEIGHT, Line, Series, column_chart, curve_chart, meter, nice_ticks

NOVEMBER = [date(2026, 11, 1) + timedelta(days=n) for n in range(30)]
THREE = NOVEMBER[:3]


def figures(*numbers: str | int) -> list[Decimal]:
    return [Decimal(number) for number in numbers]


@pytest.mark.parametrize(
    ("highest", "expected"),
    [
        ("0", ["0", "1"]),
        ("1", ["0", "1"]),
        ("4", ["0", "1", "2", "3", "4"]),
        ("51", ["0", "20", "40", "60"]),
        ("100", ["0", "25", "50", "75", "100"]),
        ("1234", ["0", "500", "1000", "1500"]),
    ],
)
def test_ticks_stand_at_numbers_a_person_would_choose(highest: str, expected: list[str]) -> None:
    assert nice_ticks(Decimal(highest)) == figures(*expected)


def test_amounts_may_have_ticks_between_whole_numbers() -> None:
    assert nice_ticks(Decimal("0.9"), whole=False) == figures("0", "0.25", "0.5", "0.75", "1.0")


@given(st.decimals(min_value=0, max_value=10**15, places=4), st.booleans())
def test_ticks_always_reach_the_highest_value_in_even_steps(highest: Decimal, whole: bool) -> None:
    ticks = nice_ticks(highest, whole=whole)
    assert ticks[0] == 0
    assert ticks[-1] >= highest
    assert 2 <= len(ticks) <= 6
    assert len({after - before for before, after in pairwise(ticks)}) == 1


def test_a_column_is_as_high_as_its_share_of_the_top_tick() -> None:
    chart = column_chart("Per day", THREE, [Series("Resolved ticket", figures(0, 20, 40))])
    assert [[part.height for part in column.segments] for column in chart.columns] == [
        [],
        [HEIGHT / 2],
        [HEIGHT],
    ]


def test_series_are_stacked_without_a_gap() -> None:
    chart = column_chart(
        "Per day", THREE[:1], [Series("Resolved ticket", figures(30)), Series("Booked meeting", figures(10))]
    )
    below, above = chart.columns[0].segments
    assert above.top + above.height == pytest.approx(below.top)
    assert below.top + below.height == HEIGHT


def test_what_is_pending_lies_above_all_that_is_settled() -> None:
    tickets = Series("Resolved ticket", figures(4), pending=figures(2))
    chart = column_chart("Per day", THREE[:1], [tickets, Series("Booked meeting", figures(1))])
    assert [(part.number, part.pending) for part in chart.columns[0].segments] == [
        (1, False),
        (2, False),
        (1, True),
    ]
    assert chart.has_pending


def test_only_todays_column_is_still_growing() -> None:
    chart = column_chart("Per day", THREE, [Series("Resolved ticket", figures(1, 1, 1))], today=THREE[2])
    assert [column.growing for column in chart.columns] == [False, False, True]


def test_columns_stay_inside_the_plot_and_apart() -> None:
    chart = column_chart("Per day", NOVEMBER, [Series("Resolved ticket", [Decimal(1)] * 30)])
    assert chart.columns[0].left > 0
    assert chart.columns[-1].left + chart.columns[-1].width < 100
    assert all(before.left + before.width < after.left for before, after in pairwise(chart.columns))


def test_a_month_is_labelled_by_weeks() -> None:
    chart = column_chart("Per day", NOVEMBER, [Series("Resolved ticket", [Decimal(0)] * 30)])
    assert [label.day.day for label in chart.labels] == [1, 8, 15, 22, 29]


def test_ninety_days_are_labelled_by_months() -> None:
    days = [date(2026, 8, 25) + timedelta(days=n) for n in range(90)]
    chart = column_chart("Per day", days, [Series("Resolved ticket", [Decimal(0)] * 90)])
    assert [(label.day, label.whole_month) for label in chart.labels] == [
        (date(2026, 9, 1), True),
        (date(2026, 10, 1), True),
        (date(2026, 11, 1), True),
    ]


def test_the_table_holds_every_figure_that_is_drawn() -> None:
    tickets = Series("Resolved ticket", figures(4, 5, 6), pending=figures(0, 1, 2))
    chart = column_chart("Per day", THREE, [tickets])
    assert [(column.day.day, cells) for column, cells in chart.rows] == [
        (1, [(Decimal(4), Decimal(0))]),
        (2, [(Decimal(5), Decimal(1))]),
        (3, [(Decimal(6), Decimal(2))]),
    ]


def test_the_description_names_the_fullest_day() -> None:
    chart = column_chart("Per day", THREE, [Series("Resolved ticket", figures(4, 9, 6))])
    assert chart.highest is not None
    assert chart.highest.day == THREE[1]


def test_a_chart_of_nothing_has_no_fullest_day() -> None:
    assert column_chart("Per day", THREE, [Series("Resolved ticket", figures(0, 0, 0))]).highest is None


def test_a_chart_without_days_is_empty_not_an_error() -> None:
    assert column_chart("Per day", [], []).columns == ()


def test_a_series_that_misses_a_day_is_refused() -> None:
    with pytest.raises(ValueError, match="one figure for each of 3 days"):
        column_chart("Per day", THREE, [Series("Resolved ticket", figures(1, 2))])


def test_a_figure_below_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="below zero"):
        column_chart("Per day", THREE, [Series("Resolved ticket", figures(1, -2, 3))])


def test_a_curve_runs_from_corner_to_corner() -> None:
    chart = curve_chart("Cost", [Line("Growth", [(Decimal(0), Decimal(0)), (Decimal(1000), Decimal(400))])])
    assert chart.curves[0].path == "M0.000 200.00L100.000 0.00"


def test_a_step_holds_its_cost_until_the_next_bound() -> None:
    points = [(Decimal(0), Decimal(100)), (Decimal(500), Decimal(200)), (Decimal(1000), Decimal(200))]
    chart = curve_chart("Cost", [Line("Steps", points, step=True)])
    assert chart.curves[0].path == "M0.000 100.00H50.000V0.00H100.000V0.00"


def test_the_curves_table_leaves_open_where_a_line_has_no_point() -> None:
    one = Line("Growth", [(Decimal(0), Decimal(1)), (Decimal(10), Decimal(2))])
    other = Line("Steps", [(Decimal(0), Decimal(3))])
    assert curve_chart("Cost", [one, other]).rows == (
        (Decimal(0), [Decimal(1), Decimal(3)]),
        (Decimal(10), [Decimal(2), None]),
    )


@pytest.mark.parametrize(
    "points", [[], [(Decimal(2), Decimal(1)), (Decimal(1), Decimal(1))], [(Decimal(1), Decimal(-1))]]
)
def test_a_curve_without_ascending_points_is_refused(points: list[tuple[Decimal, Decimal]]) -> None:
    with pytest.raises(ValueError, match="curve"):
        curve_chart("Cost", [Line("Growth", points)])


def test_a_meter_marks_what_is_included_and_the_cap() -> None:
    bar = meter(Decimal(412), Decimal(44), included=Decimal(100), cap=Decimal(1000))
    assert bar.cap == pytest.approx(100 / 1.06, abs=0.001)
    assert bar.included == pytest.approx(10 / 1.06, abs=0.001)
    assert (bar.settled, bar.pending, bar.over) == (38.868, 4.151, 0)


def test_a_meter_shows_what_goes_over_the_cap() -> None:
    bar = meter(Decimal(1150), Decimal(50), cap=Decimal(1000))
    assert bar.settled == bar.cap == pytest.approx(83.333)
    assert bar.pending == 0
    assert bar.over == pytest.approx(16.667)


def test_a_meter_of_nothing_is_empty() -> None:
    bar = meter(Decimal(0), Decimal(0))
    assert (bar.settled, bar.pending, bar.over, bar.included, bar.cap) == (0, 0, 0, None, None)


def drawn(tag: str, chart: object, language: str = "en") -> str:
    """What a page shows for that tag."""
    with translation.override(language):
        return Template("{% load counterfoil %}{% " + tag + " %}").render(Context({"chart": chart}))


def test_places_keep_their_points_where_figures_have_commas() -> None:
    thousands = Series("Resolved ticket", figures("1234.5", 2000, 3000))
    page = drawn("column_chart chart", column_chart("Per day", THREE, [thousands]), "de")
    assert 'x="13.667%"' in page
    assert "1.234,5" in page


def test_a_drawn_chart_names_itself_and_brings_its_table() -> None:
    page = drawn("column_chart chart", column_chart("Per day", THREE, [Series("Resolved ticket", figures(4, 9, 6))]))
    assert 'role="img" aria-label="Per day. Most on 2 November: 9 settled.' in page
    assert page.count('<th scope="row">') == len(THREE)


def test_a_drawn_curve_brings_its_table() -> None:
    chart = curve_chart("Cost", [Line("Growth", [(Decimal(0), Decimal(99)), (Decimal(1000), Decimal(400))])])
    page = drawn("curve_chart chart 'Tickets' 'Cost in USD'", chart)
    assert 'aria-label="Cost. Cost in USD against Tickets.' in page
    assert page.count('<th scope="row">') == 2
