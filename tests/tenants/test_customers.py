"""Making tenants, customers, contacts and members; and the version that tells ingestion of a change."""

import pytest
from django.db import connection

from apps.tenants.customers import (
    Taken,
    change_customer,
    create_customer,
    create_tenant,
    invite_contact,
    invite_member,
    user_by_email,
)
from apps.tenants.models import Contact, Customer, Member, Profile, Tenant, User, bump_config
from apps.tenants.scope import scope
from tests.cast import PASSWORD, Vendor, new_user


def config_version(vendor: Vendor) -> int:
    with scope(vendor.tenant.pk):
        return Profile.objects.get().config_version


# Tenants


def test_a_new_tenant_has_its_owner_and_its_profile(northwind: Vendor) -> None:
    with scope(northwind.tenant.pk):
        assert [(one.user_id, one.role) for one in Member.objects.all()] == [(northwind.owner.pk, "owner")]
        assert Profile.objects.get().legal_name == "Northwind Support AI"


def test_a_used_slug_is_refused_and_nothing_is_left_of_the_attempt(northwind: Vendor) -> None:
    late = new_user("late")
    with pytest.raises(Taken, match=northwind.tenant.slug) as refusal:
        create_tenant(slug=northwind.tenant.slug, name="Another Northwind", owner=late)
    assert refusal.value.field == "slug"
    assert not Tenant.objects.filter(name="Another Northwind").exists()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")  # and the connection is in order


def test_a_person_may_own_several_tenants(northwind: Vendor) -> None:
    second = create_tenant(slug=f"{northwind.tenant.slug[:30]}-2", name="Second", owner=northwind.owner)
    assert second.pk != northwind.tenant.pk


# Customers


def test_a_used_external_id_is_refused_and_the_transaction_goes_on(northwind: Vendor) -> None:
    halden = northwind.customer("halden")
    with scope(northwind.tenant.pk):
        with pytest.raises(Taken, match="halden") as refusal:
            create_customer(external_id="halden", name="Another", currency="USD", time_zone="UTC")
        assert refusal.value.field == "external_id"
        assert Customer.objects.get() == halden


def test_two_tenants_may_use_the_same_external_id(northwind: Vendor, globex: Vendor) -> None:
    assert northwind.customer("halden") != globex.customer("halden")


def test_a_change_is_written_and_seen_on_the_row_at_hand(northwind: Vendor) -> None:
    halden = northwind.customer()
    with scope(northwind.tenant.pk):
        change_customer(halden, name="Halden & Sons")
        assert (halden.name, Customer.objects.get().name) == ("Halden & Sons", "Halden & Sons")


# What ingestion caches


def test_a_new_customer_and_a_changed_one_each_raise_the_config_version(northwind: Vendor) -> None:
    versions = [config_version(northwind)]
    halden = northwind.customer()
    versions.append(config_version(northwind))
    with scope(northwind.tenant.pk):
        change_customer(halden, name="Halden & Sons")
    versions.append(config_version(northwind))
    assert versions == [1, 2, 3]


def test_the_config_version_of_another_tenant_stays(northwind: Vendor, globex: Vendor) -> None:
    with scope(northwind.tenant.pk):
        bump_config(northwind.tenant.pk)
        bump_config(globex.tenant.pk)
    assert (config_version(northwind), config_version(globex)) == (2, 1)


# People


def test_a_contact_invited_twice_is_one(northwind: Vendor) -> None:
    halden = northwind.customer()
    email = f"ap@{northwind.tenant.slug}.example"
    with scope(northwind.tenant.pk):
        assert invite_contact(halden, email) == invite_contact(halden, email.upper())
        assert Contact.objects.count() == 1


def test_one_person_may_be_the_contact_of_two_customers(northwind: Vendor) -> None:
    customers = northwind.customer("halden"), northwind.customer("kestrel")
    with scope(northwind.tenant.pk):
        contacts = [invite_contact(one, f"ap@{northwind.tenant.slug}.example") for one in customers]
        assert contacts[0].user_id == contacts[1].user_id
        assert Contact.objects.count() == 2


def test_an_invited_person_has_no_password_and_logs_in_by_a_code(northwind: Vendor) -> None:
    halden = northwind.customer()
    with scope(northwind.tenant.pk):
        contact = invite_contact(halden, f" AP@{northwind.tenant.slug}.Example ")
    user = User.objects.get(pk=contact.user_id)
    assert user.email == f"ap@{northwind.tenant.slug}.example"
    assert not user.has_usable_password()


def test_who_has_an_account_keeps_it(northwind: Vendor) -> None:
    assert user_by_email(northwind.owner.email) == northwind.owner
    assert User.objects.get(pk=northwind.owner.pk).check_password(PASSWORD)


def test_inviting_a_member_again_changes_the_role(northwind: Vendor) -> None:
    grace = new_user("grace")
    with scope(northwind.tenant.pk):
        invite_member(grace.email, "viewer")
        invite_member(grace.email, "finance")
        assert Member.objects.get(user=grace).role == "finance"
