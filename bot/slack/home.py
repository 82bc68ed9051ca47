"""Publishes homes: the tab of the app that shows one user alone what the command `home` shows.

Slack keeps showing what was published last. So a home stands in the store before it is published and until it was emptied, and
whatever process runs then goes on with it: for a day it follows what it is made from, each time with the rights of its user
read again, and who may not see it any more gets the words that say so in its place.

Opening a home reads WebNet for its user, so it leaves a row in the audit log as every read does. That the bot brings one up to
date leaves none: nobody asked, and what would be shown can be read wherever it comes from. Neither counts as a command against
anybody's limit; a home is published once in ten seconds at most instead.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from bot.core.chat import Place
from bot.core.commands import CommandRequest, Workspace
from bot.core.dispatch import Dispatcher
from bot.core.errors import ChatError
from bot.core.message import Message, sentence
from bot.core.permissions import ASK
from bot.core.pipeline import Answer, StoredRequest
from bot.core.ratelimit import RateLimit
from bot.log_setup import new_request_id, request_id
from bot.slack.render import payload
from bot.slack.response_url import REFUSED
from bot.slack.web_api import WebApi
from bot.slack.workspace_cache import WorkspaceCache
from store.homes import Home, Homes

log = logging.getLogger(__name__)

COMMAND = TAB = "home"
WAY = "home"  # of the audit row
CLAIM_S = 30.0  # where it takes longer two may publish one home, of which the later one reads it again
OFTEN_S = 10.0  # between two publications of one home
AGAIN_S = 30.0  # after one that failed
FOLLOWED_FOR = timedelta(days=1)
PATIENCE = 2 * FOLLOWED_FOR  # how long a home that cannot be emptied is tried again
MOST_AT_ONCE = 20  # homes that one tick publishes
LONGEST_S = 20.0  # after which a tick begins no further home that is only brought up to date
PER_MINUTE = 80  # publications in one workspace; Slack allows about 100
CONFLICT = "hash_conflict"
OVER = "This page is kept up to date for a day after it was opened. Open it again to see what is open for you."
OFF = f"The bot is switched off for this Slack workspace. {ASK} to enable it again."
MOVED = "This Slack workspace belongs to another customer of WebNet by now. Open this page again."

Marks = Callable[[Sequence[Home]], list[str]]


class HomeTabs:
    """`tick` is called every few seconds; `opened` for everybody who opens a home, in a worker of its own."""

    def __init__(
        self,
        store: Homes,
        dispatcher: Dispatcher,
        api: WebApi,
        workspaces: WorkspaceCache,
        marks: Marks,
        replicas: Callable[[], int],
        now: Callable[[], datetime],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`marks` say what homes would be made from now; they differ from those of a home that would show something else, before the
        blank in them if its user's rights are others. `replicas` says how many bots share the publications that a workspace may
        have."""
        self._store = store
        self._dispatcher = dispatcher
        self._api = api
        self._workspaces = workspaces
        self._marks = marks
        self._replicas = replicas
        self._now = now
        self._monotonic = monotonic
        self._published = RateLimit(PER_MINUTE, monotonic)
        self._stopping = threading.Event()

    def opened(self, team: str, chat_user: str) -> None:
        """Publishes the home of a user who opens it; one that was published a moment ago is brought up to date by the next
        ticks. Raises StoreError."""
        workspace = self._workspaces.workspace(team)
        if workspace is None or not workspace.enabled:
            log.info("a home in the workspace %s is left as it is: it is not enabled", team)
            return
        self._store.opened(workspace.id, chat_user, workspace.customer)
        for home in self._store.due(workspace.id, chat_user):
            self._published.wait_s(workspace.id)
            self._show(home, workspace, self._marks([home])[0], asked=True)

    def tick(self) -> None:
        """Empties the homes that may be shown no longer, and then brings others up to date. Raises StoreError."""
        due = self._store.due()
        over = [home for home in due if self._is_over(home)]
        left = MOST_AT_ONCE - self._empty_each(over[:MOST_AT_ONCE])
        kept = [home for home in due if not self._is_over(home)]
        changed = [(home, marks) for home, marks in zip(kept, self._marks(kept), strict=True) if marks != home.marks]
        changed.sort(key=lambda each: _rights(each[1]) == _rights(each[0].marks))  # a right that is gone comes first
        until, share = self._monotonic() + LONGEST_S, self._replicas()
        for home, marks in changed[: max(0, left)]:
            workspace = self._workspaces.by_id(home.workspace)
            late = self._stopping.is_set() or self._monotonic() > until
            if late or workspace is None or self._published.wait_s(home.workspace, share):
                continue
            if not self._show(home, workspace, marks, asked=False):
                return  # WebNet or Slack does not answer, and would not for the next one either

    def stop(self) -> None:
        """Begins no further home; the one that is being published is finished by its tick."""
        self._stopping.set()

    # -- one home

    def _show(self, home: Home, workspace: Workspace, marks: str, *, asked: bool) -> bool:
        """Publishes a home if what it shows has changed, with the rights of its user read again; `asked` says that its user
        opened it. False where WebNet or the store could not say what to show."""
        token, fence = self._workspaces.bot_token(workspace.chat_id), self._store.claim(home, CLAIM_S)
        if token is None or fence is None:
            return True  # its workspace was disabled just now, or another process has it
        request = CommandRequest(
            Place(workspace.chat_id, home.chat_user),
            home.chat_user,
            COMMAND,
            new_request_id(),
            way=WAY,
            asked=self._monotonic(),
            direct=True,
        )
        stored = StoredRequest(request, COMMAND, {}, (), None)
        named = request_id.set(request.request_id)
        try:
            reply = _Reply(self._api, token, home, asked=asked)
            self._dispatcher.handle_stored(stored, reply, audited=asked)
            if reply.refusal and reply.refusal.reason == CONFLICT:  # Slack shows another one than the store knows of
                reply = _Reply(self._api, token, home, asked=asked, whatever=True)
                self._dispatcher.handle_stored(stored, reply, audited=False)
        finally:
            request_id.reset(named)
        final = reply.final and (reply.refusal is None or not reply.refusal.may_pass)
        changes = {**reply.published, **({"marks": marks} if final else {})}
        self._store.keep(home, fence, OFTEN_S if final else _wait_s(reply.refusal), **changes)
        return reply.final

    def _empty_each(self, homes: Sequence[Home]) -> int:
        """Empties homes and returns how many; of a workspace where Slack asks for a pause the others wait."""
        emptied, quiet = 0, set[int]()
        for home in homes:
            if (
                home.workspace in quiet
                or self._stopping.is_set()
                or (fence := self._store.claim(home, CLAIM_S)) is None
            ):
                continue
            emptied += 1
            if (error := self._empty(home)) is None or not self._may_wait(home, error):
                self._store.remove(home, fence)
                continue
            self._store.keep(home, fence, _wait_s(error))
            if error.retry_after_s is not None:
                quiet.add(home.workspace)
        return emptied

    def _empty(self, home: Home) -> ChatError | None:
        """Publishes words in place of a home, even in a workspace that is disabled."""
        workspace = self._workspaces.by_id(home.workspace)
        token = self._workspaces.last_token(workspace.chat_id) if workspace else None
        if token is None:
            return None  # the workspace was removed, and its homes with it
        words = OFF if not home.enabled else MOVED if home.belongs_to != home.customer else OVER
        try:
            _publish(self._api, token, home.chat_user, view_of(sentence(words)))
        except ChatError as error:
            return error
        return None

    def _may_wait(self, home: Home, error: ChatError) -> bool:
        if error.may_pass and self._now() - home.opened_at < PATIENCE:
            return True
        log.warning("the home of %s could not be emptied and is left as it is: %s", home.chat_user, error.words)
        return False

    def _is_over(self, home: Home) -> bool:
        old = self._now() - home.opened_at > FOLLOWED_FOR
        return old or not home.enabled or home.belongs_to != home.customer


class _Reply:
    """Publishes the answer of the command in one home, unless it shows just that. `published` then says what it shows, `refusal`
    why Slack did not take it, and `final` whether the answer was one: what fails is shown only to a user who `asked`.
    `whatever` stands there is replaced, as is done for a user who asked."""

    def __init__(self, api: WebApi, token: str, home: Home, *, asked: bool, whatever: bool = False) -> None:
        self._api = api
        self._token = token
        self._home = home
        self._asked = asked
        self._hash = "" if asked or whatever else home.hash
        self.published: dict[str, str] = {}
        self.refusal: ChatError | None = None
        self.final = False

    def __call__(self, answer: Answer) -> None:
        self.final = answer.ok or answer.refused
        if not self.final and not self._asked:
            return
        try:
            self._publish(answer.message)
        except ChatError as error:
            self.refusal = error
            raise

    def _publish(self, message: Message) -> None:
        view = view_of(message)
        shown = sha256(json.dumps(view).encode()).hexdigest()
        if shown == self._home.shown:
            return
        user = self._home.chat_user
        try:
            now = _publish(self._api, self._token, user, view, self._hash)
        except ChatError as error:
            if error.kind != "content":
                raise
            log.warning("a home shows nothing: %s", error.words)
            now = _publish(self._api, self._token, user, view_of(sentence(REFUSED)), self._hash)
        self.published = {"shown": shown, "hash": now}


def home_opened(opened: Callable[[str, str], None]) -> Callable[[Mapping[str, Any]], None]:
    """Returns what is called with the body of the event, and calls `opened(team, user)` if it was the home that was opened and
    not the direct messages beside it."""

    def happened(body: Mapping[str, Any]) -> None:
        event, team = body.get("event"), body.get("team_id")
        if not isinstance(event, Mapping) or not isinstance(team, str) or event.get("tab") != TAB:
            return
        if isinstance(user := event.get("user"), str):
            opened(team, user)

    return happened


def view_of(message: Message) -> dict[str, Any]:
    """Returns Slack's view of a message as a home, of which the limits are wider than a message's."""
    return {"type": TAB, "blocks": payload(message)["blocks"]}


def _publish(api: WebApi, token: str, user: str, view: Mapping[str, Any], known: str = "") -> str:
    """Publishes a home and returns Slack's hash of it. With the hash that is `known` Slack refuses if it shows another one.
    Raises ChatError."""
    guard = {"hash": known} if known else {}
    shown = api.call("views.publish", token, user_id=user, view=view, **guard).get("view")
    found = shown.get("hash") if isinstance(shown, Mapping) else None
    return found if isinstance(found, str) else ""


def _rights(marks: str) -> str:
    return marks.partition(" ")[0]


def _wait_s(error: ChatError | None) -> float:
    return max(AGAIN_S, (error.retry_after_s if error else None) or 0.0)
