"""Defines the errors that the bot shows to callers.

Each carries a `code` for the audit log and metrics, and a sentence that is safe to show: it says what is wrong and what
to do next, and holds no secret, no stack and no text of a foreign tenant. `core.dispatch` turns them into words.

BotError
├── UsageError            the words after the command do not fit
├── Refused               not mapped, inactive, foreign, role too low, workspace disabled or unknown
├── RateLimited           this caller, or everybody in this workspace together, asked too often
├── NotFound              no such device, job or page for this customer
├── Conflict              it exists, but its state does not allow this (disabled device, renamed meanwhile)
│   └── Passed                its time is over (a job that has ended, an alert that was acknowledged)
├── WebNetError           WebNet did not do its part
│   ├── WebNetUnreachable     no connection: down, DNS, TLS
│   ├── WebNetTimeout         connected, no answer in time
│   ├── WebNetKeyRejected     403 with one of the texts for bad credentials
│   ├── WebNetForbidden       403 for the role
│   ├── WebNetMissing         404
│   ├── WebNetInvalid         another 4xx: the request was not understood
│   ├── WebNetThrottled       429
│   ├── WebNetBroken          5xx, HTML instead of JSON, a shape that cannot be read
│   └── OutcomeUnknown        a POST was sent and its response was lost: never repeated
├── StoreAway             the bot's own store does not answer
└── ChatError             the chat refused a message
"""

from __future__ import annotations

from typing import ClassVar, Literal

from bot.core.message import Message, sentence


class BotError(Exception):
    """Carries a code for the audit log and a sentence that is safe to show."""

    code: ClassVar[str] = "error"

    def __init__(self, words: str, *, message: Message | None = None) -> None:
        """`words` is shown as it is; `message` replaces it where buttons help (such as "did you mean")."""
        super().__init__(words)
        self.words = words
        self.message = message or sentence(words)


class UsageError(BotError):
    """Says what does not fit. `form`: something is missing, so the form of the command is opened where that is possible."""

    code = "usage"

    def __init__(self, words: str, *, form: bool = False) -> None:
        super().__init__(words)
        self.form = form


class Refused(BotError):
    """Turns a caller away. `reason` is one of unknown_team, disabled_workspace, guest, unmapped, mapped, unknown_user, inactive,
    foreign, role, form."""

    code = "denied"

    def __init__(self, words: str, *, reason: str, message: Message | None = None) -> None:
        super().__init__(words, message=message)
        self.reason = reason


class RateLimited(BotError):
    code = "rate_limited"


class NotFound(BotError):
    code = "not_found"


class Conflict(BotError):
    code = "conflict"


class Passed(Conflict):
    """Says that the state is over for which a button was shown, so that the button is removed."""

    code = "passed"


class WebNetError(BotError):
    code = "webnet"


class WebNetUnreachable(WebNetError):
    code = "webnet_unreachable"


class WebNetTimeout(WebNetError):
    code = "webnet_timeout"


class WebNetKeyRejected(WebNetError):
    code = "webnet_key_rejected"


class WebNetForbidden(WebNetError):
    code = "webnet_forbidden"


class WebNetMissing(WebNetError):
    code = "webnet_missing"


class WebNetInvalid(WebNetError):
    code = "webnet_invalid"


class WebNetThrottled(WebNetError):
    code = "webnet_throttled"


class WebNetBroken(WebNetError):
    code = "webnet_broken"


class OutcomeUnknown(WebNetError):
    code = "outcome_unknown"


class StoreAway(BotError):
    code = "store"


# What a chat's refusal means for whoever sent the message: it may be sent again; it may be sent again, but may be there already;
# the chat no longer takes the bot's credentials; another message would be taken there; every message will be refused there
# until somebody does something.
ChatTrouble = Literal["passing", "unclear", "credentials", "content", "permanent"]
OWN_LIMIT = "own limit"  # the reason of a ChatError that no chat raised: the bot keeps to what the chat allows, and nothing was sent


class ChatError(BotError):
    """Says that the chat did not take a message. `kind` decides what happens next; `reason` is the chat's own word, for logs and
    administrators only. `retry_after_s` is set if the chat said when to come back: to the place of the message if it is
    `of_place`, else to its whole workspace."""

    code = "chat"

    def __init__(
        self,
        words: str,
        *,
        kind: ChatTrouble,
        reason: str,
        retry_after_s: float | None = None,
        of_place: bool = False,
    ) -> None:
        super().__init__(words)
        self.kind = kind
        self.reason = reason
        self.retry_after_s = retry_after_s
        self.of_place = of_place

    @property
    def may_pass(self) -> bool:
        """True where trying again later may help."""
        return self.kind in {"passing", "unclear"}
