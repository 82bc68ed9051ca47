"""What becomes of deliveries after a post, and of changes while a chat asks for silence."""

from __future__ import annotations

from bot.core.errors import OWN_LIMIT, ChatError
from bot.core.message import sentence
from bot.delivery import post_result
from bot.delivery.compose import Composed
from bot.delivery.updates import HANGS_AFTER_S, HANGS_FOR_S, Updates
from store.claims import Claim

CLAIM = Claim(
    channel=1, fence=1, workspace=1, revision=1, team_id="T0ACME", channel_id="C0NOC", deliveries=(), failures=4
)


def throttled(*, of_place: bool = False, reason: str = "429") -> ChatError:
    return ChatError("Not now.", kind="passing", reason=reason, retry_after_s=30.0, of_place=of_place)


def test_a_post_that_the_bot_itself_puts_off_is_no_failure() -> None:
    composed = Composed(sentence("Hello."), (7,))
    settled = post_result.refused(CLAIM, composed, throttled(reason=OWN_LIMIT), pace_s=1.0)
    assert (settled.failed, settled.error, settled.wait_s) == ((), "", 30.0)
    settled = post_result.refused(CLAIM, composed, throttled(), pace_s=1.0)
    assert (settled.failed, settled.error, settled.wait_s) == ((7,), "429", 31.0)


def test_a_place_that_is_silent_silences_no_other_unless_the_chat_means_the_workspace() -> None:
    now = [100.0]
    updates = Updates(lambda: 1, lambda: now[0])
    updates.silence(1, "C0NOC", 30.0, ChatError("Lost.", kind="unclear", reason="no_answer"), began=100.0)
    assert updates.silent_s(1, "C0NOC") == 0
    updates.silence(1, "C0NOC", 30.0, throttled(of_place=True), began=100.0)
    assert [updates.silent_s(1, "C0NOC"), updates.silent_s(1, "C0ALERTS"), updates.silent_s(2, "C0NOC")] == [30, 0, 0]
    updates.silence(1, "C0NOC", 20.0, throttled(), began=100.0)
    assert [updates.silent_s(1, "C0NOC"), updates.silent_s(1, "C0ALERTS"), updates.silent_s(2, "C0NOC")] == [30, 20, 0]
    now[0] += 30
    assert updates.silent_s(1, "C0NOC") == 0


def test_a_workspace_that_hangs_is_left_alone_for_a_while_and_no_other_is() -> None:
    now = [100.0]
    updates = Updates(lambda: 1, lambda: now[0])
    began, lost = updates.began(), ChatError("Lost.", kind="unclear", reason="no_answer")
    now[0] += HANGS_AFTER_S
    updates.silence(1, "C0NOC", 1.6, lost, began)
    silent = [updates.silent_s(*each) for each in ((1, "C0NOC"), (1, "C0ALERTS"), (2, "C0NOC"))]
    assert silent == [HANGS_FOR_S, HANGS_FOR_S, 0]
    now[0] += HANGS_FOR_S
    assert updates.silent_s(1, "C0NOC") == 0
