"""`health` says whether it is the network or the tool: WebNet, the chats, the store, what is read of WebNet, and the bot itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.context import Context
from bot.core.arguments import Values
from bot.core.commands import Command, Role
from bot.core.message import Bold, Message, Note, Part, Text
from bot.core.text import count, duration
from bot.health import Health
from bot.vitals import ChatHealth

GOOD, POOR, BAD = "✅", "⚠️", "❌"


@dataclass(frozen=True, slots=True)
class Shown:
    """`more` is for admins: numbers of the whole installation, which belong to no customer."""

    health: Health
    more: bool


def run(ctx: Context, _: Values) -> Shown:
    return Shown(ctx.health(), ctx.caller.role is Role.admin)


def view(shown: Shown) -> Message:
    health = shown.health
    lines = (_webnet(health), *map(_chat, health.chats), _store(health), _reading(health), _bot(health))
    parts: list[Part] = [Text(tuple((f"{sign} ", Bold(what), f": {words}") for sign, what, words in lines))]
    if shown.more:
        parts += [Note((words,)) for words in _more(health)]
    return Message(_heading(lines), title=_heading(lines), parts=tuple(parts))


Judged = tuple[str, str, str]  # a sign, what it is about, and a sentence


def _heading(lines: tuple[Judged, ...]) -> str:
    bad = [what for sign, what, _ in lines if sign != GOOD]
    if not bad:
        return "WebNet and the bot both work."
    own = [what for what in bad if what != "WebNet"]
    if "WebNet" in bad and set(own) <= {"Reading"}:  # which WebNet's silence explains
        return "WebNet does not answer; the bot itself works."
    if "WebNet" not in bad:
        return f"WebNet answers; the bot has a problem: {', '.join(own)}."
    return f"WebNet does not answer, and the bot has a problem, too: {', '.join(own)}."


def _webnet(health: Health) -> Judged:
    if health.webnet_trouble:
        return BAD, "WebNet", health.webnet_trouble.removesuffix(" Try again in a minute.")
    return GOOD, "WebNet", f"answers within {max(health.answered_s, 0.01):.2f} s."


def _chat(chat: ChatHealth) -> Judged:
    return {"well": GOOD, "late": POOR}.get(chat.state, BAD), chat.name, chat.words


def _store(health: Health) -> Judged:
    return (BAD, "Store", health.store_trouble) if health.store_trouble else (GOOD, "Store", "can be read and written.")


def _reading(health: Health) -> Judged:
    """Is about the feeds, from which notices come, and the copy of the configs, which `search` reads."""
    copied = _copied(health)
    if health.late or health.webnet_trouble:
        return (
            POOR,
            "Reading",
            f"{_read(health, health.late or tuple(health.read))}, so notices may come late. {copied}",
        )
    oldest = [at for at in health.read.values() if at is not None]
    when = f"jobs, compliance and drift were read {_ago(health, min(oldest))}. " if oldest else ""
    return GOOD, "Reading", f"{when}{copied}"


def _copied(health: Health) -> str:
    words = f"Configs of {count(health.copied - health.without, 'device')} are copied for search"
    if health.without:
        words += f"; {health.without:,} {'has' if health.without == 1 else 'have'} none in WebNet"
    if left := health.devices - health.copied:
        words += f"; {count(left, 'device')} {'is' if left == 1 else 'are'} still to be read"
    return f"{words}."


def _read(health: Health, names: tuple[str, ...]) -> str:
    ages = {name: health.read[name] for name in names}
    return ", ".join(f"{name} read {_ago(health, at)}" if at else f"{name} never read" for name, at in ages.items())


def _ago(health: Health, at: datetime) -> str:
    return f"{duration((health.now - at).total_seconds())} ago"


def _bot(health: Health) -> Judged:
    waiting = health.load.waiting
    words = f"{count(waiting, 'command')} waiting" if waiting else "no command waits"
    said = " ".join(health.wrong.values()) or f"{words}."
    return BAD if health.wrong else GOOD, "Bot", f"{said} Version {health.version}."


def _more(health: Health) -> tuple[str, ...]:
    loops = ", ".join(f"{name} {age_s:.1f} s" for name, age_s in sorted(health.loops_s.items()))
    chats = "".join(f"{chat.more} " for chat in health.chats if chat.more)
    return (
        f"{chats}The store last took a write {duration(health.written_s)} ago; {_read(health, tuple(health.read))}.",
        f"The oldest command has been running for {duration(health.load.oldest_s)}. Each loop came round: {loops}.",
    )


COMMAND = Command(
    name="health",
    summary="Show whether WebNet and the bot work: is it the network or the tool?",
    example="health",
    role=Role.viewer,
    while_away=True,
    visibility="ephemeral",  # what admins see beside is not for everybody in their channel
    run=run,
    view=view,
    details="WebNet is asked once, now. While it does not answer, everybody who used the bot in the last hour still sees "
    "what works. Admins also see the numbers behind it.",
)
