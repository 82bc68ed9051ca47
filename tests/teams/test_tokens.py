"""Tokens, both ways, between the bot and an emulated Bot Framework over real sockets; every key is made here."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bot import tls
from bot.core.errors import ChatError
from bot.http_client import Session, origin
from bot.teams.app_tokens import App, AppTokens
from bot.teams.keys import ASK_EVERY_S, BELIEVED_S, MISSED_S, MOST_MISSED, KeysAway, SigningKeys
from bot.teams.tokens import Sender, Unverified, Verifier
from lab.teams import Signer, TeamsLab, signed
from lab.teams.signing import b64

APP_ID, OTHER_APP = "0a0a0a0a-0000-4000-8000-000000000001", "0a0a0a0a-0000-4000-8000-000000000002"
TENANT = "7e7e7e7e-0000-4000-8000-000000000001"
SERVICE = "https://smba.trafficmanager.net/emea/"
STRANGER, WEAK = Signer("key-1"), Signer("weak", bits=1024)
FOR_OTHERS = Signer("webchat-key", endorsements=("webchat",))


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def lab() -> Iterator[TeamsLab]:
    with TeamsLab() as lab:
        yield lab


@pytest.fixture
def published(lab: TeamsLab) -> Iterator[TeamsLab]:
    """The lab with its first key alone, and nothing counted yet."""
    login, first = lab.login, lab.login.signers
    login.apps[TENANT, APP_ID] = "secret of ours"
    yield lab
    login.signers, login.away, login.read, login.asked, login.lasts_s = first, 0, 0, 0, 86_399


class At:
    def __init__(self, lab: TeamsLab) -> None:
        self.lab, self.login, self.clock = lab, lab.login, Clock()
        self.session = Session({origin(lab.url)}, tls.context(), connections=4)
        self.keys = SigningKeys(lab.openid_url, self.session, self.clock)
        self.verifier = Verifier(self.keys, lambda: {APP_ID})

    def claims(self, **changed: Any) -> dict[str, Any]:
        now = int(time.time())
        claims = {
            "iss": "https://api.botframework.com",
            "aud": APP_ID,
            "serviceurl": SERVICE,
            "nbf": now - 60,
            "exp": now + 600,
        }
        return {name: value for name, value in (claims | changed).items() if value is not None}

    def is_taken(self, signer: Signer) -> bool:
        try:
            self.verifier.verify(f"Bearer {signer.token(self.claims())}")
        except Unverified:
            return False
        return True


@pytest.fixture
def at(published: TeamsLab) -> Iterator[At]:
    made = At(published)
    yield made
    made.session.close()


def test_a_right_token_says_for_which_app_it_is_and_from_where(at: At) -> None:
    token = at.login.token(APP_ID, SERVICE)
    assert at.verifier.verify(f"Bearer {token}") == Sender(APP_ID, SERVICE)
    assert at.login.read == 1


NOW = time.time()
WRONG_CLAIMS = {
    "another issuer": {"iss": "https://sts.windows.net/"},
    "no issuer": {"iss": None},
    "another app": {"aud": OTHER_APP},
    "no app": {"aud": None},
    "two apps": {"aud": [APP_ID, OTHER_APP]},
    "an empty app": {"aud": ""},
    "expired": {"exp": int(NOW) - 301},
    "no end": {"exp": None},
    "an end that is no number": {"exp": "soon"},
    "an end beyond numbers": {"exp": float("1e400")},
    "not yet": {"nbf": int(NOW) + 3_600},
    "made later": {"iat": int(NOW) + 3_600},
    "no serviceurl": {"serviceurl": None},
    "an odd serviceurl": {"serviceurl": [SERVICE]},
}


@pytest.mark.parametrize("name", WRONG_CLAIMS)
def test_a_token_with_wrong_claims_is_refused(at: At, name: str) -> None:
    token = at.login.signers[0].token(at.claims(**WRONG_CLAIMS[name]))
    with pytest.raises(Unverified):
        at.verifier.verify(f"Bearer {token}")


def _hs256(at: At) -> str:
    """Signed with the public key as if it were a shared secret, which once fooled many libraries."""
    key = at.login.signers[0]
    public = key._key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    head, claims = b64(json.dumps({"alg": "HS256", "kid": key.kid}).encode()), b64(json.dumps(at.claims()).encode())
    return f"{head}.{claims}.{b64(hmac.new(public, f'{head}.{claims}'.encode(), hashlib.sha256).digest())}"


def _none(at: At) -> str:
    head = b64(json.dumps({"alg": "none", "kid": at.login.signers[0].kid}).encode())
    return f"{head}.{b64(json.dumps(at.claims()).encode())}."


def _changed(at: At) -> str:
    head, _, signature = at.login.signers[0].token(at.claims()).split(".")
    return f"{head}.{b64(json.dumps(at.claims(serviceurl='https://evil/')).encode())}.{signature}"


def _deep(at: At) -> str:
    return f"{b64(b'[' * 4_000)}.{b64(b'[' * 1_000)}.{b64(b'x')}"


WRONG_TOKENS = {
    "alg none": _none,
    "alg none, with something for a signature": lambda at: f"{_none(at)}AAAA",
    "HS256 with the public key": _hs256,
    "another alg": lambda at: at.login.signers[0].token(at.claims(), alg="RS384"),
    "alg in another case": lambda at: at.login.signers[0].token(at.claims(), alg="rs256"),
    "a key that is not published": lambda at: Signer("unknown").token(at.claims()),
    "the name of a published key, signed with another": lambda at: STRANGER.token(at.claims()),
    "a key that the token brings along": lambda at: STRANGER.token(at.claims(), kid="x", jwk=STRANGER.jwk),
    "keys from where the token says": lambda at: STRANGER.token(at.claims(), kid="x", jku="http://127.0.0.1:9/keys"),
    "no key": lambda at: at.login.signers[0].token(at.claims(), kid=None),
    "a key whose name is no text": lambda at: at.login.signers[0].token(at.claims(), kid=["key-1"]),
    "a key with a very long name": lambda at: at.login.signers[0].token(at.claims(), kid="k" * 1_000),
    "a critical extension": lambda at: at.login.signers[0].token(at.claims(), crit=["x"], x=1),
    "claims that are no object": lambda at: signed({"alg": "RS256", "kid": "key-1"}, [1], at.login.signers[0]),  # type: ignore[arg-type]
    "claims that were changed": _changed,
    "nested without end": _deep,
    "a key for another channel": lambda at: FOR_OTHERS.token(at.claims()),
    "a key that is too short": lambda at: WEAK.token(at.claims()),
    "longer than any": lambda at: at.login.signers[0].token(at.claims(more="x" * 9_000)),
}


@pytest.mark.parametrize("name", WRONG_TOKENS)
def test_a_wrong_token_is_refused(at: At, name: str) -> None:
    at.login.signers = [*at.login.signers, FOR_OTHERS, WEAK]
    with pytest.raises(Unverified):
        at.verifier.verify(f"Bearer {WRONG_TOKENS[name](at)}")
    assert at.is_taken(at.login.signers[0])


@pytest.mark.parametrize(
    "header", ["", "Bearer ", "Bearer", "Basic abc", "Bearer a.b", "Bearer a.b.c.d", "Bearer ..", "Bearer a.b.c\n", "Bearer é.b.c"]
)  # fmt: skip
def test_a_header_without_a_token_is_refused_and_no_key_is_read(at: At, header: str) -> None:
    with pytest.raises(Unverified):
        at.verifier.verify(header)
    assert at.login.read == 0


def test_clocks_may_differ_by_five_minutes(at: At) -> None:
    now, signer = int(time.time()), at.login.signers[0]
    for claims in (at.claims(exp=now - 200, nbf=now - 900), at.claims(nbf=now + 200, exp=now + 900)):
        assert at.verifier.verify(f"Bearer {signer.token(claims)}")


# --- keys that change


def test_a_new_key_is_taken_unless_an_unknown_one_was_asked_for_in_the_last_minute(at: At) -> None:
    old = at.login.signers[0]
    assert at.is_taken(old)
    at.clock.now += ASK_EVERY_S
    assert not at.is_taken(STRANGER_BY_NAME)
    new = at.login.rotate("key-2")
    assert not at.is_taken(new)
    at.clock.now += ASK_EVERY_S
    assert at.is_taken(new)
    assert not at.is_taken(old)


STRANGER_BY_NAME = Signer("a-stranger's")


def test_a_key_that_is_asked_for_again_and_again_uses_up_no_reading(at: At) -> None:
    assert not at.is_taken(STRANGER_BY_NAME)
    assert at.login.read == 1
    for _ in range(4):
        at.clock.now += ASK_EVERY_S
        assert not at.is_taken(STRANGER_BY_NAME)
    assert at.login.read == 1
    assert at.is_taken(at.login.rotate("key-2"))
    at.clock.now += MISSED_S
    assert not at.is_taken(STRANGER_BY_NAME)
    assert at.login.read == 3


def test_strangers_have_the_keys_read_once_a_minute_and_fill_no_memory(at: At) -> None:
    for number in range(MOST_MISSED + 50):
        at.keys.find(f"made-up-{number}")
    assert at.login.read == 1
    for number in range(5):
        at.clock.now += ASK_EVERY_S
        at.keys.find(f"made-up-later-{number}")
    assert at.login.read == 6
    assert len(at.keys._missed) <= MOST_MISSED


def test_keys_are_read_by_a_task_whatever_strangers_do(at: At) -> None:
    at.keys.find("made-up")
    new = at.login.rotate("key-2")
    assert not at.is_taken(new)
    at.keys.refresh()
    assert at.is_taken(new)


def test_keys_stay_while_they_cannot_be_read_but_not_for_longer_than_a_day(at: At) -> None:
    known = at.login.signers[0]
    assert at.is_taken(known)
    at.login.away = 503
    with pytest.raises(KeysAway):
        at.keys.refresh()
    assert at.is_taken(known)
    at.clock.now += BELIEVED_S + 1
    assert not at.is_taken(known)
    at.login.away = 0
    at.clock.now += ASK_EVERY_S
    assert at.is_taken(known)


def test_keys_elsewhere_are_not_read(published: TeamsLab, at: At) -> None:
    with TeamsLab() as elsewhere:
        keys = SigningKeys(elsewhere.openid_url, at.session, at.clock)
        with pytest.raises(KeysAway, match="forbidden"):
            keys.refresh()


# --- tokens for what the bot sends


class Got:
    def __init__(self, at: At) -> None:
        self.login, self.clock = at.login, at.clock
        self.tokens = AppTokens(at.lab.login_url, at.session, at.clock)
        self.app = App(TENANT, APP_ID, "secret of ours")


@pytest.fixture
def got(at: At) -> Got:
    return Got(at)


def test_a_token_is_kept_until_shortly_before_its_end(got: Got) -> None:
    first = got.tokens.token(got.app)
    assert got.login.tokens[first] == (TENANT, APP_ID)
    got.clock.now += 86_399 - 301
    assert got.tokens.token(got.app) == first
    got.clock.now += 2
    assert got.tokens.token(got.app) != first
    assert got.login.asked == 2


def test_a_token_that_lasts_for_a_short_time_is_kept_for_half_of_it(got: Got) -> None:
    got.login.lasts_s = 60
    first = got.tokens.token(got.app)
    got.clock.now += 29
    assert got.tokens.token(got.app) == first
    got.clock.now += 2
    assert got.tokens.token(got.app) != first


def test_a_token_that_was_not_taken_is_got_again_once(got: Got) -> None:
    first = got.tokens.token(got.app)
    second = got.tokens.token(got.app, refused=first)
    assert got.tokens.token(got.app, refused=first) == second  # another thread had sent the first meanwhile
    assert got.tokens.token(got.app) == second
    assert got.login.asked == 2


def test_whoever_waits_for_a_token_waits_no_longer_than_it_can(got: Got) -> None:
    """The login says nothing, and twelve deliveries want a token: none may hold its lane for longer than its lease."""
    found: list[ChatError] = []

    def ask() -> None:
        try:
            got.tokens.token(got.app, within_s=0.5)
        except ChatError as error:
            found.append(error)

    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        got.tokens = AppTokens(url, Session({origin(url)}, tls.context(), connections=2))
        threads = [threading.Thread(target=ask) for _ in range(12)]
        began = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert time.monotonic() - began < 5
    assert [error.kind for error in found] == ["passing"] * 12


def test_many_threads_get_one_token(got: Got) -> None:
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(got.tokens.token(got.app))) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(found) == 12
    assert len(set(found)) == got.login.asked == 1


@pytest.mark.parametrize(
    ("app", "kind", "reason"),
    [
        (App(TENANT, APP_ID, "another"), "credentials", "invalid_client"),
        (App(TENANT, OTHER_APP, "x"), "credentials", "unauthorized_client"),
        (App("no-tenant", APP_ID, "x"), "credentials", "invalid_request"),
    ],
)
def test_a_refused_login_says_why_in_words_that_hold_no_secret(got: Got, app: App, kind: str, reason: str) -> None:
    with pytest.raises(ChatError) as caught:
        got.tokens.token(app)
    assert (caught.value.kind, caught.value.reason) == (kind, reason)
    assert app.password not in repr(app)
    assert "AADSTS" not in caught.value.words


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_login_that_is_away_passes(got: Got, status: int) -> None:
    got.login.away = status
    with pytest.raises(ChatError) as caught:
        got.tokens.token(got.app)
    assert caught.value.kind == "passing"
    got.login.away = 0
    assert got.tokens.token(got.app)
