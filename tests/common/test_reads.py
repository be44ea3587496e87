"""Instances that are read by statements of our own are those that Django reads."""

from collections.abc import Iterator

import pytest

from apps.common.reads import Rows
from apps.common.statements import read
from apps.tenants.models import Customer
from apps.tenants.scope import scope
from tests.cast import Vendor
from tests.statements import asked

CUSTOMER = Rows(Customer, "customer")
ALL = f"SELECT {CUSTOMER.columns} FROM tenants_customer customer"
WITHOUT = Rows(Customer, "customer", without=["address"])
SHORT = f"SELECT {WITHOUT.columns} FROM tenants_customer customer"


@pytest.fixture
def halden(northwind: Vendor) -> Iterator[Customer]:
    made = northwind.customer(address={"line1": "410 Harbor Street", "city": "Portland"}, tax_id="US-12")
    with scope(northwind.tenant.pk):
        yield made


def values(customer: Customer) -> dict[str, object]:
    return {field.attname: getattr(customer, field.attname) for field in Customer._meta.concrete_fields}


def test_every_field_is_as_django_reads_it(halden: Customer) -> None:
    [found] = CUSTOMER.all(read(ALL))
    assert values(found) == values(Customer.objects.get())


def test_an_instance_can_be_saved_again(halden: Customer) -> None:
    [found] = CUSTOMER.all(read(ALL))
    found.name = "Halden and Sons"
    found.save()
    assert Customer.objects.get().name == "Halden and Sons"


def test_two_instances_of_a_row_take_each_its_own_values(halden: Customer) -> None:
    [row] = read(f"SELECT {CUSTOMER.columns}, {CUSTOMER.columns} FROM tenants_customer customer")
    row_values = iter(row)
    assert CUSTOMER.take(row_values) == CUSTOMER.take(row_values) == halden
    assert list(row_values) == []


def test_what_was_left_out_is_read_once_somebody_asks(halden: Customer) -> None:
    [found] = WITHOUT.all(read(SHORT))
    with asked() as statements:
        assert found.address["city"] == "Portland"
    assert len(statements) == 1
