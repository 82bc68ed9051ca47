"""An emulated service that stops leaves no connection open, whatever is under way."""

from __future__ import annotations

import gc
import socket
import time
from collections.abc import Callable
from contextlib import suppress

import pytest

from lab.life import OnThread
from lab.slack import SlackLab
from lab.teams.server import TeamsLab
from lab.webnet import WebNetLab


def connected(lab: WebNetLab | SlackLab | TeamsLab) -> socket.socket:
    made = socket.create_connection(("127.0.0.1", int(lab.url.rpartition(":")[2])), timeout=10)
    made.settimeout(10)
    return made


def ended(connection: socket.socket) -> bool:
    with connection, suppress(ConnectionResetError):
        while connection.recv(65_536):
            pass
    return True


@pytest.mark.parametrize("make", [WebNetLab, SlackLab, TeamsLab])
def test_connections_that_come_while_it_stops_are_closed(make: Callable[[], WebNetLab | SlackLab | TeamsLab]) -> None:
    lab = make()
    lab.start()
    kept = connected(lab)
    assert isinstance(lab, OnThread)
    assert lab._loop is not None
    lab._loop.call_soon_threadsafe(time.sleep, 0.3)
    late = [connected(lab) for _ in range(20)]  # they wait to be accepted
    lab.stop()
    assert all(map(ended, [kept, *late]))
    gc.collect()  # pytest makes a failure of a socket that was left
