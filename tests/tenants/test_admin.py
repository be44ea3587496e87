"""The operator's admin: who may come in, and whose rows it shows."""

import re
import secrets

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from apps.tenants.models import ApiKey, Tenant, User
from apps.tenants.operator import OfTenant
from apps.tenants.scope import scope
from tests.cast import PASSWORD, Vendor, new_user, new_vendor, ticket

SCOPED = [model for model, page in admin.site._registry.items() if isinstance(page, OfTenant)]
GLOBAL = [model for model, page in admin.site._registry.items() if not isinstance(page, OfTenant)]


def url(model: type, action: str = "changelist", *args: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{action}", args=args)


@pytest.fixture
def operator() -> Client:
    client = Client()
    email = f"operator-{secrets.token_hex(4)}@counterfoil.example"
    user = User.objects.create_user(email, is_staff=True, is_superuser=True)
    client.force_login(user)
    return client


def pick(client: Client, tenant: Tenant | None) -> None:
    client.post(reverse("admin:pick"), {"tenant": tenant.pk if tenant else ""})


@pytest.fixture(scope="module")
def busy(django_db_setup: None, django_db_blocker: object) -> Vendor:
    """A vendor with something in most tables."""
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        return fill(new_vendor())


def fill(northwind: Vendor) -> Vendor:
    customer = northwind.customer()
    northwind.definition()
    northwind.subscribe(customer, northwind.plan(), "2026-10-01")
    northwind.send(ticket("t-1"), ticket("t-2", customer="nobody"), at="2026-10-05 10:00")
    return northwind


def test_everybody_is_led_to_the_common_login():
    answer = Client().get("/admin/", follow=True)
    assert answer.redirect_chain[-1][0].startswith("/accounts/login/")


def test_an_operator_who_is_member_nowhere_lands_in_the_admin():
    olga = new_user("olga")
    User.objects.filter(pk=olga.pk).update(is_staff=True)
    answer = Client().post("/accounts/login/", {"login": olga.email, "password": PASSWORD})
    assert answer.headers["Location"] == "/admin/"


def test_a_member_is_no_operator(northwind):
    client = Client()
    client.force_login(northwind.owner)
    assert client.get("/admin/", follow=True).status_code == 403


def test_picking_is_for_operators(northwind):
    client = Client()
    client.force_login(northwind.owner)
    pick(client, northwind.tenant)
    assert "operator_tenant" not in client.session


def test_every_model_of_a_tenant_has_a_page():
    from django.apps import apps

    from apps.tenants.base import TenantModel

    assert {model for model in apps.get_models() if issubclass(model, TenantModel)} == set(SCOPED)


@pytest.mark.parametrize("model", SCOPED, ids=lambda model: model.__name__)
def test_a_page_of_a_tenants_rows_asks_for_the_tenant_first(model, operator):
    answer = operator.get(url(model), follow=True)
    assert answer.redirect_chain == [("/admin/", 302)]
    assert "Pick a tenant first" in answer.text


@pytest.mark.parametrize("model", SCOPED, ids=lambda model: model.__name__)
def test_the_picked_tenants_rows_are_listed_and_searched(model, operator, busy):
    pick(operator, busy.tenant)
    assert operator.get(url(model)).status_code == 200
    assert operator.get(url(model), {"q": "halden"}).status_code == 200


@pytest.mark.parametrize("model", SCOPED, ids=lambda model: model.__name__)
def test_a_row_can_be_looked_at_and_not_written(model, operator, busy):
    pick(operator, busy.tenant)
    with scope(busy.tenant.pk):
        row = model.objects.first()
    if row is not None:
        assert operator.get(url(model, "change", row.pk)).status_code == 200
        assert operator.post(url(model, "change", row.pk), {}).status_code == 403
        assert operator.post(url(model, "delete", row.pk), {"post": "yes"}).status_code == 403
    assert operator.get(url(model, "add")).status_code == 403


@pytest.mark.parametrize("model", SCOPED, ids=lambda model: model.__name__)
def test_a_row_is_named_without_ids_and_its_numbers_without_zeros_at_their_end(model, operator, busy):
    pick(operator, busy.tenant)
    with scope(busy.tenant.pk):
        row = model.objects.first()
    if row is not None:
        head, _, rest = operator.get(url(model, "change", row.pk)).text.partition("</ol>")
        named = rest.partition("<h2>")[2].partition("</h2>")[0]
        assert named
        assert named in head
        assert str(row.pk) not in named
        assert not re.search(r"\d\.\d*0{4,}\b", rest)
        assert not re.search(r"\d\.\d*0{4,}\b", operator.get(url(model)).text)


def test_models_are_named_as_one_speaks_of_them(operator):
    index = operator.get("/admin/").text
    assert not re.findall(r">\w*(?:ss|entrys|watchs|seriess|hands|pdfs)<", index)


@pytest.mark.parametrize("model", GLOBAL, ids=lambda model: model.__name__)
def test_what_belongs_to_no_tenant_needs_no_pick(model, operator):
    assert operator.get(url(model)).status_code == 200


def test_another_tenants_rows_are_not_there(operator, busy, globex):
    with scope(busy.tenant.pk):
        key = ApiKey.objects.get()
    pick(operator, globex.tenant)
    assert operator.get(url(ApiKey, "change", key.pk)).status_code == 302
    pick(operator, busy.tenant)
    assert operator.get(url(ApiKey, "change", key.pk)).status_code == 200


def test_nothing_can_be_picked_again(operator, busy):
    pick(operator, busy.tenant)
    pick(operator, None)
    assert operator.get(url(ApiKey)).status_code == 302


def test_a_key_is_revoked_and_its_secret_not_shown(operator, globex):
    pick(operator, globex.tenant)
    with scope(globex.tenant.pk):
        key = ApiKey.objects.get()
    assert key.secret_hash not in operator.get(url(ApiKey, "change", key.pk)).text
    operator.post(url(ApiKey), {"action": "revoke", "_selected_action": [key.pk]})
    with scope(globex.tenant.pk):
        assert ApiKey.objects.get().revoked_at is not None


def test_an_operator_who_is_no_superuser_gives_nobody_rights(operator):
    from django.contrib.auth.models import Permission

    user = User.objects.create_user(f"support-{secrets.token_hex(4)}@counterfoil.example", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=["change_user", "view_user"]))
    client = Client()
    client.force_login(user)
    client.post(url(User, "change", user.pk), {"name": "Sasha", "is_active": "on", "is_superuser": "on"})
    user.refresh_from_db()
    assert (user.name, user.is_superuser) == ("Sasha", False)


def test_in_a_browser_it_keeps_the_content_security_policy(page, site, operator, busy):
    """`page` fails the test on any breach."""
    cookie = operator.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": site}])
    page.goto(f"{site}/admin/")
    page.select_option("#tenant", str(busy.tenant.pk))
    page.get_by_role("button", name="Pick").click()
    page.get_by_role("link", name="Customers", exact=True).first.click()
    page.get_by_role("link", name="Halden Outfitters").click()
    page.get_by_text("America/New_York").wait_for()
