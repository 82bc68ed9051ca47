"""What a request is about, exactly as it was read, and its one spelling as a text, from which the MAC is made. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.core.arguments import Sealed, Values
from bot.core.chat import Place
from bot.core.commands import CommandRequest
from bot.core.pipeline import StoredDevice
from store.fields import EPOCH
from store.requests import Purpose

_ASKED = (
    "chat_user",
    "text",
    "request_id",
    "way",
    "chat_user_name",
    "channel_name",
    "direct",
)  # kept of a CommandRequest
_AS_THEY_ARE = (
    "token",
    "purpose",
    "customer",
    "command",
    "what",
    "why",
    "text",
    "hidden",
    "requester",
    "username",
    "first_id",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """`token`, which is opaque and random, and the times are given when it is kept. `what` names the change, such as `backup` for
    the command `retry`, and `why` the rule that makes it wait. `customer` and `requester` are ids in WebNet. `devices` are sorted
    by id, those of a deploy by name, and `left_out` says which were meant as well, each with the reason; `hidden` counts the
    values that are shown to nobody, such as sealed texts, and `text` is what whoever decides reads of them, without secrets.
    `request` says where and by whom it was asked, in a redacted line; `first_id` is its audit row. `created` and `expires` are by
    the store's clock."""

    purpose: Purpose
    customer: int
    command: str
    what: str
    why: str
    values: Values
    devices: tuple[StoredDevice, ...]
    left_out: tuple[tuple[str, str], ...] = ()
    hidden: int
    requester: int
    username: str
    request: CommandRequest
    first_id: int
    text: str = ""
    token: str = ""
    created: datetime = EPOCH
    expires: datetime = EPOCH

    def write(self) -> str:
        """Writes the text that has the same characters whoever writes it."""
        asked, place = self.request, self.request.place
        row = {
            **{name: getattr(self, name) for name in _AS_THEY_ARE},
            "values": {name: _written(value) for name, value in self.values.items()},
            "devices": self.devices,
            "left_out": self.left_out,
            "request": {name: getattr(asked, name) for name in _ASKED},
            "place": [place.workspace, place.channel, place.thread],
            "created": self.created.isoformat(),
            "expires": self.expires.isoformat(),
        }
        return json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @classmethod
    def read(cls, text: str) -> Payload:
        """Reads what `write` wrote."""
        row = json.loads(text)
        return cls(
            **{name: row[name] for name in _AS_THEY_ARE if name in row},  # an older version wrote no text
            values={name: _value(value) for name, value in row["values"].items()},
            devices=tuple((number, name, address, platform) for number, name, address, platform in row["devices"]),
            left_out=tuple((name, why) for name, why in row["left_out"]),
            request=CommandRequest(Place(*row["place"]), **row["request"]),
            created=datetime.fromisoformat(row["created"]),
            expires=datetime.fromisoformat(row["expires"]),
        )


def _written(value: Any) -> Any:
    """Texts and numbers are written as they are; every other type of a value as an object that names it."""
    match value:
        case tuple():
            return {"words": list(value)}
        case Sealed():
            return {"sealed": value.id}
        case datetime():
            return {"moment": value.isoformat()}
        case timedelta():
            return {"seconds": value.total_seconds()}
        case _:
            return value


_READ: Mapping[str, Callable[[Any], Any]] = {
    "words": tuple,
    "sealed": Sealed,
    "moment": datetime.fromisoformat,
    "seconds": lambda seconds: timedelta(seconds=seconds),
}


def _value(written: Any) -> Any:
    if not isinstance(written, dict):
        return written
    ((kind, value),) = written.items()
    return _READ[kind](value)
