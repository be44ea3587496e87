"""What the jobs of the tests do, named in them by its dotted path."""

import time
from datetime import datetime

from apps.outbox.jobs import Failed
from apps.outbox.models import Job, JobFile


def note(job: Job, ref: str, *, at: datetime) -> str:
    return f"did {ref}"


def write_part(job: Job, ref: str, *, at: datetime) -> None:
    """Slow enough to be killed in the midst of it."""
    JobFile.objects.create(job=job, name="parts.txt", part=int(ref), content=f"{ref}\n".encode())
    time.sleep(0.02)


def refuse_odd(job: Job, ref: str, *, at: datetime) -> None:
    """Odd ones fail until the job is told that they are mended."""
    JobFile.objects.create(job=job, name=f"{at}.txt", part=int(ref), content=b"")
    if int(ref) % 2 and not job.params.get("mended"):
        raise Failed(f"{ref} is odd.")


def break_down(job: Job, ref: str, *, at: datetime) -> None:
    raise ZeroDivisionError("what nobody thought of")
