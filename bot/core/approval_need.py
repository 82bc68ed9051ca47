"""Says for which commands a second person decides first. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.core.commands import Registry, Role


@dataclass(frozen=True, slots=True)
class ApprovalRule:
    """Asks for an approval on more than `over` devices, or always if that is None. Whoever decides needs the role `role` at
    least."""

    over: int | None = None
    role: Role = Role.operator


AND = " and "  # between the names of several changes that are allowed as one
NEW_CHANNEL = "notices in a new channel"  # is a change of the bot's own, which an administrator allows
WITHOUT_EFFECT = frozenset(
    {"abandon", "approve", "confirm", "deny", "map", "snooze", "subscribe", "unsnooze", "unsubscribe", "withdraw"}
)  # commands that change nothing in WebNet


def without_effect(rules: Iterable[str], registry: Registry) -> list[str]:
    """Returns those of the commands with a rule that change nothing in WebNet, so that nobody would ever be asked."""
    return [name for name in rules if name in WITHOUT_EFFECT or not registry[name].changes]


def names_of(what: str) -> tuple[str, ...]:
    """Returns the names of the changes in `what`, which is one, or several such as "cancel and backup"."""
    return tuple(what.split(AND))


def rule_for(rules: Mapping[str, ApprovalRule], names: Iterable[str], devices: int) -> ApprovalRule | None:
    """Returns what holds for a change on so many devices that goes by these names, such as `retry` and the `backup` that it
    starts: None if nobody needs to decide, else the highest role that one of their rules asks for."""
    found = (rules[name] for name in names if name in rules)
    asked = [rule for rule in found if rule.over is None or devices > rule.over]
    return max(asked, key=lambda rule: rule.role, default=None)
