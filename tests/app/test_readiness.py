"""What `/readyz` says of the store and of the feeds, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import pytest

import main
from bot.app.housekeeping import Housekeeping
from bot.app.lifecycle import Bot
from bot.app.readiness import COPY_S, Readiness
from bot.app.slack_part import SlackClient
from bot.redaction.redactor import Redactor
from bot.settings.table import Settings
from bot.settings.table import Store as StoreSettings
from bot.vitals import SELDOM_S, WRITE_S, Vitals
from store.database import Store, open_store
from store.errors import StoreError
from tests.conftest import STORE_KEY
from tests.store.trouble import fill_up, free_some, make_read_only


@pytest.fixture
def one(store_url: str) -> Iterator[Store]:
    """A store of one connection, whose state is thus the state of them all."""
    with open_store(store_url, keys=[STORE_KEY], max_connections=1) as opened:
        yield opened


@pytest.fixture
def bot(one: Store, store_url: str) -> Iterator[Bot]:
    """Is never started; its parts are used one by one."""
    settings = Settings(store=StoreSettings(url=store_url, encryption_keys=(STORE_KEY,)))
    made = main.build(settings, one, Redactor(settings.secrets()))
    yield made
    made.stop()


def looked(bot: Bot) -> dict[str, str]:
    """What is wrong after the claim of the process was to be renewed."""
    with suppress(StoreError):
        bot.part(Housekeeping)._renew()
    return dict(Readiness(bot.common.store, bot.common.vitals, lambda: "").trouble())


def test_a_store_that_can_be_written_is_ready(bot: Bot) -> None:
    assert looked(bot) == {}


def test_a_read_only_store_is_not_ready_until_it_can_be_written(bot: Bot, one: Store) -> None:
    looked(bot)
    make_read_only(one)
    assert looked(bot) == {"store": "The store is read-only: its last write was 0 s ago."}
    if not one.database.is_postgres:  # a session of PostgreSQL is dropped by itself
        with one.connection():
            one.database.peewee.execute_sql("PRAGMA query_only = off")
    assert looked(bot) == {}


@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
def test_a_full_disk_is_not_ready(bot: Bot, one: Store) -> None:
    looked(bot)
    fill_up(one)
    assert looked(bot) == {"store": "The store has no room left on its disk: its last write was 0 s ago."}
    free_some(one)
    assert looked(bot) == {}


def test_slack_is_spoken_of_only_where_a_workspace_is_one_of_it(bot: Bot, one: Store) -> None:
    teams = {"chat": "teams", "app_id": "a11ce000-0000-4000-8000-000000000001", "app_password": "app-password"}
    one.workspaces.add(customer=1, team_id="a11ce000-0000-4000-8000-000000000002", team_name="Acme", **teams)
    slack = {"bot_user_id": "U0BOT", "bot_token": "xoxb-1", "signing_secret": "-", "app_token": "xapp-1"}
    bot.part(SlackClient).workspace_changed()
    looked(bot)
    assert (bot.common.vitals.of_chats(), looked(bot)) == ((), {})
    one.workspaces.add(customer=2, team_id="T0GLOBEX", team_name="Globex", **slack)
    bot.part(SlackClient).workspace_changed()
    assert [each.name for each in bot.common.vitals.of_chats()] == ["Slack"]
    assert bot.common.vitals.of_chats(1) == ()
    assert looked(bot)["way_in"].startswith("Slack: no Socket Mode connection is open")


def test_a_write_that_does_not_end_is_found_by_its_age_and_feeds_by_theirs(one: Store) -> None:
    now_s = [1000.0]
    vitals = Vitals(monotonic=lambda: now_s[0])
    readiness = Readiness(one, vitals, lambda: "WebNet cannot be reached.")
    vitals.written()
    vitals.tried("jobs")
    assert readiness.trouble() == {}
    assert readiness.degraded() == {"webnet": "WebNet cannot be reached."}
    now_s[0] += max(WRITE_S, 3 * SELDOM_S) + COPY_S
    readiness = Readiness(one, vitals, lambda: "")
    assert readiness.trouble()["store"] == "The store does not answer: its last write was 1 min 32 s ago."
    assert readiness.degraded() == {"jobs": "The feed of jobs was not tried for 1 min 32 s."}
