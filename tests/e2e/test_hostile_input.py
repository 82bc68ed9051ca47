"""Whatever is typed, and whatever WebNet holds: no exception, no message that Slack refuses, nothing live in any answer,
an answer to each, and an audit row with the whole text."""

from __future__ import annotations

import json
import logging
import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.redaction.redactor import Redactor
from bot.slack.text import inbound
from lab.slack import Interaction, Message, live_markup, plain
from store.fields import clean
from tests.e2e.rig import Rig, rig, wait_until

IN_FLIGHT = 100  # fewer than half of the queue: nothing is turned away
USERS = ["U0VERA", "U0OSCAR", "U0ALICE", "U0BOB", "U0MALLORY"]
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
# A card that the bot posts does not say what it answers, but here each answer must be found.
CARDS = dict.fromkeys(("ping", "backup", "retry"), "ephemeral")
HEADS = [
    *[""] * 12,
    *("status ", "status ", "ping ", "backup ", "jobs ", "jobs ", "help ", "STATUS ", "\u3000jobs\xa0"),
    *("search ", "search regex:", "config ", "diff "),
]


def shrink(bot: Rig) -> None:
    """So that WebNet's pages take little of the time."""
    for table in ("jobs", "devices"):
        for row in bot.webnet.rows(table)[10:]:
            bot.webnet.delete(table, row["id"])


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
            wait_until(lambda: room(IN_FLIGHT // 2), "half of them to be answered")
    wait_until(lambda: room(0), "all to be answered")
    return asked


def answered(interaction: Interaction) -> bool:
    opened = interaction.view_id is not None  # a form instead of a sentence
    return (
        opened or interaction.error is not None or any(not m.text.startswith("Working") for m in interaction.appeared)
    )


def not_ours(bot: Rig, messages: Sequence[Message]) -> list[str]:
    """Live markup that does not come from the bot itself: its dates, its links to jobs, and the mention of who asked."""
    own = (f"<{bot.webnet.url}/jobs/", f"link:{bot.webnet.url}/jobs/", "<!date^", "user:U0")
    return [mark for message in messages for mark in live_markup(message) if not mark.startswith(own)]


def check(bot: Rig, asked: Sequence[Interaction], rows_before: int) -> None:
    assert Counter(interaction.error for interaction in asked) == {None: len(asked)}
    assert all(interaction.acked_ms is not None for interaction in asked)
    assert bot.slack.refused == []
    assert not_ours(bot, [message for interaction in asked for message in interaction.appeared]) == []
    redact = Redactor(bot.settings.secrets())
    arrived = [json.loads(json.dumps(interaction.payload["text"])) for interaction in asked]  # joins some surrogates
    expected = Counter(clean(redact(inbound(text))) for text in arrived)
    wait_until(lambda: bot.store.audit.list(limit=1), "audit rows")
    rows = wait_until(
        lambda: len(found := list(bot.store.audit.each())) >= rows_before + len(asked) and found, "a row of each", 30
    )
    assert Counter(row.text for row in rows[: len(asked)]) == expected
    assert all(row.code != "internal" for row in rows)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    url = f"sqlite:///{tmp_path_factory.mktemp('hostile')}/store.db"
    with rig(url, webnet={"job_seconds": 0.0}, strict=False, visibility_of=CARDS) as bot:
        shrink(bot)
        bot.bot.scheduler.stop()  # it draws random numbers, which hypothesis takes for a part of what it makes
        yield bot


def test_hostile_texts_by_the_thousand(tmp_path: Path) -> None:
    """A share of what `make faults` types, which is 10,000 texts of a seed of its own."""
    fuzz(f"sqlite:///{tmp_path}/store.db", 300, seed=1)


def test_hostile_texts_on_postgresql(postgres_store_url: str) -> None:
    fuzz(postgres_store_url, 100, seed=3)


def fuzz(url: str, number: int, *, seed: int) -> float:
    """Types that many texts, checks all that is said above of each, and returns how many were answered per second."""
    chance = random.Random(seed)
    with (
        logged_errors() as errors,
        rig(url, webnet={"job_seconds": 0.0}, strict=False, per_user_per_minute=1_000_000, visibility_of=CARDS) as bot,
    ):
        shrink(bot)
        started = time.monotonic()
        asked = ask_all(bot, [hostile_text(chance) for _ in range(number)], chance)
        took_s = time.monotonic() - started
        check(bot, asked, 0)
    assert errors == []
    return number / took_s


@contextmanager
def logged_errors() -> Iterator[list[str]]:
    """The lines that are logged meanwhile at the level ERROR or above."""
    found: list[str] = []
    handler = logging.Handler(logging.ERROR)
    handler.emit = lambda record: found.append(record.getMessage())  # type: ignore[method-assign]
    logging.getLogger().addHandler(handler)
    try:
        yield found
    finally:
        logging.getLogger().removeHandler(handler)


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(st.characters(), max_size=60), min_size=5, max_size=5), st.sampled_from(HEADS))
def test_texts_that_hypothesis_makes(small: Rig, caplog: pytest.LogCaptureFixture, texts: list[str], head: str) -> None:
    before = len(list(small.store.audit.each()))
    asked = ask_all(small, [head + text for text in texts], random.Random(0))
    check(small, asked, before)
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == []


# -- hostile data in WebNet

SQLITE = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)  # where nothing hostile is stored
TEXTS = [
    "<!channel> <@U0ALICE> <http://evil.example|x>",
    "&lt;!here&gt; *bold* `code` ```",
    "a\x00b\x1b[31m\u202eevil",
    "x" * 10_000,
    "\u200b",
    "",
    None,
]
TIMES = [None, "never", 12, "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2024-02-30T00:00:00Z", "1e9"]


@pytest.fixture
def hostile(store_url: str, caplog: pytest.LogCaptureFixture) -> Iterator[Rig]:
    with caplog.at_level(logging.ERROR), rig(store_url, webnet={"job_seconds": 0.0}, strict=False) as bot:
        yield bot
        assert not_ours(bot, [m for c in ("C0NOC", "C0ALERTS") for m in bot.slack.channel(c).messages]) == []
        assert bot.slack.refused == []
    assert [record.getMessage() for record in caplog.records] == []


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: repr(text)[:12])
def test_devices_whose_texts_are_hostile_are_shown(hostile: Rig, text: str | None) -> None:
    bot = hostile
    fields = ("vendor", "platform", "role", "site", "mgmt_ip", "reachability_status")
    bot.webnet.change("devices", 1, hostname=(text or "")[:255], **dict.fromkeys(fields, text))
    bot.directory.sweep()
    assert "[Ping] [Backup]" in plain(bot.ask("U0ALICE", "status #1"))
    assert "started: job" in plain(bot.ask("U0ALICE", "ping #1"))
    for query in (text, "a\ufffdb", "<http://evil.example|x>", "x" * 200, "evil"):
        said = bot.say("U0ALICE", f"status {query}")
        said.until(lambda said=said: answered(said), 10.0, "an answer")  # type: ignore[misc]


@SQLITE
@pytest.mark.parametrize("time", TIMES, ids=repr)
def test_times_that_are_none_are_left_out(hostile: Rig, time: object) -> None:
    bot = hostile
    bot.webnet.change("devices", 1, last_reachability_check=time)
    job = bot.webnet.rows("jobs")[-1]["id"]
    bot.webnet.change("jobs", job, customer=1, requested_at=time, started_at=time, finished_at=time)
    bot.directory.sweep()
    assert "Last ping" in plain(bot.ask("U0ALICE", "status #1"))
    assert f"#{job}" in plain(bot.ask("U0ALICE", "jobs"))
    assert "started: job" in plain(bot.ask("U0ALICE", "ping #1"))


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: repr(text)[:12])
def test_jobs_and_people_whose_texts_are_hostile_are_shown(hostile: Rig, text: str | None) -> None:
    bot = hostile
    job = bot.webnet.rows("jobs")[-1]["id"]
    bot.webnet.change("jobs", job, customer=1, type=text, status=text, user=5, target_summary_json=text)
    bot.webnet.change("users", 5, username=text)
    bot.webnet.change("users", 2, username=text)
    assert f"#{job}" in plain(bot.ask("U0ALICE", "jobs"))
    assert "Last ping" in plain(bot.ask("U0ALICE", "status #1"))
    assert "backup" in plain(bot.ask("U0ALICE", "help"))
    assert "started: job" in plain(bot.ask("U0ALICE", "backup #1"))


@SQLITE
@pytest.mark.parametrize(
    "targets",
    [
        None,
        [],
        "x",
        {"filters": None},
        {"filters": {"device_ids": "1"}},
        {"filters": {"device_ids": [None, 2**80, "1"]}},
    ],
    ids=repr,
)
def test_targets_of_any_shape_name_no_device(hostile: Rig, targets: object) -> None:
    bot = hostile
    job = bot.webnet.start_job("config_backup", [1])
    bot.webnet.change("jobs", job, target_summary_json=targets, status="running", user=None)
    assert f"#{job}" in plain(bot.ask("U0ALICE", "jobs"))
    assert "started: job" in plain(bot.ask("U0ALICE", "backup #1"))


@SQLITE
def test_people_with_strange_roles_and_customers_may_nothing(hostile: Rig) -> None:
    bot = hostile
    for role, customers in ((None, [1]), ("ROOT", [1]), ("operator", None), ("operator", ["1"]), ("<!channel>", {})):
        bot.webnet.change("users", 3, role=role, customers=customers)
        bot.ask("U0OSCAR", "ping #1")
        assert bot.audit(slack_user_id="U0OSCAR").status == "denied"
    bot.webnet.change("users", 3, role="operator", customers=[1], is_active="yes")
    assert "is inactive" in plain(bot.ask("U0OSCAR", "ping #1"))


def test_a_job_number_beyond_every_limit_is_refused_in_words(hostile: Rig) -> None:
    bot = hostile
    bot.webnet.next_id("jobs", 10**30)
    bot.ask("U0ALICE", "backup #1")
    bot.ask("U0ALICE", "jobs")
    row = bot.audit(command="backup")
    assert row.code != "internal"
