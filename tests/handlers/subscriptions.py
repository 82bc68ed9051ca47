"""What a channel gets, and why a notice came, as commands show them."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.core.message import ChannelName, Message, Mono, When
from bot.core.quiet import QuietHours
from bot.core.rule_text import parse
from bot.subscriptions.access import Subscribed
from bot.subscriptions.past import Past
from bot.subscriptions.why import Explained
from handlers import subscribe, subscriptions, unsubscribe, why, why_message
from store.past_events import PastEvent

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOSTILE = 'kind:drift site:"<!channel> *x* `y`" then:send'
RULES = tuple(map(parse, ("kind:job outcome:failed,partial site:fra1 then:send,mention:here", HOSTILE)))
EVENT = PastEvent(
    id=1,
    key="job:163:ended",
    kind="job",
    flag="notify_job_failure",
    customer=1,
    happened_at=NOON,
    created_at=NOON,
    data={},
    facts={},
)
HERE = (
    ("Sent in one message with 2 others ", When(NOON), "; Slack took it."),
    ("Rule 1 decided: ", Mono("kind:job then:send"), ". They are in force since ", When(NOON), "."),
)
OTHERS = ((ChannelName("C0ALERTS", "alerts"), ": held for quiet hours."),)

VIEWS: dict[str, Message] = {
    "subscribe-made": subscribe.COMMAND.view(Subscribed(RULES, 7, Past(14, 120, complete=True), made=True)),
    "subscribe-many": subscribe.COMMAND.view(Subscribed(RULES * 11, 7, Past(14, 5_000, complete=False))),
    "unsubscribe-last": unsubscribe.COMMAND.view(Subscribed((), 7, Past(0, 120, complete=True))),
    "subscriptions-new": subscriptions.COMMAND.view(Subscribed(RULES[:1], 7, Past(0, 0, complete=True))),
    "subscriptions-quiet": subscriptions.COMMAND.view(
        Subscribed(
            RULES[:1],
            7,
            Past(14, 120, complete=True),
            quiet=QuietHours.parse("mon-fri 22:00-06:00 UTC"),
            quiet_until=NOON,
        )
    ),
    "why-sent": why.COMMAND.view((Explained(EVENT, HERE, 1, OTHERS),)),
    "why-nowhere": why.COMMAND.view((Explained(EVENT, (), 2, ()),)),
    "why_message-found": why_message.COMMAND.view((("job", "163"), ("alert", "3"))),
    "why_message-nothing": why_message.COMMAND.view(()),
}
