"""What the bot posts, changes and whispers, against the emulated Bot Connector over real sockets."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from bot import tls
from bot.core.chat import Place
from bot.core.errors import OWN_LIMIT, ChatError
from bot.core.message import Button, Buttons, Message, Text, sentence
from bot.delivery.worker import POST_S
from bot.http_client import Session, origin
from bot.teams.app_tokens import REFUSED_S, App, AppTokens
from bot.teams.chat import TeamsChat
from bot.teams.hosts import origins
from bot.teams.pace import LIMITS, MOST_KEPT, Pace
from bot.teams.post import PATIENCE_S, Connector
from lab.teams import TeamsLab
from lab.teams.activities import ACME, ACME_APP, GLOBEX, GLOBEX_APP, NOC, ONCALL, OSCAR, VERA

HELLO = sentence("Hello.", Buttons((Button("Ping", "ping #1"),)))
IN_NOC, IN_ONCALL = Place(ACME, NOC), Place(ACME, ONCALL)


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now, self.slept = 1_000.0, list[float]()

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


class Known:
    """What Teams has said of its conversations."""

    def __init__(self, url: str) -> None:
        self.url, self.persons = url, dict[tuple[str, str], str]()

    def service_url(self, tenant: str, conversation: str) -> str:
        return "" if conversation == "19:nowhere@thread.tacv2" else self.url

    def personal(self, tenant: str, user: str) -> str:
        return self.persons.get((tenant, user), "")

    def keep_personal(self, tenant: str, user: str, conversation: str) -> None:
        self.persons[tenant, user] = conversation


class At:
    def __init__(self) -> None:
        self.lab = TeamsLab().start()
        self.teams, self.clock, self.known = self.lab.connector, Clock(), Known(self.lab.service_url)
        self.teams.clock = self.clock
        self.session = Session({origin(self.lab.url)}, tls.context(), connections=4)
        self.apps = {
            ACME: App(ACME, ACME_APP, "lab-client-secret-acme"),
            GLOBEX: App(GLOBEX, GLOBEX_APP, "lab-client-secret-globex"),
        }
        self.connector = self.connect(self.clock)
        self.chat = TeamsChat(self.connector, self.apps.get, self.known)

    def connect(self, clock: Callable[[], float]) -> Connector:
        return Connector(
            AppTokens(self.lab.login_url, self.session, clock),
            self.session,
            origins({self.lab.url}),
            Pace(self.clock),
            clock=clock,
            sleep=self.clock.sleep,
            jitter=lambda: 0.5,
        )

    def texts(self, conversation: str) -> list[str]:
        return [each.text for each in self.teams.messages(conversation)]


@pytest.fixture(scope="module")
def shared() -> Iterator[At]:
    made = At()
    yield made
    made.session.close()
    made.lab.stop()


@pytest.fixture
def at(shared: At) -> At:
    """One emulated Teams for all, in which nothing stands yet and an hour has passed."""
    shared.teams.posted.clear()
    shared.teams.calls.clear()
    shared.teams.faults.ordered.clear()
    shared.teams.alone.clear()
    shared.teams.throttles = False
    shared.known.persons.clear()
    shared.clock.now += 3_601
    shared.clock.slept.clear()
    return shared


def refused(at: At, place: Place, message: Message = HELLO) -> ChatError:
    with pytest.raises(ChatError) as caught:
        at.chat.post(place, message)
    return caught.value


# --- post, reply, update, whisper


def test_a_message_is_posted_changed_and_replied_to(at: At) -> None:
    ref = at.chat.post(IN_NOC, HELLO)
    assert at.chat.has_thread(IN_NOC, ref)
    assert at.chat.update(IN_NOC, ref, sentence("Hello again."), last=True) == ref
    reply = at.chat.post(IN_NOC, sentence("A reply."), ref)
    further = at.chat.post(IN_NOC, sentence("A further one."), reply)
    root, *replies = at.teams.messages(NOC)
    assert (root.text, root.versions) == ("Hello again.", 2)
    thread = f"{NOC};messageid={root.id}"
    assert [(each.conversation, each.text) for each in replies] == [(thread, "A reply."), (thread, "A further one.")]
    at.chat.update(IN_NOC, further, sentence("Changed."), last=False)
    assert at.texts(NOC)[-1] == "Changed."


def test_a_place_in_a_thread_is_that_thread(at: At) -> None:
    at.chat.post(Place(ACME, NOC, f"{NOC} 1699"), HELLO)
    assert at.teams.messages(NOC)[0].conversation == f"{NOC};messageid=1699"


def test_a_chat_has_no_threads(at: At) -> None:
    ref = at.chat.post(IN_ONCALL, HELLO)
    assert not at.chat.has_thread(IN_ONCALL, ref)
    at.chat.post(IN_ONCALL, HELLO, ref)
    assert [each.conversation for each in at.teams.messages(ONCALL)] == [ONCALL, ONCALL]


def test_a_request_that_has_shown_nothing_shows_the_message_when_it_is_updated(at: At) -> None:
    request = f"{NOC};messageid=1699 "
    assert not at.chat.has_thread(IN_NOC, request)
    ref = at.chat.update(IN_NOC, request, HELLO, last=False)
    (shown,) = at.teams.messages(NOC)
    assert ref == f"{NOC};messageid=1699 {shown.id}"


def test_a_user_is_posted_to_in_person_and_the_conversation_is_opened_once(at: At) -> None:
    for _ in range(2):
        ref = at.chat.post(Place(ACME, VERA.id), HELLO)
    assert ref.startswith(VERA.personal)
    assert len(at.texts(VERA.personal)) == 2
    assert [conversation for _, conversation in at.teams.calls] == ["", VERA.personal, VERA.personal]


def test_a_whisper_is_a_personal_message(at: At) -> None:
    at.chat.whisper(IN_NOC, VERA.id, sentence("For Vera alone."))
    assert (at.texts(NOC), at.texts(VERA.personal)) == ([], ["For Vera alone."])
    at.chat.whisper(Place(ACME, VERA.personal), VERA.id, sentence("Here."))
    assert at.texts(VERA.personal)[1:] == ["Here."]


def test_where_teams_refuses_a_personal_message_the_channel_reads_nothing_of_it(at: At) -> None:
    at.teams.alone.add(OSCAR.id)
    at.chat.whisper(Place(ACME, NOC, f"{NOC} 1699"), OSCAR.id, sentence("The secret is hunter2."))
    (shown,) = at.teams.messages(NOC)
    assert shown.conversation == f"{NOC};messageid=1699"
    assert "add this app for yourself" in shown.text
    assert "hunter2" not in str(shown.activity)


# --- refusals


def test_tenants_never_meet(at: At) -> None:
    assert refused(at, Place(GLOBEX, NOC)).reason == "ConversationNotFound"
    assert refused(at, Place(GLOBEX, VERA.id)).kind == "permanent"
    assert at.teams.messages(NOC) == []


def test_without_an_app_or_an_address_nothing_is_sent(at: At) -> None:
    assert refused(at, Place("7e7e7e7e-0000-4000-8000-00000000dead", NOC)).reason == "no_app"
    assert refused(at, Place(ACME, "19:nowhere@thread.tacv2")).reason == "no_conversation"
    at.known.url, before = "http://127.0.0.1:9/emea/", at.known.url
    try:
        assert refused(at, IN_NOC).reason == "foreign_address"
    finally:
        at.known.url = before
    assert at.teams.calls == []


def test_a_redirect_is_not_followed(at: At) -> None:
    at.teams.fault(status=302)
    assert refused(at, IN_NOC).kind == "permanent"
    assert len(at.teams.calls) == 1


@pytest.mark.parametrize(("status", "kind"), [(400, "content"), (413, "content")])
def test_a_card_that_is_refused_becomes_plain_text_unless_it_is_of_no_use_then(at: At, status: int, kind: str) -> None:
    at.teams.fault(status=status)
    at.chat.post(IN_NOC, HELLO)
    (shown,) = at.teams.messages(NOC)
    assert (shown.activity["text"], "attachments" in shown.activity) == ("Hello.", False)
    at.teams.fault(status=status)
    assert refused(at, IN_NOC, Message("s", parts=(Text((("x",),)),), whole=True)).kind == kind


@pytest.mark.parametrize(
    ("status", "kind"),
    [(403, "permanent"), (404, "permanent"), (500, "unclear"), (502, "unclear"), (503, "passing"), (504, "unclear")],
)
def test_what_is_not_throttled_is_not_posted_again(at: At, status: int, kind: str) -> None:
    at.teams.fault(status=status)
    assert refused(at, IN_NOC).kind == kind
    assert len(at.teams.calls) == 1


@pytest.mark.parametrize("status", [412, 429, 502, 504])
def test_a_change_is_tried_again_with_back_off(at: At, status: int) -> None:
    ref = at.chat.post(IN_NOC, HELLO)
    at.teams.fault(status=status, times=2)
    at.chat.update(IN_NOC, ref, sentence("Changed."), last=True)
    assert at.texts(NOC) == ["Changed."]
    assert at.clock.slept == [0.3, 0.6]


def test_patience_ends_and_says_when_to_come_back(at: At) -> None:
    trouble = at.teams.fault(status=412, times=None)
    error = refused(at, IN_NOC)
    assert (error.kind, error.reason) == ("passing", "412")
    assert sum(at.clock.slept) <= PATIENCE_S
    trouble.times = 0
    at.teams.fault(status=429, after_s=60)
    before = len(at.clock.slept)
    assert refused(at, IN_NOC).retry_after_s == 60
    assert len(at.clock.slept) == before


def test_an_absurd_pause_is_not_believed(at: At) -> None:
    at.teams.fault(status=429, after_s=10**9)
    assert refused(at, IN_NOC).retry_after_s == 300


def test_a_token_that_is_no_longer_taken_is_got_again_once(at: At) -> None:
    at.chat.post(IN_NOC, HELLO)
    at.lab.login.tokens.clear()
    at.chat.post(IN_NOC, HELLO)
    assert len(at.texts(NOC)) == 2


def test_new_tokens_that_are_not_taken_stop_the_workspace_only_after_a_while(at: At) -> None:
    trouble = at.teams.fault(status=401, times=None)
    assert refused(at, IN_NOC).kind == "passing"
    at.clock.now += REFUSED_S - 1
    assert refused(at, IN_NOC).kind == "passing"
    trouble.times = 0
    at.chat.post(IN_NOC, HELLO)
    trouble.times = None
    at.clock.now += REFUSED_S
    assert refused(at, IN_NOC).kind == "passing"
    at.clock.now += REFUSED_S
    assert refused(at, IN_NOC).kind == "credentials"
    trouble.times = 0
    at.chat.post(IN_NOC, HELLO)


def test_no_try_begins_so_late_that_a_delivery_would_outlast_its_claim(at: At) -> None:
    """Each request takes three seconds here, and Teams throttles."""

    def clock() -> float:
        return at.clock() + 3.0 * (len(at.teams.calls) + at.lab.login.asked)

    at.teams.fault(status=412, times=None)
    before = clock()
    chat = TeamsChat(at.connect(clock), at.apps.get, at.known)
    with pytest.raises(ChatError, match="412"):
        chat.post(IN_NOC, HELLO)
    assert clock() - before <= POST_S
    assert len(at.teams.calls) == 1  # the first took three seconds after a token that took three


# --- pace


def test_a_flood_is_never_throttled_and_loses_nothing(at: At) -> None:
    at.teams.throttles = True
    sent = waited = 0
    while sent < 70:
        try:
            at.chat.post(IN_NOC, sentence(f"Notice {sent}."))
            sent += 1
        except ChatError as error:
            assert (error.kind, error.reason) == ("passing", OWN_LIMIT)
            assert error.retry_after_s is not None
            at.clock.now += error.retry_after_s
            waited += 1
    assert at.texts(NOC) == [f"Notice {number}." for number in range(70)]
    assert waited
    assert len(at.teams.calls) == 70  # so that Teams refused none


@pytest.mark.parametrize(("most", "within_s"), LIMITS[:3])
def test_no_window_holds_more_calls_than_teams_takes(most: int, within_s: float) -> None:
    clock = Clock()
    pace, made = Pace(clock), list[float]()
    while len(made) < 150:
        if wait_s := pace.claim("c"):
            clock.sleep(wait_s)
        else:
            made.append(clock())
    assert all(later - earlier >= within_s - 1e-6 for earlier, later in zip(made, made[most:], strict=False))


def test_one_conversation_does_not_slow_another_and_memory_is_bounded() -> None:
    clock = Clock()
    pace = Pace(clock)
    while not pace.claim("busy"):
        pass
    for number in range(MOST_KEPT + 100):
        assert pace.claim(f"other {number}") == 0
    assert len(pace._calls) == MOST_KEPT
