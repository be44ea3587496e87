"""The Celery app: `celery -A config worker` and `celery -A config beat`."""

import os

from celery import Celery
from celery.signals import worker_process_init

from config.garbage import pass_over_what_is_here

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
app = Celery("counterfoil")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


def begin_work(**about: object) -> None:
    """All tasks are loaded by now."""
    pass_over_what_is_here()


worker_process_init.connect(begin_work)
