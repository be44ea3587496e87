"""How much memory the embedded PostgreSQL believes it may count on."""

import os
from pathlib import Path

import pytest

from dev.postgres import memory

WHOLE = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def test_a_container_counts_on_what_it_was_given(tmp_path: Path) -> None:
    (tmp_path / "memory.max").write_text("268435456\n")
    assert memory(tmp_path / "memory.max") == 256 * 1024**2


@pytest.mark.parametrize("text", ["max\n", f"{WHOLE * 2}\n"])
def test_a_container_without_a_limit_that_binds_counts_on_the_machine(tmp_path: Path, text: str) -> None:
    (tmp_path / "memory.max").write_text(text)
    assert memory(tmp_path / "memory.max") == WHOLE


def test_outside_of_containers_it_counts_on_the_machine(tmp_path: Path) -> None:
    assert memory(tmp_path / "memory.max") == WHOLE
