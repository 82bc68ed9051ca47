"""What was held comes as one message: by device, the newest state first, and each notice once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.core.events import DeviceFacts, Event, Facts
from bot.core.message import line_text
from bot.core.notice_kinds import JOB_FAILURE
from bot.core.notices import Words
from bot.core.plain_text import plain
from bot.delivery.compose import Composed, compose, smaller
from bot.delivery.digest import Entry
from bot.delivery.held_digest import Held, joined
from bot.slack.render import fits, payload
from handlers.notices import discover
from lab.slack import limits
from store.claims import Claim, ClaimedDelivery, NoticeMessage
from tests.golden import golden

MIDNIGHT = datetime(2026, 3, 2, tzinfo=UTC)
WORDS = Words("/webnet", "https://webnet.test/jobs/{}/".format, lambda _, name: name)


def seen(
    number: int,
    device: str,
    group: str,
    clock: str,
    *,
    fault: str = "",
    ends: bool = False,
    others: tuple[str, ...] = (),
) -> Held:
    hours, minutes = map(int, clock.split(":"))
    at = MIDNIGHT + timedelta(hours=hours, minutes=minutes)
    devices = tuple(DeviceFacts(at, name) for at, name in enumerate((device, *others)))
    faults = {"ends" if ends else "opens": (fault,)} if fault else {}
    event = Event(f"e:{number}", "job", JOB_FAILURE.flag, 1, at, {}, facts=Facts(devices=devices, **faults))
    return Held(event, Entry((number,), event.flag, group, (f"#{number}",)))


def lines(found: Iterable[Held]) -> list[str]:
    entries = joined(found)
    return [f"{each.group}: {plain_line(each)}" for each in entries]


def plain_line(entry: Entry) -> str:
    return line_text(entry.line).replace("2026-03-02 ", "").replace(" UTC", "")


BACKUP = {"fault": "backup:1"}


def test_a_fault_that_was_seen_often_and_ended_is_one_line() -> None:
    failed = [seen(number, "rtr1", "Backup failed", f"0{number + 1}:10", **BACKUP) for number in range(1, 4)]
    well = [
        seen(4, "rtr1", "Backup done", "05:00", ends=True, **BACKUP),
        seen(5, "rtr1", "Backup done", "05:30", ends=True, **BACKUP),
    ]
    assert lines([*well, *failed]) == ["rtr1: Backup failed 3 times, last 04:10, well since 05:00"]
    assert lines(failed[:1] + well[:1]) == ["rtr1: Backup failed, 02:10, well since 05:00"]
    assert lines(failed[:1]) == ["rtr1: Backup failed: #1, 02:10"]
    assert lines(well) == ["rtr1: Backup done 2 times, last 05:30"]


def test_a_fault_that_came_back_is_not_well() -> None:
    found = [
        seen(1, "rtr1", "Backup failed", "02:00", **BACKUP),
        seen(2, "rtr1", "Backup done", "03:00", ends=True, **BACKUP),
        seen(3, "rtr1", "Backup failed", "04:00", **BACKUP),
    ]
    assert lines(found) == ["rtr1: Backup failed 2 times, last 04:00"]


def test_the_lines_of_a_device_stand_together_and_the_newest_come_first() -> None:
    found = [
        seen(1, "rtr1", "Backup failed", "01:00", **BACKUP),
        seen(2, "rtr2", "Config changed", "02:00"),
        seen(3, "rtr1", "Policy violated", "03:00", fault="compliance:3:1"),
        seen(4, "rtr2", "Config changed", "02:30"),
        seen(5, "rtr3", "Backup failed", "00:30", others=("rtr4",)),
    ]
    assert lines(found) == [
        "rtr1: Policy violated: #3, 03:00",
        "rtr1: Backup failed: #1, 01:00",
        "rtr2: Config changed 2 times, last 02:30",
        "Several devices, or none: Backup failed: #5, 00:30",
    ]


def claimed(number: int, device: int, hour: int, held_for: str = "quiet") -> ClaimedDelivery:
    now = MIDNIGHT + timedelta(hours=hour)
    sample = discover()["job"].sample(now)
    facts = Facts(devices=(DeviceFacts(device, f"rtr-fra1-{device:03}"),), opens=(f"backup:{device}",)).json()
    data = {**sample.data, "job": number}
    return ClaimedDelivery(
        number,
        key=f"job:{number}:ended",
        kind="job",
        flag=JOB_FAILURE.flag,
        customer=1,
        happened_at=now,
        data=data,
        facts=facts,
        held_for=held_for,
    )


def claim_of(*deliveries: ClaimedDelivery, burst: tuple[NoticeMessage, ...] = ()) -> Claim:
    return Claim(1, 1, 1, 1, "T0ACME", "C0ALERTS", deliveries, burst)


def shown(composed: Composed) -> str:
    assert composed.message is not None
    assert limits.refusal(payload(composed.message)) is None
    return plain(composed.message, 100_000)


def test_golden_a_digest_of_what_was_held() -> None:
    claim = claim_of(*(claimed(number, number % 2 + 1, number) for number in range(1, 6)))
    composed = compose(claim, discover(), WORDS, fits)
    assert sorted(composed.ids) == [1, 2, 3, 4, 5]
    assert composed.message is not None
    golden("render/held_digest", payload(composed.message))


def test_every_notice_is_in_one_line_over_all_pages() -> None:
    left = [claimed(number, number % 300, number % 9) for number in range(1, 1_001)]
    named: list[int] = []
    burst: tuple[NoticeMessage, ...] = ()
    while left:
        composed = compose(claim_of(*left, burst=burst), discover(), WORDS, fits)
        assert shown(composed)
        assert composed.left == (len(composed.ids) < len(left))
        assert (composed.instead, composed.page) == (None, len(burst) + 1)
        named += composed.ids
        on_it = tuple(each for each in left if each.id in composed.ids)
        burst = (*burst, NoticeMessage(len(burst) + 1, "ref", composed.page, 0, on_it))
        left = [each for each in left if each.id not in composed.ids]
    assert sorted(named) == list(range(1, 1_001))


def test_a_digest_whose_content_is_refused_becomes_smaller_down_to_one_notice() -> None:
    claim = claim_of(*(claimed(number, number % 2, 1) for number in range(1, 9)))
    composed = compose(claim, discover(), WORDS, fits)
    assert composed.lines == 2
    composed = smaller(composed, claim, discover(), WORDS, fits)
    assert (composed.lines, len(composed.ids)) == (1, 4)
    composed = smaller(composed, claim, discover(), WORDS, fits)
    assert len(composed.ids) == 1
    assert composed.message is not None
    assert not composed.message.whole


def test_one_notice_alone_that_was_held_is_shown_as_ever() -> None:
    (one,) = claim_of(claimed(7, 1, 3)).deliveries
    assert (
        compose(claim_of(one), discover(), WORDS, fits).message
        == compose(claim_of(claimed(7, 1, 3, held_for="")), discover(), WORDS, fits).message
    )


def test_whom_rules_mention_stands_once_above_a_notice_or_a_digest_and_not_in_its_thread() -> None:
    one = replace(claimed(1, 1, 3), mentions=("here", "U0ALICE"))
    two = replace(claimed(2, 2, 3), mentions=("U0ALICE",))
    for claim, mentioned in (
        (claim_of(replace(one, held_for="")), "@here @U0ALICE"),
        (claim_of(one, two), "@here @U0ALICE"),
        (claim_of(two), "@U0ALICE"),
    ):
        message = compose(claim, discover(), WORDS, fits).message
        assert message
        assert plain(message).split("\n").count(mentioned) == 1
    continued = compose(
        claim_of(one, two, burst=(NoticeMessage(9, "1.0", 1, 0, (one,)),)), discover(), WORDS, fits
    ).message
    assert continued
    assert "U0ALICE" not in plain(continued)
