"""Two rows of a channel that Slack calls by another id now become one, which asks for what either asked for."""

from __future__ import annotations

import pytest

from bot.channels import of_row
from bot.core.notice_kinds import COMPLIANCE, DRIFT
from bot.core.rule_text import dump, parse, spell
from bot.core.rules import MOST_RULES
from bot.slack.channel_moved import MOVED, ChannelMoved
from store.channels import Channel
from store.database import Store
from tests.store.test_workspaces import add

LOUD = "kind:job outcome:failed then:send,mention:here"
DRIFTS = "kind:drift then:send"


def joined(store: Store, old: dict[str, object], new: dict[str, object]) -> tuple[Channel, list[str]]:
    workspace = add(store, "T1")
    for name, asked in (("C0OLD", old), ("C0NEW", new)):
        store.channels.add(workspace=workspace.id, channel_id=name, **asked)  # type: ignore[arg-type]
    event = {"type": MOVED, "old_channel_id": "C0OLD", "new_channel_id": "C0NEW"}
    ChannelMoved(store, "here")({"team_id": "T1", "event_id": "Ev1", "event": event})
    (kept,) = store.channels.list()
    return kept, [spell(rule) for rule in of_row(kept, 1).rules]


@pytest.mark.parametrize(
    ("old", "new", "rules"),
    [
        ([LOUD], [DRIFT.flag, COMPLIANCE.flag], ["kind:compliance then:send", DRIFTS, LOUD]),
        ([DRIFT.flag], [LOUD], [LOUD, DRIFTS]),
        ([LOUD, DRIFTS], [DRIFTS], [DRIFTS, LOUD]),
        ([DRIFT.flag], [COMPLIANCE.flag], []),
    ],
)
def test_neither_rules_nor_flags_are_lost(store: Store, old: list[str], new: list[str], rules: list[str]) -> None:
    def asked(words: list[str]) -> dict[str, object]:
        flags = {word for word in words if ":" not in word}
        return {"flags": flags, "rules": dump(parse(word) for word in words if word not in flags)}

    kept, found = joined(store, asked(old), asked(new))
    assert (kept.channel_id, found) == ("C0NEW", rules)
    assert kept.flags == (set() if rules else {DRIFT.flag, COMPLIANCE.flag})


def test_no_more_rules_come_together_than_a_channel_may_have(store: Store) -> None:
    many = {side: [parse(f"site:{side}{number} then:send") for number in range(MOST_RULES)] for side in "ab"}
    kept, found = joined(store, {"rules": dump(many["a"]), "quiet": '{"days":"mon-sun"}'}, {"rules": dump(many["b"])})
    assert found == [spell(rule) for rule in many["b"]]
    assert kept.quiet == '{"days":"mon-sun"}'
