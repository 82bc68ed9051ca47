"""Shows what a channel gets, to whoever changes it or asks for it; several commands show it."""

from __future__ import annotations

from collections.abc import Iterator

from bot.core.arguments import Argument, Kind, write
from bot.core.message import Button, Buttons, Line, Message, Mono, Note, Part, Text, When, text
from bot.core.rule_text import spell
from bot.core.rules import Rule
from bot.core.text import count, cut
from bot.subscriptions.access import Subscribed
from bot.subscriptions.past import DAYS, Past

WHAT = Argument(
    "what", Kind.words, "the numbers of rules, or kinds of notices", required=True, placeholder="<number|kind>"
)
SEEN = Argument("seen", Kind.number, named=True, hidden=True)  # the revision of the rules that a button showed
LONGEST_SURE = 100  # characters of a rule in the question whether somebody is sure
IN_A_ROW = 20


def view(found: Subscribed) -> Message:
    return shown(found, "From now on this channel gets")


def shown(found: Subscribed, begin: str) -> Message:
    if not found.rules:
        words = f"{begin} no notices."
        return Message(words, parts=(text(words),))
    past, words = _past(found.past), f"{begin} what these rules ask for:"
    lines: list[Line] = [
        (f"{number}. ", Mono(spell(rule)), *_whom(rule, found)) for number, rule in enumerate(found.rules, start=1)
    ]
    parts: list[Part] = [text(words), Text(tuple(lines)), text(past), *_quiet(found)]
    if found.made:
        parts.append(Note(("In a private channel the bot can only post once it is invited.",)))
    buttons = [_remove(number, rule, found.revision) for number, rule in enumerate(found.rules, start=1)]
    parts += (Buttons(tuple(buttons[at : at + IN_A_ROW])) for at in range(0, len(buttons), IN_A_ROW))
    return Message(f"{words} {'; '.join(map(spell, found.rules))}. {past}", parts=tuple(parts))


def _whom(rule: Rule, found: Subscribed) -> Line:
    names = [found.names[each] for each in rule.mentions if each in found.names]
    return (f" (mentions {', '.join(names)})",) if names else ()


def _quiet(found: Subscribed) -> Iterator[Note]:
    if found.quiet:
        now: Line = (" It is quiet until ", When(found.quiet_until), ".") if found.quiet_until else ()
        yield Note(
            (
                "Quiet hours: ",
                Mono(str(found.quiet)),
                ". What comes then is held and becomes one message at their end.",
                *now,
            )
        )


def _past(past: Past) -> str:
    if not past.looked:
        return f"The bot knows of no event in the last {DAYS} days."
    newest = "" if past.complete else "the newest "
    return f"That would have been {past.got:,} of {newest}{count(past.looked, 'event')} of the last {DAYS} days."


def _remove(number: int, rule: Rule, revision: int) -> Button:
    line = write("unsubscribe", (WHAT, SEEN), {"what": (str(number),), "seen": revision})
    return Button(f"Remove {number}", command=line, confirm=f"Remove rule {number}: {cut(spell(rule), LONGEST_SURE)}?")
