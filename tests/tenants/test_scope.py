"""One tenant to a transaction, and a user who sees what is his own."""

import threading
from contextlib import suppress
from uuid import uuid4

import pytest
from django.db import DatabaseError, ProgrammingError, connection, transaction

from apps.tenants.access import contacts_of, tenants_of
from apps.tenants.base import TenantModel
from apps.tenants.customers import invite_contact, invite_member
from apps.tenants.models import Contact, Customer, Member, Tenant, User
from apps.tenants.scope import NoTenant, OtherTenant, acting, current_tenant_id, scope
from tests.cast import Vendor, new_user


def transaction_id() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()::text::bigint")
        number: int = cursor.fetchone()[0]
        return number


def setting(name: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(current_setting(%s, true), '')", [name])
        value: str = cursor.fetchone()[0]
        return value


# scope


def test_a_scope_is_one_transaction_of_its_tenant(northwind: Vendor) -> None:
    with scope(northwind.tenant.pk):
        assert connection.in_atomic_block
        assert current_tenant_id() == northwind.tenant.pk
        assert setting("app.tenant") == str(northwind.tenant.pk)
    assert not connection.in_atomic_block


def test_a_scope_inside_its_own_is_the_same_transaction(northwind: Vendor) -> None:
    with scope(northwind.tenant.pk):
        outer = transaction_id()
        with scope(northwind.tenant.pk):
            assert transaction_id() == outer
        assert current_tenant_id() == northwind.tenant.pk


def test_a_scope_inside_another_tenants_is_refused(northwind: Vendor, globex: Vendor) -> None:
    with scope(northwind.tenant.pk):
        with pytest.raises(OtherTenant), scope(globex.tenant.pk):
            pass
        assert current_tenant_id() == northwind.tenant.pk


def test_one_scope_may_follow_another(northwind: Vendor, globex: Vendor) -> None:
    northwind.customer()
    globex.customer()
    for vendor in (northwind, globex):
        with scope(vendor.tenant.pk):
            assert Customer.objects.get().tenant_id == vendor.tenant.pk


def test_a_scope_inside_a_plain_transaction_is_refused(northwind: Vendor) -> None:
    """It could not promise that what it wrote is durable when it ends."""
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic(), scope(northwind.tenant.pk):
        pass


def test_an_exception_takes_everything_back_and_ends_the_scope(northwind: Vendor) -> None:
    customer = northwind.customer()
    with suppress(LookupError), scope(northwind.tenant.pk):
        Customer.objects.update(name="Changed")
        raise LookupError
    with pytest.raises(NoTenant):
        current_tenant_id()
    with scope(northwind.tenant.pk):
        assert Customer.objects.get().name == customer.name


def test_an_exception_in_the_inner_scope_takes_the_outer_with_it(northwind: Vendor) -> None:
    with suppress(LookupError), scope(northwind.tenant.pk):
        Customer.objects.create(external_id="lost", currency="USD", time_zone="UTC")
        with scope(northwind.tenant.pk):
            raise LookupError
    with scope(northwind.tenant.pk):
        assert not Customer.objects.exists()


def test_what_a_scope_wrote_is_seen_by_others_once_it_has_ended(northwind: Vendor) -> None:
    seen: list[int] = []

    def count() -> None:
        with scope(northwind.tenant.pk):
            seen.append(Customer.objects.count())
        connection.close()

    def in_a_thread() -> None:
        thread = threading.Thread(target=count)
        thread.start()
        thread.join()

    with scope(northwind.tenant.pk):
        Customer.objects.create(external_id="new", currency="USD", time_zone="UTC")
        in_a_thread()
    in_a_thread()
    assert seen == [0, 1]


def test_a_thread_starts_without_a_tenant(northwind: Vendor) -> None:
    found: list[object] = []

    def look() -> None:
        try:
            found.append(current_tenant_id())
        except NoTenant as refusal:
            found.append(type(refusal))

    with scope(northwind.tenant.pk):
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
    assert found == [NoTenant]


# Managers


@pytest.mark.parametrize("model", TenantModel.__subclasses__(), ids=lambda model: model.__name__)
def test_a_query_without_a_tenant_is_an_error(model: type[TenantModel]) -> None:
    if model._meta.abstract:
        model = model.__subclasses__()[0]
    with pytest.raises(NoTenant):
        model.objects.all()


def test_a_row_without_a_tenant_is_an_error() -> None:
    with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
        Customer(external_id="nowhere").save(force_insert=True)


def test_what_comes_past_the_managers_meets_the_wall(northwind: Vendor, globex: Vendor) -> None:
    theirs = globex.customer()
    with scope(northwind.tenant.pk):
        assert not Customer._base_manager.filter(pk=theirs.pk).exists()


# acting


@pytest.fixture
def ada(northwind: Vendor, globex: Vendor) -> User:
    """Finance at Northwind, and a contact of Globex's customer Kestrel."""
    user = new_user()
    with scope(northwind.tenant.pk):
        invite_member(user.email, "finance")
    kestrel = globex.customer("kestrel")
    with scope(globex.tenant.pk):
        invite_contact(kestrel, user.email)
    return user


def test_a_user_finds_the_tenants_he_is_a_member_of(ada: User, northwind: Vendor) -> None:
    assert [(one.tenant, one.role) for one in tenants_of(ada)] == [(northwind.tenant, "finance")]


def test_a_user_finds_the_customers_whose_contact_he_is(ada: User, globex: Vendor) -> None:
    assert [one.tenant for one in contacts_of(ada)] == [globex.tenant]


def test_tenants_are_listed_by_name(northwind: Vendor, globex: Vendor) -> None:
    for vendor in (northwind, globex):
        with scope(vendor.tenant.pk):
            invite_member("grace@northwind.example", "viewer")
    grace = User.objects.get(email="grace@northwind.example")
    ours = [one.tenant.name for one in tenants_of(grace) if one.tenant in (northwind.tenant, globex.tenant)]
    assert ours == ["Globex Assistants", "Northwind Support AI"]


def test_a_stranger_finds_nothing(northwind: Vendor) -> None:
    stranger = new_user()
    assert (tenants_of(stranger), contacts_of(stranger)) == ([], [])


def test_acting_shows_ones_own_rows_in_all_tenants_and_no_others(ada: User, globex: Vendor) -> None:
    with acting(ada.pk):
        assert {row.user_id for row in Member._base_manager.all()} == {ada.pk}
        assert {row.user_id for row in Contact._base_manager.all()} == {ada.pk}
        assert not Customer._base_manager.exists()


def test_acting_only_reads(ada: User) -> None:
    with acting(ada.pk):
        assert Member._base_manager.update(role="owner") == 0
        assert Contact._base_manager.all().delete()[0] == 0


def test_acting_nobody_joins_a_tenant(ada: User, globex: Vendor) -> None:
    with pytest.raises(DatabaseError, match="row-level security"), acting(ada.pk):
        Member._base_manager.create(tenant=globex.tenant, user=ada, role="owner")


def test_after_acting_a_scope_does_not_show_ones_rows_elsewhere(ada: User, northwind: Vendor) -> None:
    with scope(northwind.tenant.pk):
        assert tenants_of(ada)
        assert setting("app.user") == ""
        assert not Contact._base_manager.exists()


def test_an_error_while_acting_is_the_one_that_is_told(ada: User, northwind: Vendor) -> None:
    with scope(northwind.tenant.pk):
        with pytest.raises(DatabaseError, match="division by zero"), acting(ada.pk), connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")
        assert setting("app.user") == ""


def test_the_list_of_tenants_is_open_and_holds_no_secret() -> None:
    assert {field.name for field in Tenant._meta.fields} == {"id", "slug", "name", "created_at"}


def test_a_scope_of_a_tenant_that_is_not_there_is_empty() -> None:
    with scope(uuid4()):
        assert not Customer.objects.exists()
