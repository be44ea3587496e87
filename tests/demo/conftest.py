"""A small demo, made once: the whole span of days and every customer, but few events."""

import secrets
from datetime import UTC, datetime, timedelta

import pytest

from apps.demo.seed import seed
from apps.tenants.models import Tenant

AT = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)
EVENTS = 900
STEP = timedelta(hours=8)


def small_demo(number: int = 7) -> Tenant:
    """A demo of its own slug, so that any number fit into one database."""
    return seed(at=AT, slug=f"demo-{secrets.token_hex(4)}", number=number, events=EVENTS, step=STEP)


@pytest.fixture(scope="module")
def demo(django_db_setup: None, django_db_blocker: object) -> Tenant:
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        return small_demo()
