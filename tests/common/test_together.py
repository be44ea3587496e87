"""Work that meets is done together: each piece once, each owner answered, one failure no one else's."""

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from apps.common.together import Together


class Desk:
    """Doubles numbers, and can be held up, so that what comes meanwhile waits; 13 makes it stumble."""

    def __init__(self) -> None:
        self.open = Event()
        self.rounds: list[list[int]] = []

    def double(self, pieces: Sequence[int]) -> list[int]:
        self.rounds.append(list(pieces))
        assert self.open.wait(20)
        if 13 in pieces:
            raise ValueError("13")
        return [piece * 2 for piece in pieces]


def waiting(together: Together[int, int], count: int) -> None:
    """Return once so many pieces wait behind the one that leads."""
    while sum(map(len, together._queues.values())) < count:
        pass


def test_who_comes_alone_is_served_at_once() -> None:
    desk = Desk()
    desk.open.set()
    together = Together(desk.double, most=10)
    assert [together.do("northwind", n) for n in (1, 2, 3)] == [2, 4, 6]
    assert desk.rounds == [[1], [2], [3]]
    assert together._queues == {}


def test_those_who_come_meanwhile_share_the_next_round() -> None:
    desk = Desk()
    together = Together(desk.double, most=10)
    with ThreadPoolExecutor(6) as threads:
        first = threads.submit(together.do, "northwind", 1)
        while not desk.rounds:
            pass
        others = [threads.submit(together.do, "northwind", n) for n in range(2, 7)]
        waiting(together, 5)
        desk.open.set()
        assert first.result(20) == 2
        assert [one.result(20) for one in others] == [4, 6, 8, 10, 12]
    assert [len(round) for round in desk.rounds] == [1, 5]


def test_a_round_takes_no_more_than_its_most() -> None:
    desk = Desk()
    together = Together(desk.double, most=10)
    with ThreadPoolExecutor(6) as threads:
        threads.submit(together.do, "northwind", 1)
        while not desk.rounds:
            pass
        others = [threads.submit(together.do, "northwind", n, size=4) for n in range(2, 7)]
        waiting(together, 5)
        desk.open.set()
        for one in others:
            one.result(20)
    assert [len(round) for round in desk.rounds] == [1, 2, 2, 1]


def test_keys_do_not_wait_for_one_another() -> None:
    desk, other = Desk(), Desk()
    other.open.set()
    together = Together(lambda pieces: (desk if pieces[0] < 100 else other).double(pieces), most=10)
    with ThreadPoolExecutor(1) as threads:
        held_up = threads.submit(together.do, "northwind", 1)
        while not desk.rounds:
            pass
        assert together.do("globex", 100) == 200
        desk.open.set()
        assert held_up.result(20) == 2


@pytest.mark.parametrize(("apart", "unharmed"), [(True, [4, 8]), (False, ["13", "13"])])
def test_one_that_is_wrong_fails_alone_where_its_error_may_be_its_own(apart: bool, unharmed: list[object]) -> None:
    desk = Desk()
    together = Together(desk.double, most=10, apart=lambda error: apart)
    with ThreadPoolExecutor(4) as threads:
        threads.submit(together.do, "northwind", 1)
        while not desk.rounds:
            pass
        two = threads.submit(together.do, "northwind", 2)
        waiting(together, 1)
        wrong = threads.submit(together.do, "northwind", 13)
        waiting(together, 2)
        four = threads.submit(together.do, "northwind", 4)
        waiting(together, 3)
        desk.open.set()
        assert str(wrong.exception(20)) == "13"
        assert [str(one.exception(20)) if one.exception(20) else one.result(20) for one in (two, four)] == unharmed


def test_many_threads_lose_and_double_nothing() -> None:
    done: Counter[int] = Counter()

    def work(pieces: Sequence[int]) -> list[int]:
        done.update(pieces)
        return [-piece for piece in pieces]

    together = Together(work, most=7)
    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(lambda n: together.do(n % 3, n), range(3_000)))
    assert answers == [-n for n in range(3_000)]
    assert done == Counter(range(3_000))
