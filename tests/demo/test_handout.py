"""What `make run` prints: it must work as it stands."""

import re
import shlex
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from apps.demo import handout, vendor
from apps.demo.handout import KEYS, curl_line, fresh_key, is_made
from apps.tenants.access import find_api_key, open_portal_link
from apps.tenants.models import ApiKey, PortalLink, Scope, Tenant
from apps.tenants.scope import scope
from tests.demo.conftest import AT


@pytest.fixture
def shown(demo: Tenant, monkeypatch: pytest.MonkeyPatch) -> str:
    """The text for this demo, whose slug is not the usual one."""
    monkeypatch.setattr(vendor, "SLUG", demo.slug)
    return handout.handout(at=AT)


def test_the_key_is_alive_and_has_all_scopes(demo, shown):
    slug, secret = ApiKey.split(re.search(r"API key +(\S+)", shown)[1])
    with scope(demo.pk):
        assert find_api_key(demo.pk, secret).scopes == Scope.values
    assert slug == demo.slug


def test_each_link_opens_its_customers_portal_for_months(shown):
    tokens = [url.rstrip("/").rpartition("/")[2] for url in re.findall(r"https?://\S+cfp_\S+", shown)]
    customers = {open_portal_link(token, at=AT + timedelta(days=60)).customer_id for token in tokens}
    assert len(customers) == len(tokens) == 2
    assert all(PortalLink.split(token) for token in tokens)


def test_the_owner_can_log_in_as_shown(shown):
    from django.contrib.auth import authenticate

    email, password = re.search(r"(\S+@northwind\.example), password (\S+)", shown).groups()
    assert authenticate(username=email, password=password)


def test_the_line_is_one_command_with_an_id_of_the_moment(shown):
    line = shown.splitlines()[-1]
    assert shlex.split(line)[0] == "curl"
    assert "\"demo-'$(date +%s%N)'\"" in line


def test_the_demo_is_made_once_it_was_shown(demo, monkeypatch):
    monkeypatch.setattr(vendor, "SLUG", "no-such-demo")
    assert not is_made()
    monkeypatch.setattr(vendor, "SLUG", demo.slug)
    handout.handout(at=AT)
    assert is_made()


def test_old_keys_are_revoked_but_for_a_few(globex):
    with scope(globex.tenant.pk):
        for _ in range(KEYS + 2):
            fresh_key(globex.tenant, "make run", [Scope.READ], keep=KEYS, at=AT)
        keys = ApiKey.objects.filter(name="make run").order_by("id")
        assert [key.revoked_at is None for key in keys] == [False] * 2 + [True] * KEYS


def test_without_a_demo_no_live_events(monkeypatch):
    monkeypatch.setattr(vendor, "SLUG", "no-such-demo")
    with pytest.raises(CommandError, match="seed_demo"):
        call_command("demo_stream")


def test_the_line_reports_for_the_customer_beside_it(site, demo):
    """Run as printed, by a shell, against the served site."""
    import subprocess

    from django.test import override_settings

    from apps.events.models import Event

    with override_settings(SITE_URL=site), scope(demo.pk):
        line = curl_line(fresh_key(demo, "test", [Scope.EVENTS_WRITE], keep=1, at=AT), "halden")
    done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=True)
    assert '"accepted"' in done.stdout, done.stdout
    with scope(demo.pk):
        assert Event.objects.filter(external_id__startswith="demo-", customer="halden").count() == 1
