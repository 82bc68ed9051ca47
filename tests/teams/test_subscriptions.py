"""A channel of Teams has a mapped user mentioned, and nobody whom Teams does not mention."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import requests

import handlers.notices
from bot.app.delivery_part import DeliveryPart
from bot.core.events import Event, Facts
from bot.core.rule_text import load, spell
from bot.feeds.enqueue import Enqueuer
from lab.teams.activities import ACME, ADA, OSCAR
from lab.teams.connector import Posted
from store.channels import Channel
from tests.teams.rig import Both

STRANGER = "a11ce000-0000-4000-8000-0000000000ff"


@pytest.fixture(scope="module")
def channel(at: Both) -> Channel:
    (tenant,) = at.store.workspaces.list(chat="teams")
    place = "19:mentions00000000000000000000000@thread.tacv2"
    at.teams.conversations[place] = ACME
    return at.store.channels.add(workspace=tenant.id, channel_id=place, channel_name="mentions", flags=())


def rules(at: Both, channel: Channel) -> list[str]:
    found = at.store.channels.get(channel.id)
    assert found is not None
    return [*map(spell, load(found.rules))]


def said(at: Both, place: str, words: str) -> Posted:
    return at.teams.wait_message(place, words, timeout=30)


def patched(at: Both, channel: Channel, mention: str) -> requests.Response:
    body = {"rules": [{"when": {"kind": ["compliance"]}, "then": ["send", f"mention:{mention}"]}]}
    headers = {"Authorization": f"Bearer {at.rig.webnet.jwt(2)}"}
    return requests.patch(f"{at.url}/api/v1/chatops/channels/{channel.id}/", json=body, headers=headers, timeout=30)


@pytest.mark.parametrize(
    ("mention", "words"),
    [
        ("here", "here cannot be mentioned in Microsoft Teams, where a bot mentions single users alone"),
        ("S0NOC", "the name of a mapped WebNet user are understood, too."),
        (STRANGER, "is no mapped user of this workspace"),
    ],
)
def test_whom_teams_does_not_mention_is_refused_with_whom_it_does(
    at: Both, channel: Channel, mention: str, words: str
) -> None:
    before = rules(at, channel)
    at.say(ADA, f"subscribe jobs mention:{mention}", channel.channel_id)
    assert at.row(f"subscribe jobs mention:{mention}").status == "usage"
    assert any(words in each.text for each in at.teams.posted.values())
    refused = patched(at, channel, mention)
    assert (refused.status_code, list(refused.json())) == (400, ["rules"])
    assert rules(at, channel) == before


def test_who_is_subscribed_by_name_is_shown_so_and_mentioned_in_the_notice(at: Both, channel: Channel) -> None:
    at.say(ADA, 'subscribe drift mention:"Oscar Operator, me"', channel.channel_id)
    said(at, channel.channel_id, "From now on this channel gets")
    assert rules(at, channel) == [f"kind:drift then:send,mention:{OSCAR.id},mention:{ADA.id}"]
    at.say(ADA, "subscriptions", channel.channel_id)
    said(at, ADA.personal, "(mentions Oscar Operator, Ada Admin)")

    sample = handlers.notices.discover()["drift"].sample(datetime.now(UTC))
    event = Event("drift:alert:77", "drift", sample.flag, 1, sample.happened_at, sample.data, facts=Facts(kind="drift"))
    with at.store.transaction():
        Enqueuer(at.store).enqueue([event])
    at.rig.bot.part(DeliveryPart).wake()
    notice = said(at, channel.channel_id, "@Oscar Operator @Ada Admin")
    found: list[dict[str, Any]] = notice.activity["attachments"][0]["content"]["msteams"]["entities"]
    assert [(each["text"], each["mentioned"]["id"]) for each in found] == [
        ("<at>Oscar Operator</at>", OSCAR.id), ("<at>Ada Admin</at>", ADA.id),
    ]  # fmt: skip


def test_the_management_api_takes_a_mapped_user_in_any_case(at: Both, channel: Channel) -> None:
    changed = patched(at, channel, OSCAR.id.upper())
    assert changed.json()["rules"][0]["then"] == ["send", f"mention:{OSCAR.id}"]
    assert rules(at, channel) == [f"kind:compliance then:send,mention:{OSCAR.id}"]
