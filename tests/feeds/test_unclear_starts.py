"""A job that an unclear start made after all is given back to its requester: once, and only where it can be no other."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from bot.core.cards import FOUND
from lab.webnet.clock import stamp
from store.audit import AuditRow
from tests.feeds.conftest import Feeding

BOT, OSCAR = 9, 3  # WebNet's ids of the bot's own user and of another one
PING = "check_reachability"


@pytest.fixture
def bot(feeding: Feeding) -> Feeding:
    feeding.directory.sweep()
    feeding.poll("jobs")
    return feeding


def asked(bot: Feeding, **other: Any) -> int:
    """Writes the row of a ping of which it is unclear whether it was started."""
    (acme,) = (one for one in bot.store.workspaces.list() if one.team_name == "Acme")
    row = AuditRow(
        workspace=acme.id,
        customer=1,
        channel_id="C0NOC",
        slack_user_id="U0OSCAR",
        slack_user_name="oscar",
        user=3,
        username="user-3",
        command="ping",
        status="unclear",
        job_type=PING,
        device=1,
        device_name="rtr-fra1-001",
        created_at=bot.clock(),
        duration_ms=2_000,
    )
    return bot.store.audit.write(dataclasses.replace(row, **other))


def job_of(bot: Feeding, row: int) -> int | None:
    found = bot.store.audit.get(row)
    assert found is not None
    return found.job_id


def made(bot: Feeding, kind: str = PING, devices: tuple[int, ...] = (1,), *, customer: int = 1, user: int = BOT) -> int:
    return bot.lab.start_job(kind, list(devices), customer=customer, user=user)


def test_a_job_that_is_found_is_noted_and_its_requester_gets_one_card_and_the_name_in_the_notice(bot: Feeding) -> None:
    row, job = asked(bot), made(bot)
    bot.poll("jobs")
    assert job_of(bot, row) == job
    card = bot.store.cards.claim("test", 60)
    assert card is not None
    assert (card.job_id, card.what, card.device_name, card.chat_user) == (job, "ping", "rtr-fra1-001", "U0OSCAR")
    assert (card.shown, card.ephemeral, card.ref) == (FOUND, True, "")
    bot.poll("jobs")
    assert bot.store.cards.claim("test", 60) is None
    (event,) = bot.events()
    assert '"name":"user-3"' in event["data"]


@pytest.mark.parametrize("ahead", [timedelta(hours=-3), timedelta(hours=3)], ids=["behind", "ahead"])
def test_a_job_is_found_where_the_clock_of_webnet_differs(bot: Feeding, ahead: timedelta) -> None:
    row, job = asked(bot), made(bot)
    bot.lab.change("jobs", job, requested_at=stamp(bot.clock() + ahead))
    bot.poll("jobs")
    assert job_of(bot, row) == job
    bot.clock.advance(120)
    row, job = asked(bot, device=2), made(bot, devices=(2,))
    bot.lab.change("jobs", job, requested_at=stamp(bot.clock()))  # by the bot's clock, that was hours before or after
    bot.poll("jobs")
    assert job_of(bot, row) is None


def test_a_job_that_was_seen_before_its_start_became_unclear_is_found_then(bot: Feeding) -> None:
    at, job = bot.clock(), made(bot)
    bot.poll("jobs", 2.0)
    row = asked(bot, created_at=at)
    bot.poll("jobs")
    assert job_of(bot, row) == job


def of_another_time(bot: Feeding) -> None:
    bot.clock.advance(120)
    made(bot)


def started_by_a_command(bot: Feeding) -> None:
    asked(bot, status="success", job_id=made(bot))


@pytest.mark.parametrize(
    "make",
    [
        lambda bot: made(bot, user=OSCAR),
        lambda bot: made(bot, "config_backup"),
        lambda bot: made(bot, devices=(2,)),
        lambda bot: made(bot, devices=(1, 2)),
        lambda bot: made(bot, devices=()),
        lambda bot: made(bot, customer=2),
        of_another_time,
        started_by_a_command,
        lambda bot: (made(bot), made(bot)),
        lambda bot: (made(bot), asked(bot)),
        lambda bot: (made(bot), asked(bot, status="running", job_type="", device=None)),
        lambda bot: (made(bot), asked(bot, status="interrupted", job_type="", device=None)),
    ],
    ids=[
        "another-user",
        "another-kind",
        "another-device",
        "more-devices",
        "every-device",
        "another-customer",
        "another-time",
        "a-known-start",
        "two-jobs",
        "two-starts",
        "an-open-request",
        "an-interrupted-request",
    ],
)
def test_what_may_be_somebody_elses_is_claimed_for_nobody(bot: Feeding, make: Callable[[Feeding], object]) -> None:
    row = asked(bot)
    make(bot)
    bot.poll("jobs")
    assert job_of(bot, row) is None
    assert bot.store.cards.claim("test", 60) is None


def test_an_open_request_only_puts_it_off(bot: Feeding) -> None:
    row, job, other = asked(bot), made(bot), asked(bot, status="running", job_type="", device=None)
    bot.poll("jobs")
    assert job_of(bot, row) is None
    bot.store.audit.close(other, status="failed")
    bot.poll("jobs")
    assert job_of(bot, row) == job


def test_a_request_that_was_interrupted_hours_before_is_in_nobodys_way(bot: Feeding) -> None:
    asked(bot, status="interrupted", created_at=bot.clock() - timedelta(hours=2))
    row, job = asked(bot), made(bot)
    bot.poll("jobs")
    assert job_of(bot, row) == job


def test_who_asked_again_and_has_a_card_of_the_job_gets_no_second_one(bot: Feeding) -> None:
    row, job = asked(bot), made(bot)
    (acme,) = (one for one in bot.store.workspaces.list() if one.team_name == "Acme")
    bot.store.cards.open(
        workspace=acme.id,
        customer=1,
        job_id=job,
        what="ping",
        device_name="rtr-fra1-001",
        channel_id="C0NOC",
        chat_user="U0OSCAR",
        chat_user_name="oscar",
        ephemeral=False,
        ref="1.2",
        holder="test",
        ttl_s=60,
    )
    bot.poll("jobs")
    assert job_of(bot, row) == job
    assert bot.store.cards.claim("test", 60) is None


def test_a_start_on_several_devices_is_found_by_exactly_these(bot: Feeding) -> None:
    row = asked(bot, device=None, device_name="", devices="3: 1 2 3")
    made(bot, devices=(1, 2))
    made(bot, devices=(1, 2, 3, 4))
    job = made(bot, devices=(3, 2, 1))
    bot.poll("jobs")
    assert job_of(bot, row) == job
    card = bot.store.cards.claim("test", 60)
    assert card is not None
    assert (card.job_id, card.device_name) == (job, "3 devices")


def test_a_start_of_which_not_all_devices_are_kept_is_not_given_back(bot: Feeding) -> None:
    row = asked(bot, device=None, device_name="", devices="4: 1 2 3")
    made(bot, devices=(1, 2, 3))
    bot.poll("jobs")
    assert job_of(bot, row) is None
