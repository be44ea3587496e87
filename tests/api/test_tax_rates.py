"""Tax rates: added, ended, listed."""

from typing import Any

import pytest

from tests.api.client import Api

VAT = {"name": "VAT", "percent": "19", "country": "DE", "valid_from": "2026-01-01"}
WHOLE = VAT | {"region": None, "tax_category": "standard", "valid_until": None}


def test_a_rate_is_added_and_listed(api: Api) -> None:
    added = api.post("/tax-rates", VAT)
    assert added.status_code == 201
    body = added.json()
    assert {name: body[name] for name in WHOLE} == WHOLE
    assert api.get("/tax-rates").json() == {"data": [body], "next": None}
    assert api.get("/tax-rates", country="AT").json()["data"] == []


def test_a_rate_is_ended_and_another_follows(api: Api) -> None:
    rate = api.post("/tax-rates", VAT).json()
    ended = api.post(f"/tax-rates/{rate['id']}/end", {"on": "2026-07-01"})
    assert (ended.status_code, ended.json()["valid_until"]) == (200, "2026-07-01")
    assert api.post("/tax-rates", VAT | {"percent": "16", "valid_from": "2026-07-01"}).status_code == 201


def test_the_same_tax_twice_on_a_day_is_a_conflict(api: Api) -> None:
    api.post("/tax-rates", VAT)
    answer = api.post("/tax-rates", VAT | {"percent": "16", "valid_from": "2026-07-01"})
    assert answer.status_code == 409
    assert "holds from 2026-01-01 on already" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"percent": "101"}, "percent"),
        ({"percent": "9.97512"}, "percent"),
        ({"percent": 19.5}, "percent"),
        ({"country": "XX"}, "country"),
        ({"tax_category": "a b"}, "tax_category"),
        ({"valid_from": "soon"}, "valid_from"),
        ({"valid_until": "2026-01-01"}, "valid_until"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_is_wrong_is_a_422_that_names_the_field(api: Api, change: Any, field: str) -> None:
    answer = api.post("/tax-rates", VAT | change)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_an_end_before_the_first_day_names_the_field(api: Api) -> None:
    rate = api.post("/tax-rates", VAT).json()
    answer = api.post(f"/tax-rates/{rate['id']}/end", {"on": "2026-01-01"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "on")


def test_the_preview_of_an_invoice_has_the_taxes(shop: Api) -> None:
    shop.post("/tax-rates", VAT | {"name": "Sales tax", "percent": "4", "country": "US"})
    draft = shop.post("/customers/halden/invoice-preview").json()
    assert draft["taxes"] == [{"name": "Sales tax", "rate": "4", "base": "99.00", "amount": "3.96"}]
    assert (draft["tax"], draft["tax_note"], draft["total"]) == ("3.96", None, "102.96")
