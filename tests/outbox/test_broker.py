"""A broker that hangs: it is given up after a moment, and left alone for a while."""

import socket

from tests.outbox.conftest import in_another_process


def test_a_silent_broker_is_given_up_and_not_asked_again_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # connections are made, and nothing ever comes
        asked = in_another_process(
            "from apps.outbox import broker\n"
            "for _ in range(2):\n"
            "    try:\n"
            "        broker.ask('apps.outbox.tasks.drain_outbox', ['any'])\n"
            "    except broker.Unreachable as error:\n"
            "        print(error)",
            REDIS_URL=f"redis://127.0.0.1:{silent.getsockname()[1]}/0",
        )
    assert asked.stdout.splitlines() == [
        "the broker was silent for 1.0 seconds",
        "the broker was away a moment ago",
    ]
