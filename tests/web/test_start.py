"""The web server's process as it starts."""

import subprocess
import sys

STARTED = """
import gc, sys
import config.rsgi
print("apps.api.events" in sys.modules, gc.get_freeze_count() > 100_000)
"""


def test_all_views_are_loaded_at_the_start_and_out_of_sight_of_the_garbage_collector() -> None:
    said = subprocess.run([sys.executable, "-c", STARTED], capture_output=True, check=True, text=True).stdout
    assert said.split() == ["True", "True"]
