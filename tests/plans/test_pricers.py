"""Each price model by worked examples: the usage, the steps of its breakdown, the rounded amount."""

from decimal import Decimal

import pytest

from apps.plans.pricers.usage import UsageRow
from tests.plans.cast import OUTCOME, price_of, tickets, told, usage_line

TIERS = [
    {"up_to": "1000", "unit_amount": "0.99"},
    {"up_to": "5000", "unit_amount": "0.79", "flat_amount": "20.00"},
    {"up_to": None, "unit_amount": "0.0599", "flat_amount": "30"},
]
STAIRS = [{"up_to": "100", "flat_amount": "50.00"}, {"up_to": None, "flat_amount": "80.00"}]


@pytest.mark.parametrize(
    ("quantity", "steps", "amount"),
    [
        ("0", [], "0.00"),
        ("99", ["99 included = 0"], "0.00"),
        ("100", ["100 included = 0"], "0.00"),
        ("101", ["100 included = 0", "1 at 0.99 = 0.99"], "0.99"),
        ("412", ["100 included = 0", "312 at 0.99 = 308.88"], "308.88"),
        ("100.5", ["100 included = 0", "0.5 at 0.99 = 0.495"], "0.50"),
    ],
)
def test_unit(quantity, steps, amount):
    line = usage_line(price_of("unit", unit_amount="0.99", included="100"), tickets(quantity))
    assert (told(line), str(line.amount)) == (steps, amount)


@pytest.mark.parametrize(
    ("quantity", "steps", "amount"),
    [
        ("0", [], "0.00"),
        ("1000", ["1,000 at 0.99 = 990"], "990.00"),
        (
            "1000.1",
            ["1,000 at 0.99 = 990", "flat amount above 1,000 up to 5,000 = 20", "0.1 at 0.79 = 0.079"],
            "1010.08",
        ),
        (
            "5001",
            [
                "1,000 at 0.99 = 990",
                "flat amount above 1,000 up to 5,000 = 20",
                "4,000 at 0.79 = 3160",
                "flat amount above 5,000 = 30",
                "1 at 0.0599 = 0.0599",
            ],
            "4200.06",
        ),
    ],
)
def test_graduated(quantity, steps, amount):
    line = usage_line(price_of("graduated", tiers=TIERS), tickets(quantity))
    assert (told(line), str(line.amount)) == (steps, amount)


def test_graduated_tiers_count_from_the_first_unit_that_is_not_included():
    line = usage_line(price_of("graduated", tiers=TIERS, included="50"), tickets(1050))
    assert told(line) == ["50 included = 0", "1,000 at 0.99 = 990"]


@pytest.mark.parametrize(
    ("quantity", "steps", "amount"),
    [
        ("0", [], "0.00"),
        ("1000", ["1,000 at 0.99 = 990"], "990.00"),
        ("1001", ["flat amount above 1,000 up to 5,000 = 20", "1,001 at 0.79 = 790.79"], "810.79"),
        ("10000", ["flat amount above 5,000 = 30", "10,000 at 0.0599 = 599"], "629.00"),
    ],
)
def test_volume(quantity, steps, amount):
    line = usage_line(price_of("volume", tiers=TIERS), tickets(quantity))
    assert (told(line), str(line.amount)) == (steps, amount)


def test_volume_included_units_do_not_count_towards_the_tier():
    line = usage_line(price_of("volume", tiers=TIERS, included="1"), tickets(1001))
    assert told(line) == ["1 included = 0", "1,000 at 0.99 = 990"]


@pytest.mark.parametrize(
    ("quantity", "steps", "amount"),
    [
        ("0", [], "0.00"),
        ("10", ["10 included = 0"], "0.00"),
        ("11", ["10 included = 0", "1 in the step up to 100 = 50"], "50.00"),
        ("110", ["10 included = 0", "100 in the step up to 100 = 50"], "50.00"),
        ("111", ["10 included = 0", "101 in the step above 100 = 80"], "80.00"),
    ],
)
def test_stairstep(quantity, steps, amount):
    line = usage_line(price_of("stairstep", tiers=STAIRS, included="10"), tickets(quantity))
    assert (told(line), str(line.amount)) == (steps, amount)


@pytest.mark.parametrize(
    ("quantity", "steps", "amount"),
    [
        ("0", [], "0.00"),
        ("20", ["20 included = 0"], "0.00"),
        ("20.000001", ["20 included = 0", "1 package of 100 at 10.00 = 10"], "10.00"),
        ("120", ["20 included = 0", "1 package of 100 at 10.00 = 10"], "10.00"),
        ("121", ["20 included = 0", "2 packages of 100 at 10.00 = 20"], "20.00"),
        ("120020", ["20 included = 0", "1,200 packages of 100 at 10.00 = 12000"], "12000.00"),
    ],
)
def test_package(quantity, steps, amount):
    price = price_of("package", package_size="100", package_amount="10.00", included="20")
    line = usage_line(price, tickets(quantity))
    assert (told(line), str(line.amount)) == (steps, amount)


@pytest.mark.parametrize(
    ("included", "value", "items", "steps", "amount"),
    [
        ("0", "0", 0, [], "0.00"),
        ("0", "1200.00", 4, ["2.5% of 1,200.00 = 30", "4 at 0.10 = 0.4"], "30.40"),
        (
            "1",
            "1200.00",
            4,
            ["1 of 4 included = 0", "2.5% of 1,200.00, 3/4 of it = 22.5", "3 at 0.10 = 0.3"],
            "22.80",
        ),
        (
            "1",
            "100",
            3,
            ["1 of 3 included = 0", "2.5% of 100.00, 2/3 of it = 1.666666666666", "2 at 0.10 = 0.2"],
            "1.87",
        ),
        ("4", "1200.00", 4, ["4 of 4 included = 0"], "0.00"),
        ("9", "1200.00", 4, ["4 of 4 included = 0"], "0.00"),
    ],
)
def test_percentage(included, value, items, steps, amount):
    price = price_of("percentage", percent="2.5", fixed_amount="0.10", included=included)
    line = usage_line(price, tickets(items, value=Decimal(value), items=items))
    assert (told(line), str(line.amount)) == (steps, amount)


def test_percentage_of_a_value_whose_outcomes_were_not_counted_is_of_the_whole_value():
    line = usage_line(price_of("percentage", percent="2.5", included="10"), tickets(5, value=Decimal(200)))
    assert told(line) == ["2.5% of 200.00 = 5"]


MATRIX = price_of("matrix", amounts={"email": "0.99", "voice": "1.99"}, default_amount="0.50", included="100")


def by_channel(**quantities: int) -> list[UsageRow]:
    return [tickets(quantity, dimension=name) for name, quantity in quantities.items()]


@pytest.mark.parametrize(
    ("usage", "steps", "amount"),
    [
        ([], [], "0.00"),
        (by_channel(email=40), ["40 email included = 0"], "0.00"),
        (
            by_channel(email=80, voice=60),
            ["60 voice included = 0", "40 email included = 0", "40 email at 0.99 = 39.6"],
            "39.60",
        ),
        (
            by_channel(email=10, chat=5, voice=120, sms=5),
            [
                "100 voice included = 0",
                "20 voice at 1.99 = 39.8",
                "10 email at 0.99 = 9.9",
                "5 chat at 0.50 = 2.5",
                "5 sms at 0.50 = 2.5",
            ],
            "54.70",
        ),
        (
            [tickets(3), *by_channel(voice=101, chat=1)],
            [
                "100 voice included = 0",
                "1 voice at 1.99 = 1.99",
                "1 chat at 0.50 = 0.5",
                "3 without dimension at 0.50 = 1.5",
            ],
            "3.99",
        ),
    ],
)
def test_matrix(usage, steps, amount):
    line = usage_line(MATRIX, *usage)
    assert (told(line), str(line.amount)) == (steps, amount)


MODELS = {
    "unit": {"unit_amount": "7.5"},
    "graduated": {"tiers": [{"up_to": "10", "unit_amount": "7.5"}, {"up_to": None, "unit_amount": "5"}]},
    "volume": {"tiers": [{"up_to": "10", "unit_amount": "7.5"}, {"up_to": None, "unit_amount": "5.1"}]},
    "stairstep": {"tiers": [{"up_to": "10", "flat_amount": "50"}, {"up_to": None, "flat_amount": "80"}]},
    "package": {"package_size": "4", "package_amount": "25"},
    "percentage": {"percent": "2.345", "fixed_amount": "0.0005"},
    "matrix": {"amounts": {"email": "7.5"}, "default_amount": "1"},
}
EXPECTED = {  # 11 outcomes by e-mail, worth 1,111 in all
    ("unit", "USD"): "82.50",
    ("unit", "JPY"): "83",
    ("unit", "KWD"): "82.500",
    ("graduated", "USD"): "80.00",
    ("graduated", "JPY"): "80",
    ("graduated", "KWD"): "80.000",
    ("volume", "USD"): "56.10",
    ("volume", "JPY"): "56",
    ("volume", "KWD"): "56.100",
    ("stairstep", "USD"): "80.00",
    ("stairstep", "JPY"): "80",
    ("stairstep", "KWD"): "80.000",
    ("package", "USD"): "75.00",
    ("package", "JPY"): "75",
    ("package", "KWD"): "75.000",
    ("percentage", "USD"): "26.06",
    ("percentage", "JPY"): "26",
    ("percentage", "KWD"): "26.058",
    ("matrix", "USD"): "82.50",
    ("matrix", "JPY"): "83",
    ("matrix", "KWD"): "82.500",
}


@pytest.mark.parametrize(("model", "currency"), EXPECTED)
def test_every_model_rounds_to_the_minor_unit_of_its_currency(model, currency):
    usage = tickets(11, value=Decimal(1111), items=11, dimension="email")
    line = usage_line(price_of(model, **MODELS[model]), usage, currency=currency)
    assert str(line.amount) == EXPECTED[model, currency]


@pytest.mark.parametrize("model", MODELS)
def test_no_usage_costs_nothing_in_every_model(model):
    line = usage_line(price_of(model, **MODELS[model]))
    assert (line.amount, line.quantity, line.breakdown) == (0, 0, ())


@pytest.mark.parametrize("model", MODELS)
def test_usage_below_zero_is_a_fault_and_never_a_bill(model):
    with pytest.raises(ValueError, match=f"usage of '{OUTCOME}' is negative"):
        usage_line(price_of(model, **MODELS[model]), tickets(-1))


def test_a_correction_within_the_rows_only_lowers_their_sum():
    line = usage_line(price_of("unit", unit_amount="0.99"), tickets(5), tickets(-2))
    assert told(line) == ["3 at 0.99 = 2.97"]


def test_thirty_digits_are_charged_to_the_last_one():
    line = usage_line(price_of("unit", unit_amount="0.999999999999"), tickets("999999999999999999.999999999999"))
    assert str(line.amount_exact) == "999999999998999999.999999999999000000000001"
    assert str(line.amount) == "999999999999000000.00"
