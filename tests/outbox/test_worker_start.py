"""A worker's process as it starts."""

import subprocess
import sys

STARTED = """
import gc
from celery.signals import worker_process_init
from config.celery import app
app.loader.init_worker()
worker_process_init.send(sender=None)
print("apps.invoices.tasks.bill_batch" in app.tasks, gc.get_freeze_count() > 100_000)
"""


def test_all_tasks_are_loaded_at_the_start_and_out_of_sight_of_the_garbage_collector() -> None:
    said = subprocess.run([sys.executable, "-c", STARTED], capture_output=True, check=True, text=True).stdout
    assert said.split() == ["True", "True"]
