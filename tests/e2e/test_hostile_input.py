"""Whatever is typed, and whatever WebNet holds: no exception, no message that Slack refuses, nothing live in any answer,
an answer to each, and an audit row with the whole text."""

from __future__ import annotations

import logging
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.core.redact import Redactor
from bot.slack.text import inbound
from lab.slack import Interaction, Message, live_markup
from store.models import clean
from tests.e2e.rig import Rig, rig, wait_until

IN_FLIGHT = 100  # fewer than half of the queue: nothing is turned away
USERS = ["U0VERA", "U0OSCAR", "U0ALICE", "U0BOB", "U0VERA", "U0OSCAR", "U0ALICE", "U0BOB", "U0IVAN", "U0MALLORY"]
FRAGMENTS = [
    *(chr(code) for code in range(32)),
    *"\x7f\x85\xa0\u200b\u200d\u200e\u200f\u2028\u2029\u202a\u202e\u2066\u2069\ufeff\ufffe\uffff\U000e0041",
    *"\ud800\udbff\udc00\udfff",
    *"\"'“”„‟«»‘’‚‛`´＂*_~%&<>|\\;:#@!?/$^(){}[]+=,.…–—",
    *("🙂", "👨‍👩‍👧‍👦", "🇩🇪", "e\u0301\u0301\u0301", "ﷺ", "İ", "ß", "Ǆ", "١٢٣", "²", "漢字", "עברית", "𝕏"),
    *("<!channel>", "<!here|x>", "<!everyone>", "<@U0ALICE>", "<#C0NOC|noc>", "<!subteam^S1>", "<!date^1^{date}|x>"),
    *("<http://evil.example|rtr-fra1-001>", "<mailto:a@b.example>", "http://evil.example", "www.evil.example", "@here"),
    *("&lt;!channel&gt;", "&amp;amp;", "&#60;", "*bold*", "_it_", "~x~", "```", ":100:", ">", "[a](http://b.example)"),
    *("before:1", "after:1", "page:2", "before:0", "before:-1", "after:99999999999999999999", "page:٣", "before:²"),
    *("#1", "#0", "#-1", "#", "#99999999999999999999", "#1e9", "#٣", "##1", "10.10.0.1", "::1", "0x0a", "999.1.1.1"),
    *("rtr-fra1-001", "RTR", "r", "status", "ping", "jobs", "help", "mine", "failed", "null", "None", "--help", "-1"),
    *("'; DROP TABLE device; --", "%s%n{0}", "${jndi:ldap://x}", "../../etc/passwd", "password=hunter2", "\\u0000"),
    *(" ", "  ", "\t", "\u3000", "a" * 300, "x" * 3_001, "<" * 500, '"' * 500, "`" * 500, "&" * 500, "🙂" * 500),
]
HEADS = ["", "", "status ", "status ", "ping ", "backup ", "jobs ", "jobs ", "help ", "STATUS ", "\u3000jobs\xa0"]


def hostile_text(chance: random.Random) -> str:
    if chance.random() < 0.002:
        return (chance.choice(HEADS) + chance.choice(FRAGMENTS) * 40_000)[:40_000]
    if chance.random() < 0.2:  # any characters at all
        return chance.choice(HEADS) + "".join(chr(chance.randrange(0x110000)) for _ in range(chance.randrange(1, 30)))
    glue = chance.choice(["", " ", '"'])
    return chance.choice(HEADS) + glue.join(chance.choices(FRAGMENTS, k=chance.randrange(1, 8)))


def ask_all(bot: Rig, texts: Sequence[str], chance: random.Random) -> list[Interaction]:
    """Types them all, at most IN_FLIGHT at a time, and waits until each is answered."""
    asked: list[Interaction] = []
    open_: list[Interaction] = []

    def room(most: int) -> bool:
        open_[:] = [interaction for interaction in open_ if not answered(interaction)]
        return len(open_) <= most

    for text in texts:
        asked.append(bot.say(chance.choice(USERS), text, links=chance.random() < 0.2))
        open_.append(asked[-1])
        if len(open_) >= IN_FLIGHT:
            wait_until(lambda: room(IN_FLIGHT // 2), "half of them to be answered", 60)
    wait_until(lambda: room(0), "all to be answered", 60)
    return asked


def answered(interaction: Interaction) -> bool:
    return interaction.error is not None or any("Working on" not in m.text for m in interaction.appeared)


def not_ours(bot: Rig, messages: Sequence[Message]) -> list[str]:
    """Live markup that does not come from the bot itself: its dates, and its links to jobs."""
    own = (f"<{bot.webnet.url}/jobs/", f"link:{bot.webnet.url}/jobs/", "<!date^")
    return [mark for message in messages for mark in live_markup(message) if not mark.startswith(own)]


def check(bot: Rig, asked: Sequence[Interaction], rows_before: int) -> None:
    assert Counter(interaction.error for interaction in asked) == {None: len(asked)}
    assert all(interaction.acked_ms is not None for interaction in asked)
    assert bot.slack.refused == []
    assert not_ours(bot, [message for interaction in asked for message in interaction.appeared]) == []
    redact = Redactor(bot.settings.secrets())
    expected = Counter(clean(redact(inbound(interaction.payload["text"]))) for interaction in asked)
    wait_until(lambda: bot.store.audit.list(limit=1), "audit rows")
    rows = wait_until(
        lambda: len(found := list(bot.store.audit.each())) >= rows_before + len(asked) and found, "a row of each", 30
    )
    assert Counter(row.text for row in rows[: len(asked)]) == expected
    assert all(row.code != "internal" for row in rows)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    url = f"sqlite:///{tmp_path_factory.mktemp('hostile')}/store.db"
    with rig(url, webnet={"devices": 20, "jobs": 20, "job_seconds": 0.0}, strict=False) as bot:
        yield bot


def test_ten_thousand_hostile_texts(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    fuzz(f"sqlite:///{tmp_path}/store.db", 1_000, seed=2, caplog=caplog)


def test_hostile_texts_on_postgresql(postgres_store_url: str, caplog: pytest.LogCaptureFixture) -> None:
    fuzz(postgres_store_url, 1_000, seed=3, caplog=caplog)


def fuzz(url: str, number: int, *, seed: int, caplog: pytest.LogCaptureFixture) -> None:
    chance = random.Random(seed)
    webnet = {"devices": 20, "jobs": 20, "job_seconds": 0.0}
    with caplog.at_level(logging.ERROR), rig(url, webnet=webnet, strict=False, per_user_per_minute=1_000_000) as bot:
        asked = ask_all(bot, [hostile_text(chance) for _ in range(number)], chance)
        check(bot, asked, 0)
    assert [record.getMessage() for record in caplog.records] == []


@settings(
    max_examples=100, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.text(st.characters(), max_size=60), min_size=5, max_size=5), st.sampled_from(HEADS))
def test_texts_that_hypothesis_makes(
    small: Rig, caplog: pytest.LogCaptureFixture, texts: list[str], head: str
) -> None:
    before = len(list(small.store.audit.each()))
    asked = ask_all(small, [head + text for text in texts], random.Random(0))
    check(small, asked, before)
    assert caplog.records == []
