"""A digest names every notice once, failures first, whatever is in it, and no page is more than Slack accepts."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.message import Link
from bot.core.notice_kinds import COMPLIANCE, FLAGS, JOB_COMPLETION, JOB_FAILURE
from bot.core.plain_text import plain
from bot.delivery.digest import MOST_LINES, Entry, Page, page
from bot.slack.render import fits, payload
from lab.slack import limits, live_markup
from tests.golden import golden

FAR = 100_000  # characters


def entry(number: int, flag: str = JOB_COMPLETION.flag, group: str = "Backup done", words: str = "rtr-1") -> Entry:
    return Entry((number,), flag, group, (Link(f"#{number}", f"https://webnet.test/jobs/{number}/"), f" {words}"))


def pages(entries: list[Entry]) -> list[Page]:
    found: list[Page] = []
    left = entries
    while left:
        found.append(page(left, fits, continued=bool(found)))
        assert found[-1].shown
        left = [each for each in left if each.ids[0] not in found[-1].shown]
    return found


def named(found: list[Page]) -> list[int]:
    texts = [plain(each.message, FAR) for each in found]
    return [int(number) for text in texts for number in re.findall(r"• #(\d+)", text)]


def test_golden_a_digest() -> None:
    found = [entry(number) for number in (3, 1)]
    found += [entry(4, JOB_FAILURE.flag, "Backup failed"), entry(2, COMPLIANCE.flag, "Violations", "acl missing")]
    golden("render/digest", payload(page(found, fits).message))


def test_failures_come_first_and_then_what_else_needs_somebody() -> None:
    found = [entry(1), entry(2, COMPLIANCE.flag, "Violations"), entry(3, JOB_FAILURE.flag, "Zebra failed"), entry(4)]
    assert named(pages(found)) == [3, 2, 1, 4]


def test_five_thousand_are_each_named_once_on_pages_that_slack_accepts() -> None:
    found = [entry(number, FLAGS[number % 4], f"Group {number % 7}") for number in range(5_000)]
    all_pages = pages(found)
    assert sorted(named(all_pages)) == list(range(5_000))
    assert len(all_pages) <= 5_000 / MOST_LINES * 3
    for each in all_pages:
        assert limits.refusal(payload(each.message)) is None
    assert "5,000 notices" in all_pages[0].message.summary
    assert "in this thread" in plain(all_pages[0].message, FAR)
    assert "in this thread" not in plain(all_pages[-1].message, FAR)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([*FLAGS, "?"]), st.text(max_size=400), st.text(max_size=2_000)), min_size=1))
def test_whatever_webnet_holds_every_notice_is_named_and_every_page_accepted(texts: list[tuple[str, str, str]]) -> None:
    found = pages([Entry((number,), *rest, (words,)) for number, (*rest, words) in enumerate(texts)])  # type: ignore[arg-type]
    assert sorted(number for each in found for number in each.shown) == list(range(len(texts)))
    for each in found:
        assert fits(each.message)
        assert limits.refusal(payload(each.message)) is None
        assert live_markup(payload(each.message)) == []


def test_hundreds_of_kinds_and_lines_too_long_are_accepted() -> None:
    found = pages(
        [entry(number, JOB_FAILURE.flag, f"kind {number} " * 50, "<!here> & " * 500) for number in range(300)]
    )
    assert sorted(number for each in found for number in each.shown) == list(range(300))
    assert all(limits.refusal(payload(each.message)) is None for each in found)
