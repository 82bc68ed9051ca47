"""Whatever is filled in as a snippet reaches WebNet as it is, and its secrets stay out of the store, the log and every message:
10,000 snippets with `make soak`."""

from __future__ import annotations

import json
import logging
import os
import re
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC
from itertools import accumulate
from random import Random

import pytest

import handlers
from bot.app.deploys_part import DeploysPart
from bot.app.slack_part import SlackClient
from bot.core.chat import Place
from bot.core.commands import CommandRequest
from bot.core.errors import UsageError
from bot.core.pipeline import Answer
from bot.core.text import clean
from bot.deploys.snippet import HIDDEN, LONGEST, read_snippet
from bot.deploys.unseen import must_be_seen
from bot.redaction.platforms import PLATFORMS
from bot.redaction.redactor import Redactor
from bot.slack.forms import Forms, Opened
from bot.slack.render import payload
from bot.webnet.client import WebNet
from bot.webnet.job_kinds import PREVIEW, deploying
from bot.webnet.target import Target
from bot.webnet.transport import Transport
from lab.webnet import BOT_KEY
from tests.e2e.rig import Rig, rig
from tests.e2e.test_in_the_callers_name import everything
from tests.redaction.test_configs import CORPUS, pieces, plain, shown

NUMBER = int(os.environ.get("SNIPPETS", "30"))
TYPED = 60
BREAKS = ("\n", "\r\n", "\r")
ODD_LINES = (
    'banner motd "it\'s ""closed"" today" \\n \\',
    "description Zürich – Süd 東京 🛰️ e\u0301 \u0130\u0131",
    "  \u00a0two\u2003blanks\u3000 and\u202fmore  ",
    "",
    "   ",
    "description {}[]()<>&@#|;:`*_~^%$ snippet:0 reason:x sure:yes",
)
REFUSED = ("\t", "\0", "\x07", "\x1b[0m", "\x0b", "\x7f", "\x85", "\u2028", "\u200b", "\u202e", "\ufeff", "\ufffd")
HARMLESS = "\n".join(map(shown, CORPUS.values()))  # what stands here too cannot be looked for
hide = Redactor()


def secrets_in(marked: str) -> set[str]:
    return {piece for piece in pieces(marked) if len(piece) > 5 and piece not in HARMLESS}


def holds_unseen(snippet: str, target: Target) -> bool:
    """Says whether whoever approves would not see all of it."""
    try:
        must_be_seen(read_snippet(snippet), {target.platform}, hide.places)
    except UsageError:
        return True
    return False


class Generator:
    def __init__(self, random: Random) -> None:
        self._random = random

    def snippet(self) -> tuple[str, set[str]]:
        """Returns lines of one platform among odd ones, and their secrets, each of which the redactor finds there: that it does
        is for tests/redaction."""
        while True:
            marked = self._marked()
            text, secrets = plain(marked), secrets_in(marked)
            found, kept = hide.config(text), clean(text) == text and HIDDEN not in text
            deploys = any(line.strip() and line.strip()[0] not in "!#" for line in text.split("\n"))
            if deploys and len(text) <= LONGEST and kept and not any(one in found for one in secrets):
                return self._filled_in(text), secrets

    def _marked(self) -> str:
        """Returns lines from one that begins a section on, up to one at which no secret is cut."""
        random = self._random
        lines = CORPUS[random.choice([*PLATFORMS])].replace("\t", " ").split("\n")
        opened = [0, *accumulate(line.count("⟦") - line.count("⟧") for line in lines)]
        first = random.choice([at for at, line in enumerate(lines) if line[:1].strip() and not opened[at]])
        ends = [at for at in range(first + 1, len(lines) + 1) if not opened[at]]
        last = random.choice(ends[: random.choice((3, 20, 100))])
        odd = [random.choices(ODD_LINES, k=random.randrange(3)) for _ in range(2)]
        return "\n".join((*odd[0], *lines[first:last], *odd[1]))

    def _filled_in(self, text: str) -> str:
        """Returns the text with any kind of line breaks, one time in ten as long as it may be."""
        left = LONGEST - len(text) - 1
        if left >= 0 and self._random.random() < 0.1:
            text = f"{text}\n{'!' * left}"
        line_break = self._random.choice(BREAKS if len(text) + text.count("\n") <= LONGEST else BREAKS[::2])
        return text.replace("\n", line_break)

    def spoilt(self, text: str) -> str:
        at = self._random.randrange(len(text) + 1)
        return text[:at] + self._random.choice(REFUSED) + text[at:]


class Desk:
    """Sends forms of `deploy` in, as Slack's edge does, and lines that are typed."""

    def __init__(self, bot: Rig) -> None:
        self._bot = bot
        client = bot.bot.part(SlackClient)
        self._forms = Forms(
            client.api,
            client.chat,
            bot.store.sealed_texts,
            handlers.discover(),
            bot.workspaces.workspace,
            bot.workspaces.bot_token,
            "/webnet",
            UTC,
        )
        self._dispatcher = bot.bot.part(DeploysPart)._runner._work._parts.dispatcher._by_client[client]
        self._number = 0
        self.said: list[str] = []

    def fills_in(self, target: Target, snippet: str) -> Answer | dict[str, str]:
        """Returns the answer, or what is wrong by field."""
        opened = Opened("C0NOC", "noc", "deploy", "", 0.0, 0, clicked=False)
        kept = self._bot.store.sealed_texts.add(1, "U0OSCAR", json.dumps(asdict(opened)), "form")
        fields = {"devices": f"#{target.id}", "snippet": snippet, "reason": "new lines", "sure": target.hostname}
        view = {
            "callback_id": "webnet:form:deploy",
            "private_metadata": kept,
            "blocks": [{"type": "input", "block_id": name} for name in fields],
            "state": {"values": {name: {"webnet:x": {"value": value}} for name, value in fields.items()}},
        }
        if wrong := self._forms.wrong(view):
            return wrong
        request, _ = self._forms.submitted(view, self._request("", "form"))
        return self._answer(request)

    def types(self, line: str) -> Answer:
        return self._answer(self._request(line, "command"))

    def _request(self, text: str, way: str) -> CommandRequest:
        self._number += 1
        return CommandRequest(Place("T0ACME", "C0NOC"), "U0OSCAR", text, f"generated-{self._number}", way)

    def _answer(self, request: CommandRequest) -> Answer:
        answers = list[Answer]()
        self._dispatcher.handle(request, answers.append)
        (answer,) = answers
        self.said.append(f"{payload(answer.message)}")
        return answer


@pytest.fixture
def bot(store_url: str, caplog: pytest.LogCaptureFixture) -> Iterator[Rig]:
    caplog.set_level(logging.INFO)
    caplog.set_level(logging.DEBUG, "bot")
    with rig(store_url, notifications={"card_interval_s": 3_600.0}) as running:
        yield running


def leaked(bot: Rig, desk: Desk, log: str, secrets: set[str]) -> list[str]:
    """Returns the secrets that stand in a message, the log, or anything of the store, its files included."""
    seen = "\n".join((*desk.said, log))
    kept = everything(bot.store)
    return sorted(one for one in secrets if one in seen or repr(one)[1:-1] in seen or one.encode() in kept)


def test_a_snippet_reaches_webnet_as_it_is_and_its_secrets_stay_out_of_everything_else(
    bot: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    random = Random(os.environ.get("SEED", "snippets"))
    generator, desk, secrets, refused = Generator(random), Desk(bot), set[str](), 0
    webnet = WebNet(Transport(bot.webnet.url, BOT_KEY, timeout_s=5.0))
    rows = [row for row in bot.webnet.rows("devices") if (row["customer"], row["enabled"]) == (1, True)]
    targets = [Target(row["id"], row["hostname"], row["mgmt_ip"], row["platform"]) for row in rows]
    for _ in range(NUMBER):
        target, (snippet, found) = random.choice(targets), generator.snippet()
        secrets |= found
        unseen = holds_unseen(snippet, target)
        if spoilt := random.random() < 0.1:
            snippet = generator.spoilt(snippet)
        answer = desk.fills_in(target, snippet)
        numbers = bot.store.deploys.holding([target.id])
        if spoilt or unseen or len(snippet) > LONGEST:
            refused += 1
            assert numbers == []
            assert isinstance(answer, dict) or not answer.ok
            continue
        assert isinstance(answer, Answer), answer
        assert answer.ok, answer.message
        row = bot.store.deploys.get(numbers[0])
        assert row is not None
        job = bot.webnet.row("jobs", webnet.start_job(deploying(PREVIEW, row.snippet), 1, (target,)))
        assert job["payload_json"] == {"mode": "merge", "snippet": re.sub("\r\n?", "\n", snippet)}
        bot.store.deploys.end(row, "void", outcome="")
    webnet.close()
    assert refused < NUMBER / 4
    assert len(secrets) > 10
    assert leaked(bot, desk, caplog.text, secrets) == []
    assert 'reason:"new lines"' in bot.audit(way="form", code="deploy_requested").text


def test_a_secret_of_any_platform_is_found_in_a_typed_line_and_kept_nowhere(
    bot: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    desk, random, secrets = Desk(bot), Random("typed"), set[str]()
    lines = [line for name in PLATFORMS for line in CORPUS[name].split("\n") if 0 < line.count("⟦") == line.count("⟧")]
    found = [line for line in lines if secrets_in(line) and not re.search("[\"';\t]", line)]
    found = [line for line in found if not any(one in hide.config(plain(line)) for one in secrets_in(line))]
    for marked in ["line vty 0 4; password ⟦Unlikely7⟧", *random.sample(found, TYPED)]:
        secrets |= secrets_in(marked)
        answer = desk.types(f'deploy #1 reason:x "hostname a; {plain(marked)}"')
        assert not answer.ok
        assert re.match("A secret was found in these lines|That looks like an API key", answer.message.summary), marked
    assert leaked(bot, desk, caplog.text, secrets) == []


def test_what_is_blank_or_too_long_is_refused_below_its_field(bot: Rig) -> None:
    desk, target = Desk(bot), Target(1, "rtr-fra1-001", "10.10.0.1")
    assert desk.fills_in(target, " \n\u00a0\n ") == {"snippet": "Fill this in."}
    assert "where 3,000 are allowed" in str(desk.fills_in(target, "x" * (LONGEST + 1)))
    assert desk.types('deploy #1 reason:x " ; ; "').message.summary == "There is no line to deploy."
