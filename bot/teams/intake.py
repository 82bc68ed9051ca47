"""Makes a CommandRequest of what somebody wrote to the bot or pressed, and queues it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any

from bot.core.cards import CardOpener
from bot.core.chat import Place
from bot.core.commands import CommandRequest
from bot.core.dispatch import Dispatcher
from bot.core.errors import UsageError
from bot.core.line import split
from bot.core.pressed import Pressed
from bot.log_setup import new_request_id
from bot.teams.activities import IN_THREAD, Activity
from bot.teams.buttons import read_data
from bot.teams.chat import TeamsChat
from bot.teams.queue import Perform, Queue, handle
from bot.teams.reply import TYPED, TeamsReply

WORDS = "application/vnd.microsoft.activity.message"
DIALOG = "task/fetch"
FOLLOWS = "The answer follows as a message."
PUBLIC = (
    "What you wrote holds a secret, and everybody here can read it. Nothing was done, and the bot kept nothing of it. Delete your message "
    "(More options, then Delete), and change the secret. Secrets belong into a form: write `{prompt} {command}` alone, then press Fill in."
)


class Intake:
    """No method waits or raises."""

    def __init__(
        self,
        prompts: Collection[str],
        names: Collection[str],
        hides: Callable[[str], bool],
        chat: TeamsChat,
        queue: Queue,
        cards: CardOpener | None = None,
    ) -> None:
        """`prompts` are what may be written before a subcommand although nothing is needed there: first what is said to users, such as the
        mention of the app, then for example Slack's command. `names` are the subcommands. `hides(text)` says whether a secret stands
        in a text, and `cards` stores the cards among the answers."""
        self._prompt, *_ = prompts
        self._before = re.compile(f"({'|'.join(map(re.escape, prompts))})(?=\\s|$)", re.IGNORECASE)
        self._names = names
        self._hides = hides
        self._chat = chat
        self._queue = queue
        self._cards = cards

    def message(self, activity: Activity) -> None:
        """Queues a command. What is not to the bot, or of nobody that the tenant knows, is ignored."""
        if not activity.addressed or not activity.user:
            return
        before = self._before.match(activity.text)
        text = activity.text[before.end() if before else 0 :].strip()
        perform: Perform = handle
        if not activity.direct and self._hides(text):
            text, perform = self._public(text)
        self._queue.offer(self.reply(request_of(activity, text, "command")), perform, shown=False)

    def invoke(self, activity: Activity) -> Mapping[str, Any] | None:
        """Queues what a button asks for, and returns what Teams shows until the answer comes. A card that only asks how it looks now, as
        Teams does by itself, runs nothing."""
        opens = activity.name == DIALOG
        action = activity.value.get("action")
        carried = activity.value.get("data") if opens else action.get("data") if isinstance(action, dict) else None
        pressed = read_data(carried)
        if not pressed.command or not activity.user or activity.value.get("trigger") == "automatic":
            return None
        words = self._queue.offer(self.pressed(activity, pressed), shown=True) or FOLLOWS
        if opens:
            return {"task": {"type": "message", "value": words}}
        return {"statusCode": 200, "type": WORDS, "value": words}

    def pressed(self, activity: Activity, pressed: Pressed) -> TeamsReply:
        """Makes the request of a button, and what answers it."""
        request = replace(request_of(activity, pressed.command, "button"), form=pressed.form)
        return self.reply(request, pressed, f"{activity.conversation} {activity.below}" if activity.below else "")

    def reply(self, request: CommandRequest, pressed: Pressed = TYPED, below: str = "") -> TeamsReply:
        return TeamsReply(self._chat, request, self._cards, pressed, below)

    def _public(self, text: str) -> tuple[str, Perform]:
        """Refuses a command that everybody at its place can read a secret in. Of what was typed only a subcommand's name is kept."""
        name = split(text)[0] if split(text)[0] in self._names else ""
        words = PUBLIC.format(prompt=self._prompt, command=name or "help")

        def refuse(dispatcher: Dispatcher, reply: TeamsReply) -> None:
            dispatcher.refuse(reply.request, UsageError(words), reply)

        return name, refuse


def request_of(activity: Activity, text: str, way: str) -> CommandRequest:
    thread = f"{activity.place}{IN_THREAD}{activity.thread} " if activity.thread else ""
    return CommandRequest(
        place=Place(activity.tenant, activity.place, thread),
        chat_user=activity.user,
        text=text,
        request_id=new_request_id(),
        way=way,
        keys=(activity.key,) if activity.key else (),
        chat_user_name=activity.user_name,
        channel_name=activity.place_name,
        direct=activity.direct,
        asked=time.monotonic(),
        guest=activity.foreign,  # of a channel that is shared with another company
        foreign=activity.foreign,
    )
