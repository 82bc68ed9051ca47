"""search, diff and config from a line in Slack to what appears there, and what opens in a modal."""

from __future__ import annotations

import csv
import io
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.core.message import Button, Buttons, sentence
from bot.redaction.redactor import RULES_VERSION
from bot.slack.render import payload
from lab.slack import Message, plain
from lab.slack.view import View
from store.configs import Config
from tests.e2e.rig import Rig, answer, rig, wait_until

CANARY = {1: "acme-only-7f31", 2: "globex-only-c0de"}
ACME, GLOBEX = 1, 131  # a device of each
NAME = "rtr-fra1-001"
IOS = """hostname {name}
enable secret 9 $9$canarysecret
interface GigabitEthernet0/0
 description {canary} & <!channel>
 ip address 10.10.{n}.1 255.255.255.0
interface GigabitEthernet0/1
 shutdown
end
"""


def put(bot: Rig, device: int, text: str) -> None:
    """Into the copy, as it would have been read and redacted."""
    row = bot.webnet.store_config(device, text)
    config = Config(
        device=device,
        customer=bot.webnet.row("devices", device)["customer"],
        snapshot=row["id"],
        hash=row["hash"],
        text=bot.bot.common.redactor.config(text),
        created_at=datetime.fromisoformat(row["created_at"]),
        read_at=datetime.now(UTC),
        rules=RULES_VERSION,
    )
    bot.store.configs.put(config)


def fill(bot: Rig, many: int = 8) -> None:
    for number in range(many):
        for customer, first in ((1, ACME), (2, GLOBEX)):
            device = first + number
            name = bot.webnet.row("devices", device)["hostname"]
            put(bot, device, IOS.format(name=name, canary=CANARY[customer], n=number))


@pytest.fixture
def filled(bot: Rig) -> Rig:
    fill(bot)
    return bot


@pytest.fixture(scope="module")
def shared(module_store_url: str) -> Iterator[Rig]:
    """For questions that change nothing."""
    with rig(module_store_url) as bot:
        fill(bot)
        yield bot


def buttons(message: Message | View) -> list[str]:
    rows = (block for block in message.blocks if block["type"] == "actions")
    return [element["text"]["text"] for row in rows for element in row["elements"]]


def modal(bot: Rig, user: str, words: str, team: str = "T0ACME") -> tuple[View, str]:
    """What is open once it holds `words`, and how it reads."""

    def found() -> tuple[View, str] | None:
        view = bot.slack.open_view(user, team)
        if view is None or words not in (said := plain({"blocks": view.blocks})):
            return None
        return view, said

    return wait_until(found, f"a modal with {words!r}")


def test_a_search_shows_each_line_in_its_place(filled: Rig) -> None:
    message = filled.ask("U0VERA", 'search "10.10.3.1" address')
    said = plain(message)
    name = filled.webnet.row("devices", ACME + 3)["hostname"]
    assert message.ephemeral_to == "U0VERA"
    assert "1 line on 1 device fits" in said
    assert f"{name} · 1 line" in said
    assert " 3  interface GigabitEthernet0/0" in said
    assert "▸5   ip address 10.10.3.1" in said
    marked = [e["text"] for e in elements(message) if e.get("style") == {"bold": True}]
    assert {"10.10.3.1", "address"} <= set(marked)
    row = filled.audit(command="search")
    assert (row.status, row.text) == ("success", 'search "10.10.3.1" address')


def elements(message: Message) -> list[dict[str, Any]]:
    parts = (part for block in message.blocks if block["type"] == "rich_text" for part in block["elements"])
    return [element for part in parts for element in part["elements"]]


def hits(found: Message) -> str:
    """Without the last line: it says how fresh the copy is, which changes meanwhile."""
    return plain(found).rpartition("\nSearched ")[0]


def test_more_devices_take_the_place_of_the_first_and_keep_what_was_asked(filled: Rig) -> None:
    first = filled.ask("U0VERA", f"search regex:description {CANARY[1]}")
    assert "8 lines on 8 devices fit" in plain(first)
    assert plain(first).count(" · 1 line · ") == 5
    second = filled.click("U0VERA", first, "More devices")
    assert plain(second).count(" · 1 line · ") == 3
    back = filled.click("U0VERA", second, "Back")
    assert hits(back) == hits(first)


def test_filters_narrow_a_search_down(filled: Rig) -> None:
    name = filled.webnet.row("devices", ACME + 2)["hostname"]
    said = plain(filled.ask("U0VERA", f"search device:{name} shutdown"))
    assert f"1 line on 1 device (device:{name}) fits" in said
    assert f"1 device fits device:{name}. In all, the bot has the configs of " in said
    assert "No device here fits `vendor:cisko`. Did you mean `cisco`?" in plain(
        filled.ask("U0VERA", "search vendor:cisko shutdown")
    )


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("search a", "`a` is too little to search for"),
        ("search regex:(", "That pattern cannot be read"),
        ("search regex:.*", "fits every line"),
        (f"search {'x' * 501}", "That is too long: 501 characters, where 500 are allowed."),
        (f"diff {NAME} x", "`x` is not understood"),
        (f"config {NAME} no such section", "has no section `no such section`"),
        (f'config {NAME} "interface Loopback0"', "sections such as `interface GigabitEthernet0/0`, `interface "),
        ("config #41", "WebNet has no config of "),
        ("diff #41", "WebNet has no config of "),
        ("diff #1 99", "has only"),
        ("diff gx-edge-fra1-021", "There is no device"),
        ("config gx-edge-fra1-021", "There is no device"),
    ],
)
def test_what_does_not_fit_is_said_in_a_sentence(shared: Rig, asked: str, words: str) -> None:
    message = shared.ask("U0VERA", asked)
    assert words in plain(message)
    assert message.ephemeral_to == "U0VERA"
    assert shared.audit(text=asked).status in {"usage", "failed"}


def test_secrets_are_neither_found_nor_shown(filled: Rig) -> None:
    for asked in ("$9$canarysecret", "canarysecret", '"enable secret 9 $9$canarysecret"'):
        said = plain(filled.ask("U0VERA", f"search {asked}"))
        assert "Secrets are not in the copy that is searched, so they are never found." in said
        assert "▸" not in said
    shown = plain(filled.ask("U0VERA", f"config {NAME}"))
    assert "enable secret 9 <redacted>" in shown
    put(filled, ACME, IOS.format(name=NAME, canary="x", n=0).replace("canarysecret", "canarysecret2"))
    changed = plain(filled.ask("U0VERA", f"diff {NAME}"))
    assert "- enable secret 9 <redacted: changed>\n+ enable secret 9 <redacted: changed>" in changed
    assert "canarysecret" not in shown + changed


def test_nobody_finds_what_is_another_customers(filled: Rig) -> None:
    """Bob belongs to both customers, and Alice is an administrator: it is the workspace that decides."""
    for user, channel, team, own, other in (
        ("U0BOB", "C0NOC", "T0ACME", 1, 2),
        ("U0ALICE", "C0NOC", "T0ACME", 1, 2),
        ("U0BOB", "C0GXNOC", "T0GLOBEX", 2, 1),
    ):
        foreign = (ACME if other == 1 else GLOBEX) + 1
        hostname = filled.webnet.row("devices", foreign)["hostname"]
        assert "8 lines on 8 devices" in plain(filled.ask(user, f"search {CANARY[own]}", channel, team=team))
        for asked in (
            f"search {CANARY[other]}",
            f"search as:csv {CANARY[other]}",
            f"search regex:{CANARY[other]}",
            f"search device:{hostname} description",
            f"search device:#{foreign} description",
            f"config #{foreign}",
            f"config {hostname}",
            f"diff #{foreign}",
        ):
            said = plain(filled.ask(user, asked, channel, team=team))
            assert "▸" not in said, asked
            assert " description " not in said, asked


@pytest.mark.parametrize("leaves", ["moves", "is deleted"])
def test_a_device_that_left_a_moment_ago_shows_nothing_though_it_is_in_the_copy(filled: Rig, leaves: str) -> None:
    """`updated_at` stays here, so that the directory still knows the devices as Acme's."""
    for device in range(ACME, ACME + 6):  # more than a page of hits
        if leaves == "is deleted":
            filled.webnet.delete("devices", device)
        else:
            filled.webnet.change("devices", device, touch=False, customer=2)
    found = plain(filled.ask("U0VERA", f"search {CANARY[1]}"))
    assert "2 lines on 2 devices fit" in found
    assert NAME not in found
    left = filled.webnet.row("devices", ACME + 6)["hostname"]
    assert f"{left} · 1 line" in found
    for asked in ("diff #1", "config #1"):
        said = plain(filled.ask("U0VERA", asked))
        assert CANARY[1] not in said, asked
        assert "here" in said, asked


def test_no_copy_of_a_config_is_shown_where_webnet_cannot_say_whose_it_is(filled: Rig) -> None:
    filled.ask("U0VERA", "status #1")  # so that the caller's rights are known
    filled.webnet.fault("away", prefix="/api/v1/devices/")
    for asked in (f"search {CANARY[1]}", f"config {NAME}"):
        said = plain(filled.ask("U0VERA", asked))
        assert CANARY[1] not in said
        assert "WebNet" in said


def test_a_file_holds_no_line_of_a_device_that_left(filled: Rig) -> None:
    fill(filled, 30)
    filled.slack.world.grants["xoxb-lab-acme"].scopes += ("files:write",)
    found = filled.ask("U0VERA", f"search {CANARY[1]}")
    filled.webnet.change("devices", ACME + 25, touch=False, customer=2)
    filled.slack.click("U0VERA", found, "All as CSV").wait_for("It was sent to you as a direct message")
    (upload,) = filled.slack.files.uploads.values()
    assert upload.content is not None
    devices = {row["device"] for row in csv.DictReader(io.StringIO(upload.content.decode()))}
    assert len(devices) == 29
    assert filled.webnet.row("devices", ACME + 25)["hostname"] not in devices


def test_a_search_of_a_copy_that_is_not_whole_says_so(filled: Rig) -> None:
    devices = sum(row["customer"] == 1 for row in filled.webnet.rows("devices"))
    filled.copied()
    filled.add_unreadable()
    said = plain(filled.ask("U0VERA", "search nosuchthing"))
    assert f"; {devices} of {devices + 1} were looked at so far" in said


def test_diff_shows_the_last_change_and_older_ones_to_the_end_and_back(bot: Rig) -> None:
    for text in ("mtu 1\n", "mtu 1\n", "mtu 2\n", "mtu 3\n", "mtu 3\n", "mtu 3\n"):  # a backup stores one each time
        bot.webnet.store_config(41, text)
    last = bot.ask("U0VERA", "diff #41")
    assert "- mtu 2\n+ mtu 3" in plain(last)
    assert buttons(last) == ["Older change"]
    first = bot.click("U0VERA", last, "Older change")
    assert "- mtu 1\n+ mtu 2" in plain(first)
    assert "WebNet knows no older change of this config." in plain(first)
    assert buttons(first) == ["Newer change"]
    assert "- mtu 2\n+ mtu 3" in plain(bot.click("U0VERA", first, "Newer change"))


def test_a_config_that_never_changed_is_said_so(bot: Rig) -> None:
    for _ in range(3):
        bot.webnet.store_config(41, "mtu 1\n")
    said = plain(bot.ask("U0VERA", "diff #41"))
    assert "No change of the config of " in said
    assert "the 3 that WebNet has differ in no line that counts" in said


# -- modals


def test_a_click_shows_the_config_around_a_hit_in_a_modal(filled: Rig) -> None:
    long = (
        "".join(f"interface Vlan{n}\n description {n}\n" for n in range(200))
        + "interface Vlan4000\n ip address 10.99.0.1\n"
    )
    put(filled, ACME, f"hostname {NAME}\n{long}")
    found = filled.ask("U0VERA", "search 10.99.0.1")
    click = filled.slack.click("U0VERA", found, "Show config")
    view, said = modal(filled, "U0VERA", "10.99.0.1")
    assert "▸403   ip address 10.99.0.1" in said
    assert buttons(view) == ["First", "Back"]
    filled.slack.click("U0VERA", view, "First")
    view, said = modal(filled, "U0VERA", f"hostname {NAME}")
    assert buttons(view) == ["Next", "Last"]
    filled.slack.click("U0VERA", view, "Next")
    modal(filled, "U0VERA", "Page 2 of ")
    assert click.replies == []
    rows = wait_until(lambda: len(rows := filled.store.audit.list(limit=9)) == 4 and rows, "a row of each")
    assert [(row.command, row.way, row.channel_id) for row in rows[:3]] == [("config", "button", "C0NOC")] * 3


def test_a_modal_opens_at_once_and_is_filled_when_the_answer_is_there(store_url: str) -> None:
    with rig(store_url, workers=1, timeout_s=20.0) as bot:
        fill(bot, 1)
        found = bot.ask("U0VERA", f"search {CANARY[1]}")
        go, arrived = threading.Event(), threading.Event()

        def hold() -> None:
            arrived.set()
            assert go.wait(20)

        bot.webnet.before("GET", "/api/v1/config/devices/1/snapshots", hold)
        waiting = bot.say("U0OSCAR", "diff #1")
        assert arrived.wait(10)
        bot.slack.click("U0VERA", found, "Show config")
        modal(bot, "U0VERA", "Loading…")  # while the only worker is busy
        go.set()
        modal(bot, "U0VERA", CANARY[1])
        assert "What changed" in plain(answer(waiting))


@pytest.mark.parametrize(("user", "words"), [("U0MALLORY", "are not mapped"), ("U0GINA", "does not belong")])
def test_whoever_may_not_is_refused_in_the_modal_too(filled: Rig, user: str, words: str) -> None:
    button = Button("Press", command=f"config {NAME}", modal=True)
    said = payload(sentence("To be pressed.", Buttons((button,))))
    filled.api.call("chat.postMessage", "xoxb-lab-acme", channel="C0NOC", **said)
    filled.slack.click(user, filled.slack.wait_message("C0NOC", "To be pressed."), "Press")
    _, said = modal(filled, user, words)
    assert CANARY[1] not in said
    assert filled.audit(slack_user_id=user).status == "denied"


def test_without_a_fresh_trigger_the_answer_comes_as_a_message(filled: Rig) -> None:
    found = filled.ask("U0VERA", "search 10.10.0.1")
    filled.slack.views.trigger_valid_s = -1.0
    answer = filled.click("U0VERA", found, "Show config")
    assert CANARY[1] in plain(answer)
    assert answer.ephemeral_to == "U0VERA"
    assert filled.slack.open_view("U0VERA") is None


@pytest.mark.parametrize("visibility", ["in_channel", "ephemeral"])
def test_without_a_trigger_what_everybody_sees_is_answered_in_its_thread(store_url: str, visibility: str) -> None:
    with rig(store_url, visibility_of={"search": "in_channel", "config": visibility}) as bot:
        fill(bot, 1)
        found = bot.ask("U0VERA", f"search {CANARY[1]}")
        bot.slack.views.trigger_valid_s = -1.0

        def answered(begun: bool) -> Message:
            answer = bot.click("U0OSCAR", found, "Show config")
            private = visibility == "ephemeral"
            assert CANARY[1] in plain(answer)
            assert answer.ephemeral_to == ("U0OSCAR" if private else None)
            # What is for one person alone is shown in no thread that has not begun.
            assert answer.thread_ts == (None if private and not begun else found.ts)
            return answer

        answered(begun=False)
        bot.slack.chat("U0VERA", "I see", "C0NOC", "T0ACME", found.ts)
        answered(begun=True)


# -- files


def test_the_whole_result_is_a_file_where_slack_takes_one(filled: Rig) -> None:
    filled.slack.world.grants["xoxb-lab-acme"].scopes += ("files:write",)
    found = filled.ask("U0VERA", f"search {CANARY[1]}")
    filled.slack.click("U0VERA", found, "All as CSV").wait_for("It was sent to you as a direct message: `search.csv`")
    (upload,) = filled.slack.files.uploads.values()
    assert upload.channel == "D0VERA"
    assert upload.content is not None
    rows = list(csv.DictReader(io.StringIO(upload.content.decode())))
    assert [row["device"] for row in rows] == sorted(row["device"] for row in rows)
    assert len(rows) == 8
    assert rows[0]["text"] == f"description {CANARY[1]} & <!channel>"
    assert rows[0]["section"] == "interface GigabitEthernet0/0"
    announced, shared = filled.slack.messages("D0VERA")
    assert (announced.text, shared.thread_ts) == (f"Search: {CANARY[1]}", announced.ts)


def test_without_the_scope_for_files_none_is_offered(filled: Rig) -> None:
    found = filled.ask("U0VERA", f"search {CANARY[1]}")
    assert "More devices" in plain(found)
    assert "All as CSV" not in plain(found)


def test_where_the_scope_for_files_was_lost_the_way_to_webnet_is_shown(filled: Rig) -> None:
    grant = filled.slack.world.grants["xoxb-lab-acme"]
    before, grant.scopes = grant.scopes, (*grant.scopes, "files:write")
    found = filled.ask("U0VERA", f"search {CANARY[1]}")
    grant.scopes = before
    said = plain(filled.click("U0VERA", found, "All as CSV"))
    assert f"lacks the scope `files:write`); look in WebNet ({filled.webnet.url})" in said
    assert filled.slack.messages("D0VERA") == []


# -- the audit log


def test_the_text_of_a_search_may_be_kept_out_of_the_audit_log(store_url: str) -> None:
    with rig(store_url, store_queries=False) as bot:
        fill(bot, 1)
        for text in (
            f"search {CANARY[1]}",
            f"  SEARCH  {CANARY[1]}",
            f"search as:csv {CANARY[1]}",
            f"search ({CANARY[1]}",
        ):
            bot.ask("U0VERA", text)
            bot.ask("U0MALLORY", text)
        bot.ask("U0VERA", f"config {NAME}")
        rows = wait_until(lambda: len(rows := bot.store.audit.list(limit=50)) == 9 and rows, "all rows")
        assert not any(CANARY[1] in str(row) for row in rows if row.command == "search")
        assert {row.text for row in rows if row.command == "search"} >= {"search (14 characters)"}
        assert any(row.text == f"config {NAME}" for row in rows)
