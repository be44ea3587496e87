"""A stand-in clone for the tests of `make run`."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.dev.standin import Clone


@pytest.fixture
def clone(tmp_path: Path) -> Iterator[Clone]:
    """A clone that nobody has started yet."""
    clone = Clone(tmp_path)
    yield clone
    clone.remove()
