"""Jobs: each item done once, in a transaction of its own, by workers that may be killed at any moment."""

from collections import Counter
from pathlib import Path

from apps.outbox import jobs
from apps.outbox.jobs import Progress
from apps.outbox.models import Job, JobFile, JobItem
from apps.outbox.tasks import resume_jobs
from apps.tenants.scope import scope
from tests.cast import Vendor
from tests.outbox.conftest import NOON
from tests.threads import at_once
from tests.worker import Worker, wait_until


def start(vendor: Vendor, work: str, count: int, **params: str) -> Job:
    items = [(str(n), f"Thing {n}") for n in range(count)]
    with scope(vendor.tenant.pk):
        return jobs.start("export", f"tests.outbox.work.{work}", items, by="ada", at=NOON, params=params)


def do_all(vendor: Vendor, job: Job) -> None:
    while jobs.do_some(vendor.tenant.pk, job.pk, at=NOON):
        pass


def state(vendor: Vendor, job: Job) -> tuple[Progress, bool]:
    """How far it is, and whether it is finished."""
    with scope(vendor.tenant.pk):
        return jobs.progress(job), Job.objects.get(pk=job.pk).finished_at is not None


def test_each_item_is_done_and_then_the_job_is_finished(northwind: Vendor) -> None:
    job = start(northwind, "note", 30)
    do_all(northwind, job)
    assert state(northwind, job) == (Progress(done=30, failed=0, waiting=0), True)
    with scope(northwind.tenant.pk):
        assert JobItem.objects.get(ref="7").note == "did 7"


def test_a_portion_is_a_part_and_no_more(northwind: Vendor) -> None:
    job = start(northwind, "note", 30)
    assert jobs.do_some(northwind.tenant.pk, job.pk, at=NOON, most=10)
    assert state(northwind, job) == (Progress(done=10, failed=0, waiting=20), False)


def test_a_job_over_nothing_is_finished_at_once(northwind: Vendor) -> None:
    assert state(northwind, start(northwind, "note", 0)) == (Progress(0, 0, 0), True)


def test_what_fails_says_why_leaves_nothing_behind_and_holds_nothing_up(northwind: Vendor) -> None:
    job = start(northwind, "refuse_odd", 4)
    do_all(northwind, job)
    assert state(northwind, job) == (Progress(done=2, failed=2, waiting=0), True)
    with scope(northwind.tenant.pk):
        assert JobItem.objects.get(ref="3").note == "3 is odd."
        assert sorted(JobFile.objects.values_list("part", flat=True)) == [0, 2]


def test_what_nobody_thought_of_is_named_too(northwind: Vendor) -> None:
    job = start(northwind, "break_down", 1)
    do_all(northwind, job)
    with scope(northwind.tenant.pk):
        assert JobItem.objects.get().note == "ZeroDivisionError: what nobody thought of"


def test_only_the_failed_are_tried_again(northwind: Vendor) -> None:
    job = start(northwind, "refuse_odd", 4)
    do_all(northwind, job)
    with scope(northwind.tenant.pk):
        Job.objects.update(params={"mended": True})
        assert jobs.retry_failed(job) == 2
    assert state(northwind, job) == (Progress(done=2, failed=0, waiting=2), False)
    do_all(northwind, job)
    assert state(northwind, job) == (Progress(done=4, failed=0, waiting=0), True)


def test_two_workers_share_a_job_and_do_each_item_once(northwind: Vendor) -> None:
    job = start(northwind, "write_part", 20)
    at_once(*[lambda: do_all(northwind, job) or [] for _ in range(2)])
    assert state(northwind, job) == (Progress(done=20, failed=0, waiting=0), True)


def test_globex_has_none_of_it(northwind: Vendor, globex: Vendor) -> None:
    start(northwind, "note", 1)
    with scope(globex.tenant.pk):
        assert not Job.objects.exists()
        assert not JobItem.objects.exists()


def test_a_worker_killed_again_and_again_does_each_item_once(northwind: Vendor, worker: Worker, tmp_path: Path) -> None:
    """After each kill -9, in the midst of a part, beat finds the job idle; in the end each part is there once."""
    job = start(northwind, "write_part_and_wait", 80, gates=str(tmp_path))
    interrupted = [0, 33, 34, 71]
    for ref in set(range(80)) - set(interrupted):
        (tmp_path / f"gate-{ref}").touch()

    def resume() -> None:
        resume_jobs.delay(str(northwind.tenant.pk))

    for ref in interrupted:
        worker.start()
        wait_until((tmp_path / f"at-{ref}").exists, ask=resume)
        worker.kill()
        assert state(northwind, job)[0].done == ref
        (tmp_path / f"gate-{ref}").touch()
    worker.start()
    wait_until(lambda: state(northwind, job)[1], ask=resume)
    with scope(northwind.tenant.pk):
        parts = Counter(JobFile.objects.filter(job=job).values_list("part", flat=True))
    assert parts == dict.fromkeys(range(80), 1)
