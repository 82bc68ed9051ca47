"""The lab keeps the newest of everything, so that a demo or a soak of hours does not grow; listeners receive all of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

import pytest

from lab.slack import Message, SlackLab
from tests.lab.slack.conftest import Scenario, Sockets

KEEP = 20
KEPT = range(KEEP, KEEP + KEEP // 10 + 1)


@pytest.fixture
def lab() -> Iterator[SlackLab]:
    with SlackLab(keep=KEEP) as started:
        yield started


def test_the_newest_messages_and_acks_are_kept_and_every_one_is_reported(
    lab: SlackLab, play: Callable[[Scenario], None]
) -> None:
    heard: list[Message] = []
    lab.world.watchers.append(heard.append)

    async def scenario(sockets: Sockets) -> None:
        ws = await sockets.connect()
        for number in range(100):
            said = lab.say("U0VERA", "/webnet help")
            answer = {"text": f"answer {number}", "response_type": "ephemeral"}
            await sockets.ack(ws, await ws.receive_json(timeout=5), answer)
            await asyncio.to_thread(said.wait_ack)

    play(scenario)
    messages = lab.messages("C0NOC", "U0VERA")
    assert [message.text for message in heard] == [f"answer {number}" for number in range(100)]
    assert [message.text for message in messages] == [message.text for message in heard[-len(messages) :]]
    assert len(messages) in KEPT
    assert len(lab.acks) in KEPT


def test_the_newest_calls_are_kept(lab: SlackLab, play: Callable[[Scenario], None]) -> None:
    async def scenario(sockets: Sockets) -> None:
        for _ in range(100):
            await sockets.ticket()

    play(scenario)
    assert len(lab.calls) in KEPT


def test_an_answer_that_is_still_valid_is_kept_however_much_follows(lab: SlackLab) -> None:
    asked = [lab.say("U0VERA", "/webnet help", send=False) for _ in range(100)]
    issued = lab.response_urls._urls
    assert {str(one.response_url).rpartition("/")[2] for one in asked} == set(issued)
    lab.world.clock_skew_s = 3_600
    lab.say("U0VERA", "/webnet help", send=False)
    assert len(issued) <= KEEP + 1
