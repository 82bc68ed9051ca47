"""A chat is one package behind core/chat.py: it is added from a temporary folder, and the bot is composed with it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import handlers
import handlers.notices
from bot.app import assemble
from bot.app.lifecycle import Bot
from bot.approvals.messages import RequestViews
from bot.core.events import Event
from bot.core.notice_kinds import DRIFT
from bot.delivery.cards import Views
from bot.deploys.cards import DeployViews
from bot.redaction.redactor import Redactor
from handlers import _deploy_card, _live_log, _report, _requests, _views
from lab.slack import SlackLab
from lab.webnet import WebNetLab
from store.database import Store, open_store
from store.outbox import NewDelivery
from tests.conftest import STORE_KEY
from tests.e2e.rig import add_people, settings_for, wait_until

CHAT = '''
"""A chat whose messages are files: one folder a channel, one file a message, and its name is the ref."""

from itertools import count
from pathlib import Path

from bot.app.part import ChatClient, Part
from bot.core.chat import Place
from bot.core.commands import CommandRequest, Workspace
from bot.core.errors import ChatError
from bot.core.plain_text import plain

FOLDER = Path(__file__).parent / "said"
NUMBERS = count(1)


class Files:
    def post(self, place, message, reply_to=""):
        folder = FOLDER / place.workspace / place.channel
        if place.channel == "C0CLOSED":
            raise ChatError("The channel is closed.", kind="permanent", reason="closed")
        folder.mkdir(parents=True, exist_ok=True)
        ref = f"{next(NUMBERS):03}{' re ' + reply_to if reply_to else ''}.txt"
        self._write(folder / ref, message)
        return ref

    def update(self, place, ref, message, *, last):
        self._write(FOLDER / place.workspace / place.channel / ref, message)
        return ref

    def _write(self, file, message):
        new = file.with_suffix(".new")
        new.write_text(plain(message), encoding="utf-8")
        new.replace(file)  # at once, for whoever reads the folder meanwhile

    def has_thread(self, place, ref):
        return bool(ref)

    def whisper(self, place, caller, message):
        self.post(Place(place.workspace, caller), message)

    def fits(self, place, message):
        return True


class Workspaces:
    def __init__(self, rows):
        self._found = {row.team_id: Workspace(row.id, row.team_id, row.team_name, row.customer, row.enabled) for row in rows}

    def workspace(self, chat_id):
        return self._found.get(chat_id)

    def by_id(self, workspace):
        return next((found for found in self._found.values() if found.id == workspace), None)


class Client(ChatClient):
    def __init__(self, common):
        self.name, self.chat, self.prompt = "Files", Files(), "/files"
        self.workspaces = Workspaces(common.store.workspaces.list())
        self.remedy = {"closed": "Open the channel."}.get


class Receiver(Part):
    def __init__(self, client, edge):
        self._client, self._edge = client, edge

    def ask(self, user, text, channel="C0NOC", workspace="T0ACME"):
        place = Place(workspace, channel)
        request = CommandRequest(place, user, text, f"request {next(NUMBERS)}")
        chat, cards = self._client.chat, self._edge.cards

        def reply(answer):
            card = answer.message.card and cards.open(answer.message.card, request, ephemeral=answer.ephemeral, ref="")
            if answer.ephemeral:
                chat.whisper(place, user, answer.message)
            else:
                ref = chat.post(place, answer.message)
                if card:
                    card.shown(ref)

        self._edge.dispatcher.handle(request, reply)


def receivers(client, edge):
    return [Receiver(client, edge)]
'''


class At:
    def __init__(self, folder: Path, module: Any, bot: Bot, store: Store) -> None:
        self._said = folder / "said" / "T0ACME"
        self.ask = bot.part(module.Receiver).ask
        self.bot = bot
        self.store = store

    def said(self, channel: str = "C0NOC") -> dict[str, str]:
        """The messages of a channel by their refs, oldest first."""
        return {file.name: file.read_text(encoding="utf-8") for file in sorted((self._said / channel).glob("*.txt"))}


@pytest.fixture
def at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[At]:
    package = tmp_path / "files_chat"
    package.mkdir()
    (package / "__init__.py").write_text(CHAT, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    module = import_module("files_chat")
    url = f"sqlite:///{tmp_path}/store.db"
    with WebNetLab(job_seconds=0.3) as webnet, SlackLab() as slack, open_store(url, keys=[STORE_KEY]) as store:
        add_people(store)
        settings = settings_for(slack, webnet, url, notifications={"card_interval_s": 0.2})
        brought = assemble.Handlers(
            handlers.discover(),
            handlers.notices.discover(),
            Views(_views.card, _views.card_ended, _views.card_found),
            RequestViews(_requests.card, _requests.ended),
            DeployViews(_deploy_card.card, _deploy_card.end),
            _live_log.view,
            _report.read,
        )
        chat = assemble.ChatParts(module.Client, module.receivers)
        bot = assemble.build(settings, store, Redactor(settings.secrets()), brought, [chat])
        bot.start()
        try:
            wait_until(store.directory.swept_at, "the first sweep of the directory")
            yield At(package, module, bot, store)
            assert slack.calls == []
        finally:
            bot.stop()
            sys.modules.pop("files_chat")


def test_a_command_goes_in_and_its_answer_comes_out(at: At) -> None:
    at.ask("U0VERA", "status rtr-fra1-001")
    (answer,) = at.said().values()
    assert "rtr-fra1-001" in answer
    assert "Asked by" in answer
    at.ask("U0MALLORY", "status rtr-fra1-001")
    (refusal,) = at.said("U0MALLORY").values()
    assert "not mapped" in refusal
    (row,) = at.store.audit.list(limit=1)
    assert (row.slack_user_id, row.status) == ("U0MALLORY", "denied")


def test_a_refusal_names_the_chat(at: At) -> None:
    at.ask("U0VERA", "help", workspace="T0NOBODY")
    found = at.bot.common.store.audit.list(limit=1)
    assert found[0].response.startswith("This Files workspace (T0NOBODY) is not connected")


def test_a_card_is_shown_updated_and_its_end_is_a_reply(at: At) -> None:
    at.ask("U0OSCAR", "ping rtr-fra1-001")
    wait_until(lambda: len(at.said()) == 2, "the end of the card")
    (card, shown), (reply, end) = at.said().items()
    assert "✅ Ping of rtr-fra1-001: reachable." in shown
    assert reply.endswith(f" re {card}.txt")
    assert end.startswith("@U0OSCAR ✅ Ping of rtr-fra1-001: reachable.")


def test_a_notice_is_delivered_and_one_that_is_refused_is_parked(at: At) -> None:
    workspace = at.store.workspaces.list()[0]
    channels = [
        at.store.channels.add(workspace=workspace.id, channel_id=name, flags=frozenset({DRIFT.flag})).id
        for name in ("C0ALERTS", "C0CLOSED")
    ]
    notice = handlers.notices.discover()["drift"]
    event: Event = notice.sample(datetime.now(UTC))
    with at.store.transaction():
        at.store.outbox.add(
            key=event.key,
            kind=event.kind,
            flag=event.flag,
            customer=1,
            happened_at=event.happened_at,
            data=event.data,
            deliveries=[NewDelivery(channel=each) for each in channels],
        )
    wait_until(lambda: at.store.outbox.depth().waiting == 0, "the deliveries")
    assert len(at.said("C0ALERTS")) == 1
    (parked,) = at.store.outbox.list("parked")
    assert (parked.channel_id, parked.error) == ("C0CLOSED", "closed")
