"""What the console has a worker do."""

from uuid import UUID

from celery import shared_task

from apps.common.clock import now
from apps.console import trial_runs


@shared_task(acks_late=False)
def run_trial(tenant_id: str, run: str) -> None:
    """Try a draft over the past; a trial whose worker dies is not begun again, for its page offers that."""
    trial_runs.perform(UUID(tenant_id), UUID(run), at=now())
