"""Ports for servers: each asked for once, and then nobody else's."""

import errno
import socket

import pytest

from dev.processes import free_port, port_in_use


def test_a_free_port_is_given_to_nobody_else_before_its_server_has_started() -> None:
    with socket.socket() as other, pytest.raises(OSError, match="in use"):
        other.bind(("127.0.0.1", free_port()))


def test_nobody_listens_there_until_its_server_does() -> None:
    port = free_port()
    with socket.socket() as client:
        assert client.connect_ex(("127.0.0.1", port)) == errno.ECONNREFUSED
    assert not port_in_use(port)
    with socket.create_server(("127.0.0.1", port)):
        assert port_in_use(port)
