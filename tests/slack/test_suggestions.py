"""What Slack is answered while somebody types, whatever stands in the names and in the payload."""

from __future__ import annotations

import copy
import json
import os
import random
from collections.abc import Iterator
from typing import Any

import pytest

from bot.app.slack_part import SlackPart
from bot.core.arguments import Kind
from bot.core.suggestions import Option
from bot.slack.form_view import SUGGEST
from bot.slack.suggestions import fits, option_element
from tests.e2e.rig import PEOPLE, Rig, rig, wait_until
from tests.http.odd_payloads import COMMON, ODD_JSON, VIEW, places, tracebacks

KINDS = ("device", "targets", "group", "job", "alert", "request", "user")
TYPED = (
    "",
    "r",
    "rtr-fra1",
    "rtr-frq1-001",
    "10.10.",
    "fra1",
    "site:",
    "@",
    "#1",
    "1",
    "zzz",
    "<!channel>",
    "x" * 3_000,
)
MANY = tuple(f"U1{number:03}" for number in range(60))  # so that what one may ask for in a second is no limit here
NAMES = ("<!channel> *b* `c`", "a\u202eb\x00c", "x" * 300, " a \n b ", "–", "&lt;", "ﷺ🙂")


@pytest.fixture(scope="module")
def bot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    with rig(f"sqlite:///{tmp_path_factory.mktemp('suggestions')}/store.db") as running:
        for user in PEOPLE:
            running.ask(user, "help")  # so that everybody is known
        for user in MANY:
            running.store.users.add(workspace=1, slack_user_id=user, user=4, username="vera")
        wait_until(lambda: options(running, asked(typed="rtr")), "the index of the devices")
        yield running


def asked(user: str = "U0VERA", kind: str = "device", typed: str = "", **others: Any) -> dict[str, Any]:
    payload = {
        **COMMON,
        "type": "block_suggestion",
        "action_id": SUGGEST + kind,
        "block_id": "b",
        "value": typed,
        "view": VIEW,
    }
    return copy.deepcopy(payload | {"user": {**COMMON["user"], "id": user}} | others)


def options(bot: Rig, payload: dict[str, Any]) -> list[dict[str, Any]]:
    ack = bot.bot.part(SlackPart).receive("interactive", payload, f"envelope-{random.random()}") or {}
    return list(ack.get("options", ()))


@pytest.mark.parametrize("text", NAMES, ids=lambda text: text[:4])
def test_a_hostile_name_is_shown_as_it_is_within_slacks_limits(text: str) -> None:
    element = option_element(Option(text, "#1", text))
    for shown in (element["text"], element["description"]):
        assert (shown["type"], shown["emoji"]) == ("plain_text", False)
        assert 0 < len(shown["text"]) <= 75
        assert not {"\x00", "\u202e", "\n"} & {*shown["text"]}


@pytest.mark.parametrize(
    ("value", "fitting"),
    [
        ("#1", True),
        ("site:new york", True),
        ("", False),
        (" x", False),
        ("a\nb", False),
        ("a\u202eb", False),
        ("x" * 151, False),
    ],
)
def test_a_value_that_slack_would_not_give_back_is_no_option(value: str, *, fitting: bool) -> None:
    assert fits(value) is fitting


def test_the_ack_carries_the_options(bot: Rig) -> None:
    found = wait_until(lambda: options(bot, asked(typed="rtr-fra1-001")), "options")
    assert found[0]["text"]["text"] == "rtr-fra1-001"
    assert found[0]["value"] == "#1"
    assert found[0]["description"]["text"].startswith("10.10.0.1, cisco")


@pytest.mark.parametrize(
    ("kind", "typed", "value", "label"),
    [
        ("targets", "fra1", "site:fra1", "site:fra1"),
        ("targets", "@", "@#{group}", "@{name}"),
        ("group", "", "@#{group}", "@{name}"),
        ("job", "", "{job}", "#{job} "),
        ("job", "#987654", "987654", "#987654"),
        ("alert", "", "{alert}", "#{alert} "),
        ("request", "17", "17", "#17"),
        ("user", "vera", "", "vera"),
    ],
)
def test_each_kind_offers_what_there_is(bot: Rig, kind: str, typed: str, value: str, label: str) -> None:
    group = next(row for row in bot.webnet.rows("groups") if row["customer"] == 1)
    job = max(row["id"] for row in bot.webnet.rows("jobs") if row["customer"] == 1)
    there = {"group": group["id"], "name": group["name"], "job": job, "alert": 3}

    def offered() -> bool:
        found = options(bot, asked("U0ALICE", kind, typed))
        values = {option["value"]: option["text"]["text"] for option in found}
        wanted = value.format(**there) or next(iter(values), "")
        return values.get(wanted, "").startswith(label.format(**there))

    bot.webnet.change("alerts", 3, status="open")
    wait_until(offered, f"options of the kind {kind}")


@pytest.mark.parametrize(
    "others",
    [
        {"user": "U0MALLORY"},
        {"user": "U0IVAN"},
        {"user": "U0NICK"},
        {"user": ""},
        {"team": {"id": "T0GLOBEX"}},
        {"team": {"id": "T0NOWHERE"}},
        {"team": None},
        {"kind": "sealed"},
        {"kind": "nonsense"},
        {"kind": "user", "user": "U0VERA"},
    ],
    ids=str,
)
def test_who_may_not_read_here_is_offered_nothing(bot: Rig, others: dict[str, Any]) -> None:
    payload = asked(**({"user": "U0OSCAR"} | others))
    assert options(bot, payload) == options(bot, payload) == []


def test_who_belongs_to_another_customer_is_offered_nothing(bot: Rig) -> None:
    assert options(bot, asked("U0GINA", typed="rtr")) == []


def test_everybody_sees_the_devices_of_the_workspace_alone(bot: Rig) -> None:
    names = {row["id"]: row for row in bot.webnet.rows("devices")}
    for user, team, customer in (("U0BOB", "T0ACME", 1), ("U0BOB", "T0GLOBEX", 2), ("U0GINA", "T0GLOBEX", 2)):
        body = asked(user, typed="rtr", team={"id": team}) | {"user": {"id": user, "team_id": team}}
        found = wait_until(lambda body=body: options(bot, body), "options")
        assert {names[int(option["value"][1:])]["customer"] for option in found} == {customer}


def test_whatever_a_payload_holds_nobody_sees_more_than_they_may(bot: Rig) -> None:
    """A share of the payloads that `make soak` sends, with a seed of their own."""
    chance = random.Random(int(os.environ.get("SUGGESTIONS_SEED", "5")))
    customers = {row["id"]: row["customer"] for row in bot.webnet.rows("devices")}
    rows, before = len(list(bot.store.audit.each())), bot.webnet.request_count
    offered = 0
    with tracebacks() as found:
        for _ in range(int(os.environ.get("SUGGESTIONS", "1000"))):
            payload = odd(chance)
            seen = options(bot, payload)
            offered += bool(seen)
            assert len(seen) <= 100
            for option in seen:
                assert may_see(payload, option["value"], customers), payload
    assert found == []
    assert offered
    assert len(list(bot.store.audit.each())) == rows
    assert {entry.method for entry in bot.webnet.record if entry.number > before} <= {"GET"}


def odd(chance: random.Random) -> dict[str, Any]:
    """A suggestion of one of many users, of which often one to three values are odd, missing or new."""
    user = chance.choice(MANY if chance.random() < 0.7 else [*PEOPLE, "U0MALLORY"])
    payload = asked(
        user, chance.choice(KINDS), chance.choice(TYPED), team={"id": chance.choice(("T0ACME", "T0GLOBEX"))}
    )
    for _ in range(chance.randrange(4)):
        if not payload:
            break
        node, key = chance.choice([*places(payload)])
        if chance.random() < 0.2:
            del node[key]
        else:
            node[key] = json.loads(chance.choice(ODD_JSON))
    return payload


def may_see(payload: dict[str, Any], value: str, customers: dict[int, int]) -> bool:
    """Says by the payload alone whether its user may see that option; values of other kinds than devices may be of any number."""
    team, user = payload["team"], payload["user"]
    customer = {"T0ACME": 1, "T0GLOBEX": 2}[team["id"] if isinstance(team, dict) else team]
    here = {1: {"U0ALICE", "U0OSCAR", "U0VERA", "U0BOB", *MANY}, 2: {"U0GINA", "U0BOB"}}[customer]
    device = payload["action_id"] in {f"{SUGGEST}device", f"{SUGGEST}targets"} and value.startswith("#")
    return user["id"] in here and (not device or customers[int(value[1:])] == customer)


def test_every_kind_has_its_place_in_the_forms() -> None:
    assert {*KINDS} <= {*Kind.__members__}
