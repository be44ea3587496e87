"""What the jobs of the tests do, named in them by its dotted path."""

import time
from datetime import datetime
from pathlib import Path

from apps.outbox.jobs import Failed
from apps.outbox.models import Job, JobFile


def note(job: Job, ref: str, *, at: datetime) -> str:
    return f"did {ref}"


def write_part(job: Job, ref: str, *, at: datetime) -> None:
    JobFile.objects.create(job=job, name="parts.txt", part=int(ref), content=f"{ref}\n".encode())


def write_part_and_wait(job: Job, ref: str, *, at: datetime) -> None:
    """Says that it is in the midst of a part, and goes on once there is a gate of its number, if ever."""
    write_part(job, ref, at=at)
    folder = Path(job.params["gates"])
    (folder / f"at-{ref}").touch()
    while not (folder / f"gate-{ref}").exists():
        time.sleep(0.01)


def refuse_odd(job: Job, ref: str, *, at: datetime) -> None:
    """Odd ones fail until the job is told that they are mended."""
    JobFile.objects.create(job=job, name=f"{at}.txt", part=int(ref), content=b"")
    if int(ref) % 2 and not job.params.get("mended"):
        raise Failed(f"{ref} is odd.")


def break_down(job: Job, ref: str, *, at: datetime) -> None:
    raise ZeroDivisionError("what nobody thought of")
