"""Turns the detail of a message into pages that buttons lead through, for a chat that shows it in a window or a message of its own.
Pure."""

from __future__ import annotations

from dataclasses import replace

from bot.core.message import Button, Buttons, Message, Note


def page_of(message: Message, number: int, command: str) -> Message:
    """Makes a message of one page of the detail, with buttons that ask `command` for the pages beside it.

    Beyond the last page it is the last one, because the text may have become shorter. A message without a detail stays as
    it is.
    """
    detail = message.detail
    if detail is None or not detail.pages:
        return message
    last = len(detail.pages)
    at = min(max(1, number or detail.first), last)
    parts = detail.pages[at - 1]
    if last > 1:
        labels = {1: "First", last: "Last", at - 1: "Back", at + 1: "Next"}
        beside = ((page, label) for page, label in sorted(labels.items()) if 1 <= page <= last and page != at)
        buttons = tuple(Button(label, command=command, modal=True, page=page) for page, label in beside)
        parts = (*parts, Note((f"Page {at:,} of {last:,}",)), Buttons(buttons))
    return replace(message, title=detail.title, parts=parts, detail=None)
