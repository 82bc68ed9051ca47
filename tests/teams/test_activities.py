"""What Teams posts: who may, what is read of it, and what is answered; tokens are real and verified by keys from a real socket."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot import tls
from bot.core.metrics import Metrics
from bot.core.webhook import Answered, Received
from bot.http_client import Session, origin
from bot.ids.teams import SERVICE_HOSTS, service_host
from bot.teams.activities import Activity, Malformed, inbound, read
from bot.teams.hosts import is_service_url, origins
from bot.teams.inbound import ACCEPTED, Inbound
from bot.teams.keys import SigningKeys
from bot.teams.tokens import Verifier
from lab.teams import TeamsLab
from lab.teams.activities import ACME, ACME_APP, GLOBEX, GLOBEX_APP, NOC, ONCALL, OSCAR, VERA, Activities

SERVICE = "https://smba.trafficmanager.net/emea/"
APPS = {ACME: ACME_APP, GLOBEX: GLOBEX_APP}
BOT = f"28:{ACME_APP}"


class At:
    """A bot's edge that notes what it was handed."""

    def __init__(self, lab: TeamsLab, session: Session) -> None:
        self.lab, self.done = lab, list[Activity]()
        self.made = Activities(SERVICE)
        keys = SigningKeys(lab.openid_url, session)
        handlers = dict.fromkeys(("message", "invoke", "installationUpdate", "conversationUpdate"), self._note)
        self.metrics = Metrics()
        self.inbound = Inbound(
            Verifier(keys, APPS.values),
            lambda tenant: APPS.get(tenant, ""),
            origins(SERVICE_HOSTS),
            lambda _: None,
            handlers,
            self.metrics,
        )

    def _note(self, activity: Activity) -> dict[str, Any] | None:
        if activity.value.get("fails"):
            raise RuntimeError("a fault of ours")
        self.done.append(activity)
        return {"statusCode": 200} if activity.type == "invoke" else None

    def posted(self, body: Any, *, app: str = ACME_APP, service: str = SERVICE, token: str | None = None) -> Answered:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        given = token if token is not None else self.lab.login.token(app, service)
        return self.inbound(Received(raw, {"authorization": f"Bearer {given}"} if given else {}))


@pytest.fixture(scope="module")
def lab() -> Iterator[tuple[TeamsLab, Session]]:
    with TeamsLab() as lab:
        session = Session({origin(lab.url)}, tls.context(), connections=2)
        yield lab, session
        session.close()


@pytest.fixture
def at(lab: tuple[TeamsLab, Session]) -> At:
    return At(*lab)


# --- who may


def test_an_activity_of_ours_is_taken(at: At) -> None:
    assert at.posted(at.made.message(VERA, "help", NOC)) == ACCEPTED
    (activity,) = at.done
    assert (activity.tenant, activity.user, activity.place, activity.text) == (ACME, VERA.id, NOC, "help")


def _with(at: At, *path: str, to: Any) -> dict[str, Any]:
    body = at.made.message(VERA, "help", NOC)
    inside = body
    for key in path[:-1]:
        inside = inside[key]
    inside[path[-1]] = to
    return body


WRONG = {
    "another channel": ("channelId", "webchat"),
    "another serviceUrl": ("serviceUrl", "https://smba.trafficmanager.net/amer/"),
    "no serviceUrl": ("serviceUrl", None),
    "two tenants": ("channelData", "tenant", "id", GLOBEX),
    "an unknown tenant": ("conversation", "tenantId", "7e7e7e7e-0000-4000-8000-00000000dead"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_body_that_is_not_of_whom_the_token_names_is_refused(at: At, name: str) -> None:
    *path, value = WRONG[name]
    assert at.posted(_with(at, *path, to=value)).status == 401
    assert at.done == []


def test_a_token_for_one_workspace_opens_no_other(at: At) -> None:
    body = at.made.message(VERA, "help", NOC)
    assert at.posted(body, app=GLOBEX_APP).status == 401
    others = Activities(SERVICE, GLOBEX, GLOBEX_APP).message(VERA, "help", NOC)
    assert at.posted(others).status == 401
    unknown = Activities(SERVICE, "7e7e7e7e-0000-4000-8000-00000000dead").message(VERA, "help", NOC)
    assert at.posted(unknown).status == 401
    assert at.done == []
    assert [(each.labels, each.value) for each in at.metrics.webhooks_refused.family().series] == [(("teams",), 3)]


@pytest.mark.parametrize(
    "url",
    [
        "http://smba.trafficmanager.net/emea/",
        "https://smba.trafficmanager.net.evil.example/",
        "https://evil-smba.trafficmanager.net/",
        "https://x.smba.trafficmanager.net/",
        "https://smba.trafficmanager.net@evil.example/",
        "https://user@smba.trafficmanager.net/",
        "https://smba.trafficmanager.net:8443/",
        "https://smba.trafficmanager.net/a/../b",
        "https://smba.trafficmanager.net/?next=http://evil.example",
        "https://smba.trafficmanager.net/#x",
        "https://smba.trafficmanager.net\\@evil.example/",
        "https://SMBA.trafficmanager.net/",
        "https://smba.trafficmanager.net./",
        "https://127.0.0.1/",
        "https://smba.trafficmanager.net/" + "x" * 500,
        "ftp://smba.trafficmanager.net/",
        "//smba.trafficmanager.net/",
        "https://[::1",
        "",
    ],
)
def test_only_a_whole_host_of_the_settings_is_called_even_if_the_token_names_it(at: At, url: str) -> None:
    assert not is_service_url(url, origins(SERVICE_HOSTS))
    assert at.posted({**at.made.message(VERA, "help", NOC), "serviceUrl": url}, service=url).status == 401
    assert at.done == []


@pytest.mark.parametrize("url", ["https://smba.trafficmanager.net/emea/", "https://smba.trafficmanager.net:443/teams"])
def test_a_host_of_the_settings_is_called(url: str) -> None:
    assert is_service_url(url, origins(SERVICE_HOSTS))


def test_hosts_of_the_setting_are_whole_names_and_http_is_for_this_machine_alone() -> None:
    for right in (*SERVICE_HOSTS, "http://127.0.0.1:8300", "http://localhost:8300"):
        assert service_host(right) == right
    for wrong in (
        "",
        "*.trafficmanager.net",
        ".trafficmanager.net",
        "https://a.example",
        "http://10.0.0.1:80",
        "a.example/x",
        "host",
    ):
        with pytest.raises(ValueError, match="whole host name"):
            service_host(wrong)


# --- what is answered


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b'"x"', b"\xff", b'{"a": NaN}', b"[" * 100_000])
def test_bad_json_is_answered_400_and_only_behind_a_right_token(at: At, raw: bytes) -> None:
    assert at.posted(raw).status == 400
    assert at.posted(raw, token="a.b.c").status == 401
    assert at.posted(raw, token="").status == 401


@pytest.mark.parametrize(
    "kind", ["messageUpdate", "messageDelete", "messageReaction", "typing", "event", "whatever", ""]
)
def test_other_activities_are_acknowledged_and_do_nothing(at: At, kind: str) -> None:
    assert at.posted({**at.made.message(VERA, "ping rtr-1", NOC), "type": kind}) == ACCEPTED
    assert at.done == []


def test_a_fault_of_ours_is_no_5xx(at: At, caplog: pytest.LogCaptureFixture) -> None:
    assert at.posted(at.made.invoke(VERA, "task/fetch", {"fails": True})) == ACCEPTED
    assert "an activity of type invoke failed" in caplog.text


def test_an_invoke_is_answered_what_its_handler_says(at: At) -> None:
    assert at.posted(at.made.clicked(OSCAR, {"command": "ping #1"}, NOC)) == Answered(200, {"statusCode": 200})
    assert at.done[0].value["action"]["data"] == {"command": "ping #1"}


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=20)),
    lambda inside: st.one_of(st.lists(inside, max_size=3), st.dictionaries(st.text(max_size=10), inside, max_size=3)),
    max_leaves=5,
)
FIELDS = (
    "type", "name", "id", "channelId", "serviceUrl", "conversation", "from", "recipient", "channelData", "entities", "text",
    "value", "membersAdded", "membersRemoved", "action",
)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=8))
def test_whatever_shape_a_body_has_it_is_read_or_malformed(odd: dict[str, Any]) -> None:
    body = {**Activities(SERVICE).message(VERA, "help", NOC), **odd}
    activity = read(json.dumps(body).encode())
    assert isinstance(activity.text, str)


# --- what is read


def test_a_command_in_a_channel_is_what_follows_the_mention(at: At) -> None:
    activity = read(json.dumps(at.made.message(VERA, 'search "a < b & c"  x', NOC)).encode())
    assert (activity.addressed, activity.text, activity.direct) == (True, 'search "a < b & c"  x', False)
    assert (activity.place, activity.place_name, activity.thread) == (NOC, "noc", activity.id)
    assert activity.key == f"activity:{NOC};messageid={activity.id}:{activity.id}"


def test_an_answer_in_a_thread_names_the_message_that_it_hangs_on(at: At) -> None:
    activity = read(json.dumps(at.made.message(VERA, "help", NOC, thread="1699")).encode())
    assert (activity.place, activity.thread) == (NOC, "1699")


def test_a_personal_message_and_one_in_a_group_chat(at: At) -> None:
    personal = read(json.dumps(at.made.message(VERA, "help")).encode())
    assert (personal.direct, personal.addressed, personal.place, personal.thread) == (True, True, VERA.personal, "")
    group = read(json.dumps(at.made.message(VERA, "help", ONCALL)).encode())
    assert (group.direct, group.addressed, group.place, group.text) == (False, True, ONCALL, "help")


def test_what_is_not_to_the_bot_is_not_addressed(at: At) -> None:
    other = at.made.message(VERA, "ping rtr-1", NOC)
    other["entities"][0]["mentioned"]["id"] = "28:another-app"
    assert not read(json.dumps(other).encode()).addressed
    typed = {**at.made.message(VERA, "x", NOC, mention=False), "text": "<at>WebNet Bot</at> ping rtr-1"}
    assert not read(json.dumps(typed).encode()).addressed
    elsewhere = at.made.message(VERA, "x", NOC)
    elsewhere["text"] = "ping rtr-1"  # an entity for a text that is not there
    assert not read(json.dumps(elsewhere).encode()).addressed


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("a &lt; b &amp;&amp; c", "a < b && c"),
        ("&amp;lt;", "&lt;"),
        ("show&nbsp;version\u00a0\u200b", "show version"),
        ("&copy &notify &bogus;", "&copy &notify &bogus;"),
        ("line\r\nline", "line\nline"),
    ],
)
def test_entities_are_decoded_exactly_once(written: str, typed: str) -> None:
    assert inbound(written) == typed


def test_who_comes_from_another_tenant_is_foreign(at: At) -> None:
    body = at.made.message(VERA, "help", NOC)
    assert not read(json.dumps(body).encode()).foreign
    body["from"]["tenantId"] = ACME
    assert not read(json.dumps(body).encode()).foreign
    body["from"]["tenantId"] = GLOBEX
    assert read(json.dumps(body).encode()).foreign


@pytest.mark.parametrize("user", [None, "", "vera", 7, "a11ce000", "29:1abc", "a11ce000-0000-4000-8000-00000000000g"])
def test_a_user_is_an_object_id_and_no_name(at: At, user: Any) -> None:
    assert read(json.dumps(_with(at, "from", "aadObjectId", to=user)).encode()).user == ""


def test_what_changed_is_one_word(at: At) -> None:
    made = at.made
    for body, change in [
        (made.installed(VERA, "add"), "added"),
        (made.installed(VERA, "remove", NOC), "removed"),
        (made.installed(VERA, "remove-upgrade"), ""),
        (made.installed(VERA, "burn"), ""),
        (made.members("membersAdded", VERA.chat_id, BOT), "added"),
        (made.members("membersRemoved", BOT), "removed"),
        (made.members("membersRemoved", VERA.chat_id), ""),
        (made.channel_changed("channelRenamed", NOC, "noc-2"), "renamed"),
        (made.channel_changed("channelDeleted", NOC), "deleted"),
        (made.channel_changed("somethingNew", NOC), ""),
        (made.message(VERA, "remove", NOC), ""),
    ]:
        assert read(json.dumps(body).encode()).change == change
    assert read(json.dumps(made.channel_changed("channelRenamed", NOC, "noc-2")).encode()).place_name == "noc-2"


def test_a_body_that_is_no_object_is_malformed() -> None:
    with pytest.raises(Malformed):
        read(b"7")
