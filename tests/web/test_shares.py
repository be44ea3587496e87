"""Shares: who has all of his own waits in his own line, and whoever gives up leaves no hole in it."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from web.shares import WAITING, Busy, Shares


def run(story: Coroutine[Any, Any, None]) -> None:
    """Run it in a thread of its own: in that of the tests the browser's loop may be running."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, story).result(60)


async def until_idle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def test_beyond_his_share_one_waits_and_the_other_does_not() -> None:
    async def story() -> None:
        shares = Shares(2)
        await shares.enter("northwind")
        await shares.enter("northwind")
        third = asyncio.ensure_future(shares.enter("northwind"))
        await until_idle()
        assert not third.done()
        await asyncio.wait_for(shares.enter("globex"), 10)
        shares.leave("northwind")
        await asyncio.wait_for(third, 10)

    run(story())


def test_a_line_is_served_in_its_order_and_forgotten_at_its_end() -> None:
    async def story() -> None:
        shares, served = Shares(1), []

        async def come(number: int) -> None:
            await shares.enter("northwind")
            served.append(number)
            await asyncio.sleep(0)
            shares.leave("northwind")

        await asyncio.gather(*(come(number) for number in range(20)))
        assert served == list(range(20))
        assert (shares.inside, shares.lines) == ({}, {})

    run(story())


def test_a_line_has_an_end() -> None:
    async def story() -> None:
        shares = Shares(1)
        waiting = [asyncio.ensure_future(shares.enter("northwind")) for _ in range(1 + WAITING)]
        await until_idle()
        with pytest.raises(Busy):
            await shares.enter("northwind")
        for one in waiting[1:]:
            one.cancel()

    run(story())


def test_whoever_gives_up_as_his_turn_comes_passes_it_on() -> None:
    async def story() -> None:
        shares = Shares(1)
        await shares.enter("northwind")
        second, third = (asyncio.ensure_future(shares.enter("northwind")) for _ in range(2))
        await until_idle()
        shares.leave("northwind")
        second.cancel()
        await asyncio.wait_for(third, 10)
        shares.leave("northwind")
        assert (shares.inside, shares.lines) == ({}, {})

    run(story())


def test_who_gives_up_waiting_is_passed_over() -> None:
    async def story() -> None:
        shares = Shares(1)
        await shares.enter("northwind")
        second, third = (asyncio.ensure_future(shares.enter("northwind")) for _ in range(2))
        await until_idle()
        second.cancel()
        await until_idle()
        shares.leave("northwind")
        await asyncio.wait_for(third, 10)
        shares.leave("northwind")
        assert (shares.inside, shares.lines) == ({}, {})

    run(story())
