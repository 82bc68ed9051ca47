"""Answers by a response_url, which Slack gives out with every request: five posts within half an hour, and no token needed.

`UrlRef` is the ref, as `core.chat` understands it, of what such an address shows; its arithmetic stands here alone.
"""

from __future__ import annotations

import json
import logging
import math
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import partial
from http import HTTPStatus

from bot.core.cards import CardOpener, NewCard
from bot.core.chat import Chat
from bot.core.commands import CommandRequest
from bot.core.errors import ChatError
from bot.core.message import Message, sentence
from bot.core.pipeline import Answer
from bot.slack.errors import NO_CONNECTION, chat_error, retry_after_s, status_error
from bot.slack.newest_blocks import IN_MESSAGES, NONE
from bot.slack.refused_blocks import SIMPLE, Content, SimpleBlocks
from bot.slack.render import payload, without_blocks
from bot.slack.web_api import JSON, NO_UNFURL, WebApi, json_bytes

log = logging.getLogger(__name__)

TRIES = 3
LONGEST_WAIT_S = 5.0
MOST_BYTES = 16 * 1024  # of the response, which says "ok"
VALID_S = 29 * 60.0  # Slack accepts a response_url for half an hour
USES = 5  # and so often
FOR_THE_END = 2  # uses that are kept: the last state, and the reply to who asked
REFUSED = "Slack refuses the answer to this, so it cannot be shown here. The audit log says what was done."


@dataclass(frozen=True, slots=True)
class UrlRef:
    """The ref of what is shown by a response_url that came at `at` (Unix time) and was used `uses` times.

    It is a key to the channel, so nobody logs it or stores it unsealed. `replaceable`: a further use can take the place of
    what is shown. `ts` is set where the message stands under the bot's own name after all.
    """

    url: str
    at: float
    ephemeral: bool
    uses: int = 0
    replaceable: bool = False
    ts: str = ""

    @property
    def text(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def read(cls, ref: str) -> UrlRef | None:
        """Reads a ref; None for a bare `ts`, which names a message of the bot's own.

        Cards that an older version stored hold a bare `ts`, or an address whose uses nobody has counted. That address is
        good for the reply at the end, and Slack itself says if it is not.
        """
        if ref.startswith("{"):
            return cls(**json.loads(ref))
        return cls(ref, math.inf, ephemeral=True, uses=USES - 1) if "://" in ref else None

    def left(self, now: float) -> int:
        """Returns how often the address can still be used."""
        return max(0, USES - self.uses) if self.url and now - self.at < VALID_S else 0

    def may_replace(self, now: float, *, last: bool) -> bool:
        return self.replaceable and self.left(now) >= FOR_THE_END + (not last)

    def used(self, times: int = 1) -> UrlRef:
        return replace(self, uses=self.uses + times)


def respond(
    api: WebApi,
    url: str,
    body: Mapping[str, object],
    *,
    tries: int = TRIES,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Posts to a response_url; again only where it is certain that Slack did not take it (no connection, 429, 503).

    Raises ChatError.
    """
    content = json_bytes(body)
    for attempt in range(1, tries + 1):
        try:
            response = api.send(url, content, JSON, MOST_BYTES)
        except ChatError as error:
            if error.reason != NO_CONNECTION or attempt == tries:
                raise
            sleep(0.2 * attempt)
            continue
        if response.status < HTTPStatus.BAD_REQUEST:
            return
        wait_s = retry_after_s(response.headers.get("Retry-After")) or 0.2 * attempt
        if response.status not in {429, 503} or wait_s > LONGEST_WAIT_S or attempt == tries:
            raise status_error(f"Slack did not take the answer ({response.status}).", response.status, response.body)
        sleep(wait_s)


def respond_somehow(
    api: WebApi, url: str, team: str, message: Message, blocks: SimpleBlocks, how: Mapping[str, object]
) -> int:
    """Posts a message to a response_url, shown as `how` says; where Slack refuses its content the summary as plain text, at last
    a sentence that says so. Returns how often the address was used. Raises ChatError."""
    uses = 0

    def send(content: Content) -> None:
        nonlocal uses
        uses += 1
        respond(api, url, {**content, **NO_UNFURL, **how})

    allowed = NONE if how["response_type"] == "ephemeral" else IN_MESSAGES
    posts = partial(blocks.send, team, message, allowed, send), partial(send, without_blocks(message))
    for post in posts:
        try:
            post()
        except ChatError as error:
            if error.kind != "content":
                raise
            log.warning("an answer is shown in another way: %s", error.words)
        else:
            return uses
    send({**without_blocks(message), "text": REFUSED})
    return uses


def show(
    api: WebApi, ref: UrlRef, team: str, message: Message, blocks: SimpleBlocks, now: float, *, instead: bool
) -> UrlRef:
    """Uses the address once: `instead` of what it shows, else for a further message. Returns the ref with that use counted.

    Raises ChatError, also where nothing is left of it.
    """
    if not ref.left(now):
        raise chat_error("Nothing is left of the response_url.", "used_url")
    how = {"replace_original": instead, "response_type": "ephemeral" if ref.ephemeral else "in_channel"}
    return ref.used(respond_somehow(api, ref.url, team, message, blocks, how))


class ResponseUrl:
    """Answers one request through its response_url: "Working…" if it takes long, then the answer itself.

    Slack accepts five posts; this needs three, or five where it refuses the answer. One more is lost where an answer is the first to
    have a block that the workspace does not take. A click's "Working…" cannot be removed, because there
    `replace_original` and `delete_original` mean the message that holds the button. `spent` is what that message is
    without its button, if it can be changed. `cards` follows the cards among the answers: those that everybody may see
    are posted by the bot itself where it may, so that they can be changed for longer.
    """

    def __init__(
        self,
        api: WebApi,
        chat: Chat,
        url: str,
        request: CommandRequest,
        *,
        clicked: bool,
        replace: bool = False,
        spent: Mapping[str, object] | None = None,
        cards: CardOpener | None = None,
        blocks: SimpleBlocks = SIMPLE,
        before: UrlRef | None = None,
    ) -> None:
        """`before` says when the address came and how often it was used, unless it came just now."""
        self._blocks = blocks
        self._api = api
        self._chat = chat
        self._url = url
        self._request = request
        self._at, self._uses = (before.at, before.uses) if before else (time.time(), 0)
        self._clicked = clicked
        self._replace = replace
        self._spent = spent
        self._cards = cards
        self._lock = threading.Lock()
        self._answered = False
        self._working = False

    @property
    def answered(self) -> bool:
        return self._answered

    @property
    def used(self) -> UrlRef:
        """What is left of the address, for whoever answers by it later."""
        return UrlRef(self._url, self._at, ephemeral=True, uses=self._uses)

    def working(self, words: str) -> None:
        """Shows `words` to the caller, unless the answer is on its way."""
        with self._lock:
            if self._answered:
                return
            try:
                body = {"response_type": "ephemeral", **self._keep, **payload(sentence(words))}
                self._respond(body, tries=1)  # the answer waits for this
                self._working = True
            except ChatError as error:
                log.info("the caller does not know that it takes longer: %s", error.words)

    def drop(self) -> None:
        """Says that there will be no answer, and so no "Working…"."""
        with self._lock:
            self._answered = True
            self._remove_working()

    def __call__(self, answer: Answer) -> None:
        with self._lock:
            self._answered = True
            card = self._new_card(answer)
            if card is None:
                self._answer(answer)
            else:
                self._show_card(card, answer)
            if answer.spent and self._spent:
                self._remove_button()

    def _show_card(self, card: NewCard, answer: Answer) -> None:
        ref = self._posted(answer)
        if not ref:
            try:
                self._answer(answer)
            except ChatError:
                card.dropped()
                raise
            ref = self._ref(answer).text
        card.shown(ref)

    def _answer(self, answer: Answer) -> None:
        how: dict[str, object] = {"response_type": "ephemeral" if answer.ephemeral else "in_channel"}
        paged = self._clicked and self._replace and answer.ok
        if paged or (self._working and not self._clicked and answer.ephemeral):
            how["replace_original"] = True
        else:
            how |= self._keep
            self._remove_working()
        team = self._request.place.workspace
        self._uses += respond_somehow(self._api, self._url, team, answer.message, self._blocks, how)

    def _new_card(self, answer: Answer) -> NewCard | None:
        card = answer.message.card
        if card is None or self._cards is None:
            return None
        return self._cards.open(
            card, self._request, ephemeral=answer.ephemeral, ref=self._ref(answer, shown=False).text
        )

    def _ref(self, answer: Answer, *, shown: bool = True) -> UrlRef:
        """Returns the ref of the answer. Before that is shown its uses are 0, even if "Working…" was one."""
        uses, replaceable = (self._uses, not self._clicked) if shown else (0, False)
        return UrlRef(self._url, self._at, answer.ephemeral, uses, replaceable)

    def _posted(self, answer: Answer) -> str:
        """Posts the answer as the bot and returns its ref. Empty where it must go by the response_url: for one user only, or
        where the bot may not post."""
        if answer.ephemeral:
            return ""
        try:
            ref = self._chat.post(self._request.place, answer.message)
        except ChatError as error:
            log.info("a card is answered by its response_url: %s", error.words)
            return ""
        self._remove_working()
        return ref

    def _respond(self, body: Mapping[str, object], *, tries: int = TRIES) -> None:
        respond(self._api, self._url, body, tries=tries)
        self._uses += 1

    @property
    def _keep(self) -> dict[str, object]:
        return {"replace_original": False} if self._clicked else {}

    def _remove_button(self) -> None:
        try:
            self._respond({"replace_original": True, **NO_UNFURL, **(self._spent or {})})
        except ChatError as error:
            log.info("a button that has had its use stays: %s", error.words)

    def _remove_working(self) -> None:
        """Removes "Working…", which only the caller sees: it cannot become an answer for the channel."""
        if not self._working or self._clicked:
            return
        try:
            self._respond({"delete_original": True})
        except ChatError as error:
            log.info("a note that it takes longer stays: %s", error.words)
