"""Every kind of event has one notice."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.core.events import Event
from bot.core.message import sentence
from bot.core.notice_kinds import JOB_FAILURE
from bot.core.notices import Notice, Notices

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
FAILED = Event("job:1:ended", "job", JOB_FAILURE.flag, 1, NOON, {"id": 1})


def test_two_notices_for_one_kind_of_event_are_refused() -> None:
    notice = Notice("job", lambda _event, _words: sentence("x"), lambda _: ("x",), lambda _: "x", lambda _: FAILED)
    assert dict(Notices([notice])) == {"job": notice}
    with pytest.raises(ValueError, match="two notices are for 'job'"):
        Notices([notice, notice])
