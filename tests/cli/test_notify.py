"""`notify`, and what `check` says of the outbox, beside no running bot and an emulated Slack."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import handlers.notices
from lab.slack import SlackLab
from lab.webnet import WebNetLab
from store.claims import Settlement
from store.database import Store, migrate_store, open_store
from tests.cli.test_check import Setup
from tests.conftest import STORE_KEY
from tests.e2e.rig import add_people
from tests.store.test_lanes import claim, settle
from tests.store.test_outbox import enqueue


@pytest.fixture
def setup(tmp_path: Path) -> Iterator[Setup]:
    with WebNetLab() as webnet, SlackLab() as slack:
        made = Setup(slack, webnet, tmp_path)
        migrate_store(made.url)
        yield made


@pytest.fixture
def store(setup: Setup) -> Iterator[Store]:
    with open_store(setup.url, keys=[STORE_KEY]) as opened:
        add_people(opened)
        acme, globex = opened.workspaces.list()
        opened.channels.add(workspace=acme.id, channel_id="C0ALERTS", channel_name="alerts")
        opened.channels.add(workspace=globex.id, channel_id="C0GXNOC")
        yield opened


def park(store: Store, why: str = "not_in_channel") -> int:
    """One of two deliveries; its id."""
    (claimed,) = claim(store, 1)
    settle(store, Settlement(claim=claimed, parked={claimed.deliveries[0].id: why}))
    return claimed.deliveries[0].id


def test_what_waits_and_what_is_parked_is_listed_with_what_to_do(setup: Setup, store: Store) -> None:
    assert "Nothing waits" in setup.run("notify", "list").output
    alerts = store.channels.list()[0].id
    enqueue(store, "job:7:ended", alerts)
    enqueue(store, "job:8:ended", alerts)
    park(store)
    rows = json.loads(setup.run("notify", "list", "--json").stdout)
    assert [(row["key"], row["status"], row["channel"], row["error"]) for row in rows] == [
        ("job:7:ended", "parked", "alerts", "not_in_channel"),
        ("job:8:ended", "waiting", "alerts", ""),
    ]
    assert rows[0]["remedy"] == "Invite the bot to the channel."
    assert json.loads(setup.run("notify", "list", "--workspace", "T0GLOBEX", "--json").stdout) == []
    assert "job:8:ended" not in setup.run("notify", "list", "--status", "parked").output


def test_retry_sends_what_is_parked_again(setup: Setup, store: Store) -> None:
    enqueue(store, "job:7:ended", store.channels.list()[0].id)
    number = park(store)
    wrong = setup.run("notify", "retry", "999")
    assert (wrong.exit_code, store.outbox.depth().parked) == (1, 1)
    assert "1 parked notice is sent again" in setup.run("notify", "retry", str(number)).output
    assert (store.outbox.depth().parked, store.outbox.depth().waiting) == (0, 1)
    assert "No notice is parked." in setup.run("notify", "retry").output


def test_a_notice_is_explained_for_each_channel_of_its_customer(setup: Setup, store: Store) -> None:
    for channel in store.channels.list():
        store.channels.update(channel.id, rules='[{"when": {"kind": ["job"]}, "then": "send"}]')
    alerts = store.channels.list()[0]
    store.channels.add(workspace=alerts.workspace, channel_id="C0NOC")
    enqueue(store, "job:7:ended", alerts.id, facts={"kind": "job"})
    park(store)
    by_job, by_key = (json.loads(setup.run("notify", "explain", one, "--json").stdout) for one in ("#7", "job:7:ended"))
    assert by_job == by_key
    assert [(row["team_id"], row["channel"]) for row in by_job] == [("T0ACME", "alerts"), ("T0ACME", "C0NOC")]
    assert "Slack answered not_in_channel. Invite the bot to the channel." in by_job[0]["what"]
    assert by_job[1]["what"].startswith("Not sent. The channel had no rules, so its switches decided.")
    for unknown in ("8", "9" * 30, "drift:1:2"):
        missing = setup.run("notify", "explain", unknown)
        assert (missing.exit_code, "here" in missing.output or "keeps no event" in missing.output) == (1, True)


def test_a_sample_of_each_kind_is_posted_to_a_configured_channel(setup: Setup, store: Store) -> None:
    assert setup.run("notify", "test", "C0NOC").exit_code == 1  # not configured
    result = setup.run("notify", "test", "C0ALERTS")
    assert result.exit_code == 0, result.output
    assert len(setup.slack.messages("C0ALERTS")) == len(handlers.notices.discover())
    assert setup.slack.refused == []


def test_a_channel_that_two_workspaces_have_needs_the_workspace(setup: Setup, store: Store) -> None:
    globex = store.workspaces.list()[1]
    store.channels.add(workspace=globex.id, channel_id="C0ALERTS")
    result = setup.run("notify", "test", "C0ALERTS")
    assert (result.exit_code, "--workspace" in result.output) == (1, True)
    assert setup.run("notify", "test", "C0ALERTS", "--workspace", "T0ACME").exit_code == 0


def test_check_tells_what_is_parked_and_which_token_was_refused(setup: Setup, store: Store) -> None:
    alerts = store.channels.list()[0].id
    assert setup.findings()["outbox"] == ("pass", "0 notices to be sent.", "")
    for number in range(3):
        enqueue(store, f"job:{number}:ended", alerts)
    park(store)
    (claimed,) = claim(store, 1)
    settle(store, Settlement(claim=claimed, refused="token_revoked"))
    found = setup.findings()
    assert found["parked notices"][:2] == ("warn", "1 notice parked: 1 × not_in_channel in alerts.")
    assert "notify retry" in found["parked notices"][2]
    assert found["notices to T0ACME"][0] == "fail"
    assert "token_revoked" in found["notices to T0ACME"][1]
    assert "refuses the bot's token" in setup.run("notify", "list").stderr


def test_check_names_a_channel_that_slack_does_not_know_and_each_remedy(setup: Setup, store: Store) -> None:
    alerts = store.channels.list()[0].id
    for number, why in enumerate(("channel_not_found", "channel_not_found", "message_limit_exceeded")):
        enqueue(store, f"job:{number}:ended", alerts)
        park(store, why)
    found = setup.findings()
    assert found["channel C0ALERTS of T0ACME"][0] == "warn"
    assert "2 notices parked" in found["channel C0ALERTS of T0ACME"][1]
    assert "channel set T0ACME C0ALERTS --id" in found["channel C0ALERTS of T0ACME"][2]
    assert "2 × channel_not_found in alerts, 1 × message_limit_exceeded in alerts" in found["parked notices"][1]
    assert "the messages that its plan allows" in found["parked notices"][2]


def test_check_tells_which_cards_could_not_be_brought_to_their_end(setup: Setup, store: Store) -> None:
    assert "cards that stay" not in setup.findings()
    for ending in ("as_message", "as_message", "given_up", "told", None):
        card = store.cards.open(
            workspace=store.workspaces.list()[0].id, customer=1, job_id=7, what="ping", device_name="rtr",
            channel_id="C0NOC", chat_user="U0OSCAR", chat_user_name="oscar", ephemeral=False, ref="", holder="x", ttl_s=1,
        )  # fmt: skip
        if ending:
            store.cards.end(card, ending)
        else:
            store.cards.let_go(card, -3_600)
    found = setup.findings()
    assert found["cards that stay"][1].startswith("2 cards could not be changed")
    assert found["ends of jobs"][:2] == ("warn", "The ends of 1 job reached no requester within the last day.")
    assert found["cards"][:2] == ("warn", "1 card of running jobs should have been updated 15 minutes ago.")
