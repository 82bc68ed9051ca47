"""Whom the rules of a channel may have mentioned, which differs from chat to chat. Pure."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import replace

from bot.core.rules import MENTION, BadRule, Rule
from bot.ids.chats import Chat


def mentioning(rules: Iterable[Rule], chat: Chat) -> tuple[Rule, ...]:
    """Returns the rules, with those whom they mention written as the chat of their channel names them. Raises BadRule for whom that
    chat cannot mention."""
    return tuple(replace(each, then=tuple(_named(word, chat) for word in each.then)) for each in rules)


def require_mapped(rules: Iterable[Rule], chat: Chat, mapped: Container[str]) -> None:
    """Raises BadRule for somebody who is not among the `mapped` users of the workspace, in a chat that mentions these alone."""
    unknown = (each for rule in rules for each in rule.mentions if each not in mapped)
    if chat.only_mapped and (first := next(unknown, "")):
        words = (
            f"{{}} is no mapped user of this workspace, and nobody else is mentioned in {chat.name}: map them first."
        )
        raise BadRule(words, first)


def _named(word: str, chat: Chat) -> str:
    if not word.startswith(MENTION):
        return word
    to = word.removeprefix(MENTION)
    try:
        return MENTION + chat.mentioned(to)
    except ValueError as error:
        raise BadRule(f"{{}} {error}", to) from None
