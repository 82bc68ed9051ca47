"""Says what goes to a device when somebody asks to be shown something. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.errors import UsageError
from bot.core.text import nearest
from bot.show.allow import Allow
from bot.show.saved import Saved, Words


@dataclass(frozen=True, slots=True)
class ShowCommands:
    """Knows which commands may be sent. What was asked for is the name of a saved command, or the words for the device."""

    allow: Allow
    saved: Saved

    def check(self, asked: str) -> None:
        """Raises UsageError for what no device may be sent, whichever it is: then none need be looked up."""
        asked = _straight(asked)
        refusals = [self.allow.refusal(words, platform) for platform, words in self._saved(asked).items()]
        if all(refusals or [self.allow.refusal(asked)]):
            raise UsageError(refusals[0] if refusals else f"{self.allow.refusal(asked)}{self._hint(asked)}")

    def words(self, asked: str, platform: str) -> str:
        """Returns what is to be sent to a device of this platform. Raises UsageError, also for a saved command that may not be sent."""
        asked = _straight(asked)
        words = self.saved.words(asked, platform) if self._saved(asked) else asked
        if words is None:
            raise UsageError(
                f"`{asked}` has no words for the platform {platform or 'of this device, which is not known'}."
            )
        if refusal := self.allow.refusal(words, platform):
            raise UsageError(refusal)
        return words

    def _saved(self, asked: str) -> Words:
        return self.saved.commands.get(asked, {})

    def _hint(self, asked: str) -> str:
        """Names the saved commands to who typed a single word, which must have been meant as one."""
        if " " in asked or not asked.isprintable():
            return ""
        meant = nearest(asked, self.saved.commands, limit=1)
        return (
            f" Did you mean `{meant[0]}`?"
            if meant
            else f" Devices stand first. Saved commands are {', '.join(self.saved.commands)}."
        )


def _straight(asked: str) -> str:
    """Returns the command without the blanks around it, its first word in lower case: phones begin with a capital."""
    first, blank, rest = asked.strip().partition(" ")
    return f"{first.lower()}{blank}{rest}"
