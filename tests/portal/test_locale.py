"""The portal in the customer's locale: money and days as he writes them."""

from apps.tenants.customers import change_customer
from apps.tenants.models import Profile
from apps.tenants.scope import scope
from tests.console.desk import text_of
from tests.portal.conftest import Portal


def shown(halden: Portal) -> str:
    halden.send("1", quantity="2000")
    return text_of(halden.client.get("/portal/"))


def test_money_is_written_in_the_customers_locale(halden: Portal) -> None:
    with scope(halden.vendor.tenant.pk):
        change_customer(halden.customer, locale="de")
    page = shown(halden)
    assert "1.980,00" in page  # 99 for the month, and 1,900 tickets at 0.99
    assert '<html lang="en"' in page


def test_without_one_in_the_tenants(halden: Portal) -> None:
    with scope(halden.vendor.tenant.pk):
        Profile.objects.update(locale="fr-FR")
    assert "1 980,00" in shown(halden)


def test_in_english_as_ever(halden: Portal) -> None:
    assert "1,980.00" in shown(halden)
