"""The gate of every POST that makes a job reads the devices shortly before."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.core import errors
from bot.webnet.client import WebNet
from bot.webnet.job_kinds import BACKUP
from bot.webnet.target import Target
from bot.webnet.target_check import FRESH_S, LONGEST_CHECK_S
from bot.webnet.transport import Transport
from lab.webnet import BOT_KEY, WebNetLab


class Clock:
    """A clock whose seconds pass only when a test says so."""

    now = 0.0

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def gate(lab: WebNetLab, clock: Clock) -> Iterator[WebNet]:
    client = WebNet(Transport(lab.url, BOT_KEY, timeout_s=5.0), clock)
    yield client
    client.close()


def target(lab: WebNetLab, device: int) -> Target:
    row = lab.row("devices", device)
    return Target(device, row["hostname"], row["mgmt_ip"])


def requests(lab: WebNetLab) -> list[str]:
    return [f"{entry.method} {entry.path.removeprefix('/api/v1/')}" for entry in lab.record]


def test_a_device_is_read_once_if_the_start_follows_at_once(lab: WebNetLab, gate: WebNet, clock: Clock) -> None:
    gate.start_job(BACKUP, 1, (target(lab, 1),), ready=lambda: clock.advance(FRESH_S))
    assert requests(lab) == ["GET devices/1/", "POST config/backup"]


def test_a_device_is_read_again_when_more_than_five_seconds_passed(lab: WebNetLab, gate: WebNet, clock: Clock) -> None:
    pauses = iter((FRESH_S + 0.1, 0.0))
    gate.start_job(BACKUP, 1, (target(lab, 1),), ready=lambda: clock.advance(next(pauses)))
    assert requests(lab) == ["GET devices/1/", "GET devices/1/", "POST config/backup"]


def test_many_devices_that_are_read_too_slowly_are_not_waited_for(lab: WebNetLab, gate: WebNet, clock: Clock) -> None:
    lab.before("GET", "/api/v1/devices/2/", lambda: clock.advance(LONGEST_CHECK_S + 1))
    with pytest.raises(errors.Conflict, match="Reading 3 devices again took more than 60 s, so nothing was started"):
        gate.start_job(BACKUP, 1, (target(lab, 1), target(lab, 2), target(lab, 3)))
    assert requests(lab) == ["GET devices/1/", "GET devices/2/"]


def test_what_changed_meanwhile_is_seen_by_the_second_reading(lab: WebNetLab, gate: WebNet, clock: Clock) -> None:
    def disable() -> None:
        lab.change("devices", 1, enabled=False)
        clock.advance(FRESH_S + 0.1)

    with pytest.raises(errors.Conflict, match="disabled"):
        gate.start_job(BACKUP, 1, (target(lab, 1),), ready=disable)
    assert requests(lab) == ["GET devices/1/", "GET devices/1/"]


def test_a_slow_webnet_makes_only_the_devices_read_before_it_stale(lab: WebNetLab, gate: WebNet, clock: Clock) -> None:
    lab.before("GET", "/api/v1/devices/2/", lambda: clock.advance(6.0))
    gate.start_job(BACKUP, 1, (target(lab, 1), target(lab, 2)))
    assert requests(lab) == ["GET devices/1/", "GET devices/2/", "GET devices/1/", "POST config/backup"]


def test_nothing_is_started_if_the_check_stays_too_old(lab: WebNetLab, gate: WebNet, clock: Clock) -> None:
    with pytest.raises(errors.Conflict, match="too long"):
        gate.start_job(BACKUP, 1, (target(lab, 1),), ready=lambda: clock.advance(FRESH_S + 0.1))
    assert requests(lab) == ["GET devices/1/", "GET devices/1/"]
