"""What a chat reads out of a button that was pressed. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pressed:
    """Holds what a pressed button carries, as in `core.message.Button`. `command` is empty if it opens a page, or is no button of the
    bot's."""

    command: str
    replace: bool = False
    thread: bool = False
    modal: bool = False
    form: bool = False
    page: int = 0
