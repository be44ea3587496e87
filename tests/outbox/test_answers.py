"""First answers are kept for a month, and not as anybody could read them in the database."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.test import override_settings

from apps.common.sealed import Unreadable
from apps.outbox.answers import KEPT, SOME, first_answer, forget, keep
from apps.outbox.models import IdempotencyKey
from apps.outbox.tasks import forget_all_answers, forget_answers
from apps.tenants.scope import scope
from tests.cast import Vendor, instant
from tests.worker import Worker, wait_until

SEPTEMBER_1 = instant("2026-09-01 12:00")
A_MONTH_LATER = SEPTEMBER_1 + KEPT
A_SECOND = timedelta(seconds=1)


def answered(vendor: Vendor, *keys: str, text: str = "{}") -> None:
    """These keys are answered on 1 September."""
    with scope(vendor.tenant.pk):
        for key in keys:
            keep(key, text, status=201, request_hash="0" * 64, at=SEPTEMBER_1)


def known(vendor: Vendor) -> list[str]:
    with scope(vendor.tenant.pk):
        return list(IdempotencyKey.objects.order_by("pk").values_list("key", flat=True))


# For how long


def test_an_answer_is_kept_for_thirty_days(northwind: Vendor) -> None:
    answered(northwind, "wire-1")
    forget(northwind.tenant.pk, at=instant("2026-10-01 12:00"))
    assert known(northwind) == ["wire-1"]


def test_older_ones_are_removed(northwind: Vendor) -> None:
    answered(northwind, "wire-1")
    assert forget(northwind.tenant.pk, at=A_MONTH_LATER + A_SECOND) == 1
    assert known(northwind) == []


def test_no_more_are_removed_at_a_time_than_is_said(northwind: Vendor) -> None:
    answered(northwind, "wire-1", "wire-2", "wire-3")
    assert forget(northwind.tenant.pk, at=A_MONTH_LATER + A_SECOND, most=2) == 2
    assert len(known(northwind)) == 1


def test_those_of_another_tenant_stay(northwind: Vendor, globex: Vendor) -> None:
    answered(northwind, "wire-1")
    answered(globex, "wire-1")
    forget(northwind.tenant.pk, at=A_MONTH_LATER + A_SECOND)
    assert known(globex) == ["wire-1"]


def test_a_worker_removes_all_that_are_old_some_at_a_time(northwind: Vendor, worker: Worker) -> None:
    answered(northwind, *map(str, range(SOME + 1)))
    worker.start()
    wait_until(lambda: known(northwind) == [], ask=lambda: forget_answers.delay(str(northwind.tenant.pk)))


def test_beat_has_it_done_every_night() -> None:
    entry = settings.CELERY_BEAT_SCHEDULE["forget-answers"]
    assert entry["task"] == forget_all_answers.name
    assert (entry["schedule"].hour, entry["schedule"].minute) == ({3}, {25})


# How


def test_what_is_kept_holds_nothing_of_the_answer_in_clear(northwind: Vendor) -> None:
    answered(northwind, "link", text="https://billing.example/portal/cfp_northwind_secret")
    with scope(northwind.tenant.pk), connection.cursor() as cursor:
        cursor.execute("SELECT answer FROM outbox_idempotencykey")
        assert b"cfp_" not in bytes(cursor.fetchone()[0])


def test_it_is_read_as_it_was_written(northwind: Vendor) -> None:
    answered(northwind, "link", text='{"name": "Zoë"}')
    with scope(northwind.tenant.pk):
        found = first_answer("link")
    assert found
    assert found.text() == '{"name": "Zoë"}'


@override_settings(SECRET_KEY="another, since the first got out")
def test_under_another_secret_key_it_is_not_read(northwind: Vendor) -> None:
    with override_settings(SECRET_KEY="the first"):
        answered(northwind, "link")
    with scope(northwind.tenant.pk):
        found = first_answer("link")
    assert found
    with pytest.raises(Unreadable):
        found.text()
