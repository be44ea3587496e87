"""Charts as plain geometry: numbers in, places on the page out. The templates draw them.

Quantities and amounts are Decimal. Places are floats: across in per cent of the plot's width, so that a chart
fits every screen without scaling its text, and down in pixels from the plot's top.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, Decimal
from itertools import pairwise

HEIGHT = 200.0
WIDEST_COLUMN = 6.0
MOST_DAY_LABELS = 8
_STEPS = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10))
_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Series:
    """One outcome over the days of a chart; `pending` is empty or as long as `settled`."""

    name: str
    settled: Sequence[Decimal]
    pending: Sequence[Decimal] = ()

    def on(self, index: int) -> tuple[Decimal, Decimal]:
        """Settled and pending on the day of that index."""
        return self.settled[index], self.pending[index] if self.pending else _ZERO


@dataclass(frozen=True, slots=True)
class Tick:
    """A grid line: its value and where it lies (down in pixels, or across in per cent)."""

    value: Decimal
    at: float


@dataclass(frozen=True, slots=True)
class Segment:
    """One series' part of a column; `number` counts series from 1 and chooses the colour."""

    number: int
    top: float
    height: float
    pending: bool


@dataclass(frozen=True, slots=True)
class Column:
    """One day. `growing` marks today, whose column is not finished."""

    day: date
    left: float
    width: float
    slot_left: float
    slot_width: float
    growing: bool
    segments: tuple[Segment, ...]
    settled: Decimal
    pending: Decimal


@dataclass(frozen=True, slots=True)
class DayLabel:
    """A day named under the columns; `whole_month` asks for the month's name alone."""

    day: date
    at: float
    whole_month: bool


@dataclass(frozen=True, slots=True)
class ColumnChart:
    """All that components/column_chart.html draws, and the rows of the table under it."""

    title: str
    unit: str
    height: float
    series: tuple[Series, ...]
    ticks: tuple[Tick, ...]
    columns: tuple[Column, ...]
    labels: tuple[DayLabel, ...]
    has_pending: bool

    @property
    def highest(self) -> Column | None:
        """The fullest day, for the description; none when nothing was counted."""
        best = max(self.columns, key=lambda column: column.settled + column.pending, default=None)
        return best if best is not None and best.segments else None

    @property
    def rows(self) -> list[tuple[Column, list[tuple[Decimal, Decimal]]]]:
        """The table: each day with the settled and pending figure of each series."""
        return [(column, [one.on(i) for one in self.series]) for i, column in enumerate(self.columns)]


def column_chart(
    title: str, days: Sequence[date], series: Sequence[Series], *, today: date | None = None, unit: str = ""
) -> ColumnChart:
    """Days as columns stacked by series: settled parts below, pending parts above them.

    `days` ascend; every series has one figure, not below zero, for each of them. Raises ValueError otherwise.
    """
    for one in series:
        if len(one.settled) != len(days) or len(one.pending) not in (0, len(days)):
            raise ValueError(f"{one.name!r} needs one figure for each of {len(days)} days")
        if any(figure < 0 for figure in (*one.settled, *one.pending)):
            raise ValueError(f"{one.name!r} has a figure below zero, which a column can't show")
    totals = [sum((sum(one.on(i), _ZERO) for one in series), _ZERO) for i in range(len(days))]
    ticks = nice_ticks(max(totals, default=_ZERO), whole=all(total == int(total) for total in totals))
    columns = tuple(
        _column(i, len(days), day, series, top=ticks[-1], growing=day == today) for i, day in enumerate(days)
    )
    return ColumnChart(
        title=title,
        unit=unit,
        height=HEIGHT,
        series=tuple(series),
        ticks=tuple(Tick(value, HEIGHT - _share(value, ticks[-1]) * HEIGHT) for value in ticks),
        columns=columns,
        labels=tuple(_day_labels(days)),
        has_pending=any(column.pending for column in columns),
    )


def nice_ticks(highest: Decimal, *, about: int = 4, whole: bool = True) -> list[Decimal]:
    """Ascending grid values from 0 to at least `highest`, in steps of 1, 2, 2.5 or 5 times a power of ten.

    `whole` keeps the steps integers, as counts need. There are always two values or more.
    """
    if highest <= 0:
        return [_ZERO, Decimal(1)]
    rough = highest / about
    power = Decimal(1).scaleb(rough.adjusted())
    step = next(power * factor for factor in _STEPS if power * factor >= rough)
    if whole:
        step = max(step.to_integral_value(ROUND_CEILING), Decimal(1))
    count = int((highest / step).to_integral_value(ROUND_CEILING))
    return [step * i for i in range(count + 1)]


def _share(value: Decimal, whole: Decimal) -> float:
    return float(value / whole)


def _column(index: int, count: int, day: date, series: Sequence[Series], *, top: Decimal, growing: bool) -> Column:
    slot = 100 / count
    width = min(slot * 0.72, WIDEST_COLUMN)
    figures = [one.on(index) for one in series]
    parts = [(number, settled, False) for number, (settled, _) in enumerate(figures, 1)]
    parts += [(number, pending, True) for number, (_, pending) in enumerate(figures, 1)]
    segments, level = [], HEIGHT
    for number, value, pending in parts:
        height = _share(value, top) * HEIGHT
        if height:
            level -= height
            segments.append(Segment(number, round(level, 2), round(height, 2), pending))
    return Column(
        day=day,
        left=round(index * slot + (slot - width) / 2, 3),
        width=round(width, 3),
        slot_left=round(index * slot, 3),
        slot_width=round(slot, 3),
        growing=growing,
        segments=tuple(segments),
        settled=sum((settled for settled, _ in figures), _ZERO),
        pending=sum((pending for _, pending in figures), _ZERO),
    )


def _day_labels(days: Sequence[date]) -> Iterable[DayLabel]:
    """Every day of a week, each seventh of a month, and the first of each month beyond."""
    long = len(days) > 45
    step = 1 if len(days) <= MOST_DAY_LABELS else 7
    for index, day in enumerate(days):
        if day.day == 1 if long else index % step == 0:
            yield DayLabel(day, round((index + 0.5) * 100 / len(days), 3), whole_month=long)


@dataclass(frozen=True, slots=True)
class Line:
    """A curve through points (x, y) with x ascending; `step` holds each y until the next x."""

    name: str
    points: Sequence[tuple[Decimal, Decimal]]
    step: bool = False


@dataclass(frozen=True, slots=True)
class Curve:
    """A drawn line; `path` is an SVG path in a box 100 wide and `height` high."""

    number: int
    name: str
    path: str


@dataclass(frozen=True, slots=True)
class CurveChart:
    """All that components/curve_chart.html draws, and its table's rows: x, then each line's y or None."""

    title: str
    height: float
    curves: tuple[Curve, ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    rows: tuple[tuple[Decimal, list[Decimal | None]], ...]


def curve_chart(title: str, lines: Sequence[Line]) -> CurveChart:
    """Lines over a common ground that starts at zero: cost by volume, in a price builder.

    Raises ValueError when there is no point, x doesn't ascend, or a number is below zero.
    """
    points = [point for line in lines for point in line.points]
    if not points or any(x < 0 or y < 0 for x, y in points):
        raise ValueError("a curve needs points, none of them below zero")
    if any(after[0] < before[0] for line in lines for before, after in pairwise(line.points)):
        raise ValueError("a curve's points must ascend")
    right = max(x for x, _ in points) or Decimal(1)
    y_ticks = nice_ticks(max(y for _, y in points), whole=False)
    x_ticks = [tick for tick in nice_ticks(right) if tick <= right]
    return CurveChart(
        title=title,
        height=HEIGHT,
        curves=tuple(Curve(number, line.name, _path(line, right, y_ticks[-1])) for number, line in enumerate(lines, 1)),
        x_ticks=tuple(Tick(x, round(_share(x, right) * 100, 3)) for x in x_ticks),
        y_ticks=tuple(Tick(y, HEIGHT - _share(y, y_ticks[-1]) * HEIGHT) for y in y_ticks),
        rows=tuple(_rows(lines)),
    )


def _path(line: Line, right: Decimal, top: Decimal) -> str:
    words: list[str] = []
    for x, y in line.points:
        across = f"{_share(x, right) * 100:.3f}"
        down = f"{HEIGHT - _share(y, top) * HEIGHT:.2f}"
        if not words:
            words.append(f"M{across} {down}")
        else:
            words.append(f"H{across}V{down}" if line.step else f"L{across} {down}")
    return "".join(words)


def _rows(lines: Sequence[Line]) -> Iterable[tuple[Decimal, list[Decimal | None]]]:
    known = [dict(line.points) for line in lines]
    for x in sorted({x for line in lines for x, _ in line.points}):
        yield x, [points.get(x) for points in known]


@dataclass(frozen=True, slots=True)
class Meter:
    """A bar of what was used, in per cent of its length; a mark is None where there is none."""

    settled: float
    pending: float
    over: float
    included: float | None
    cap: float | None


def meter(settled: Decimal, pending: Decimal, *, included: Decimal | None = None, cap: Decimal | None = None) -> Meter:
    """Settled and pending quantity against the included quantity and the cap.

    The bar is as long as the largest of them, with a little room past a mark; `over` lies beyond the cap.
    """
    used = settled + pending
    marks = [mark for mark in (included, cap) if mark is not None]
    length = max([used, *(mark * Decimal("1.06") for mark in marks)]) or Decimal(1)
    limit = used if cap is None else min(cap, used)
    solid = min(settled, limit)

    def part(value: Decimal) -> float:
        return round(_share(value, length) * 100, 3)

    return Meter(
        settled=part(solid),
        pending=part(limit - solid),
        over=part(used - limit),
        included=None if included is None else part(included),
        cap=None if cap is None else part(cap),
    )
