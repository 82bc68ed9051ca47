"""The page itself: Block Kit, modals, what Slack refuses, the line to the lab, small screens and the keyboard."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import expect
from slack_bolt import App
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from lab.slack import SlackLab
from tests.browser.conftest import PHONE, Screens
from tests.browser.kit import GALLERY, HOSTILE, MODAL_BLOCKS, share
from tests.golden import FOLDER

pytestmark = pytest.mark.xdist_group("browser")
Post = Callable[..., dict[str, Any]]


@pytest.fixture
def post(lab: SlackLab) -> Post:
    client = WebClient(token="xoxb-lab-acme", base_url=lab.api_url)

    def call(method: str = "chat.postMessage", **args: Any) -> dict[str, Any]:
        return dict(client.api_call(method, json={"channel": "C0NOC", "text": "t", **args}).data)

    return call


# --- Block Kit


def test_every_golden_message_renders_without_an_unknown_element(lab: SlackLab, screens: Screens, post: Post) -> None:
    alice = screens(lab).open("U0ALICE")
    shown = 0
    for path in share(sorted(FOLDER.rglob("*.json")), 3):
        for found in with_blocks(json.loads(path.read_text(encoding="utf-8"))):
            if found.get("type") in ("modal", "home"):
                alice.page.evaluate(DRAW, found["blocks"])
            else:
                post(text=found.get("text") or "t", blocks=found["blocks"])
                shown += 1
    expect(alice.messages()).to_have_count(shown)
    assert shown >= 20
    assert alice.page.locator(".unknown").all_inner_texts() == []


DRAW = "async blocks => document.body.append((await import('/page/blocks.js')).drawn(blocks))"


def with_blocks(found: Any) -> Iterator[dict[str, Any]]:
    """The messages and modals that a golden file holds, however deep."""
    blocks = found.get("blocks") if isinstance(found, dict) else None
    if isinstance(found, dict) and isinstance(blocks, list) and all(isinstance(block, dict) for block in blocks):
        yield found
    elif isinstance(found, dict | list):
        for each in found.values() if isinstance(found, dict) else found:
            yield from with_blocks(each)


def test_all_of_block_kit_renders_and_what_is_unknown_stands_in_red(
    lab: SlackLab, screens: Screens, post: Post
) -> None:
    alice = screens(lab).open("U0ALICE")
    for blocks in GALLERY:
        post(blocks=blocks)
    expect(alice.messages()).to_have_count(len(GALLERY))
    assert alice.page.locator(".unknown").all_inner_texts() == []
    assert "[object" not in alice.page.locator("#log").inner_text()
    expect(alice.page.locator("#log .markdown h3")).to_have_text("Title")
    assert alice.page.locator(".mention.me").first.evaluate("node => getComputedStyle(node).display") == "inline"
    alice.page.evaluate(DRAW, [{"type": "hologram"}, {"type": "actions", "elements": [{"type": "lever"}]}])
    assert alice.page.locator(".unknown").all_inner_texts() == ["unknown element: hologram", "unknown element: lever"]


def test_mrkdwn_reads_as_in_slack(lab: SlackLab, screens: Screens) -> None:
    alice = screens(lab).open("U0ALICE")
    cases = {
        "*bold* _it_ ~no~ `a*b*c`": "<b>bold</b> <i>it</i> <s>no</s> <code>a*b*c</code>",
        "2*3*4 snake_case_name a_b": "2*3*4 snake_case_name a_b",
        "*_both_*": "<b><i>both</i></b>",
        "&lt;b&gt; &amp;amp;": "&lt;b&gt; &amp;amp;",
        "<@U0OSCAR> <#C0NOC> <!here>": '<span class="mention">@Oscar</span> <span class="mention">#noc</span> <span class="mention me">@here</span>',
        "<javascript:alert(1)|click>": "click",
        ":white_check_mark: :nope: 10:30:45": '<span class="emoji" role="img" aria-label="white_check_mark" title=":white_check_mark:">✅</span> :nope: 10:30:45',
        "<!date^1772366400^{date_num} {time_secs}|then>": '<time title="then">2026-03-01 12:00:00 PM</time>',
        "<!date^1772366400^{nonsense}|then>": '<time title="then">then</time>',
        "&gt; said\nnot": "<blockquote>said</blockquote>not",
        "```\na *b*\n```": '<pre tabindex="0">a *b*</pre>',
        "* not bold*": "* not bold*",
    }
    script = "async t => { const d = document.createElement('div'); d.append((await import('/page/text.js')).mrkdwn(t)); return d.innerHTML; }"
    assert {text: alice.page.evaluate(script, text) for text in cases} == cases


def test_hostile_words_stay_words(lab: SlackLab, screens: Screens, post: Post) -> None:
    alice = screens(lab).open("U0ALICE")
    for words in HOSTILE:
        post(text=words)
        post(blocks=[{"type": "header", "text": {"type": "plain_text", "text": words[:150]}}])
        lab.chat("mallory", words)
    expect(alice.messages()).to_have_count(3 * len(HOSTILE))
    assert alice.page.evaluate("window.pwned === undefined")
    assert alice.page.locator("#log script, #log iframe, #log [onerror], #log a[href^=javascript]").count() == 0


# --- what changes


def test_a_message_that_is_edited_changes_before_the_eyes(lab: SlackLab, screens: Screens, post: Post) -> None:
    alice = screens(lab).open("U0ALICE")
    ts = post(text="queued")["ts"]
    expect(alice.last()).to_contain_text("queued")
    post("chat.update", ts=ts, text="running")
    expect(alice.last()).to_contain_text("running(edited)")
    post(text="done", thread_ts=ts)
    alice.page.get_by_role("button", name="1 reply").click()
    expect(alice.messages("done", "#panel")).to_have_count(1)
    alice.page.fill("#panel textarea", "thanks")
    alice.page.press("#panel textarea", "Enter")
    expect(alice.messages("thanks", "#panel")).to_have_count(1)
    expect(alice.page.locator(".replies")).to_contain_text("2 replies")
    post("chat.delete", ts=ts)
    expect(alice.messages("running")).to_have_count(0)


def test_what_came_meanwhile_is_marked_unread(lab: SlackLab, screens: Screens, post: Post) -> None:
    alice = screens(lab).open("U0ALICE")
    alerts = alice.page.locator("[data-channel=C0ALERTS]")
    expect(alerts).not_to_have_class("channel unread")
    post(channel="C0ALERTS", text="for all")
    expect(alerts).to_have_class("channel unread")
    expect(alerts.locator(".badge")).to_have_count(0)
    post(channel="C0ALERTS", text="<@U0ALICE> look")
    expect(alerts.locator(".badge")).to_have_text("1")
    post(channel="D0ALICE", text="hello")
    expect(alice.page.locator("[data-channel=D0ALICE] .badge")).to_have_text("1")
    alerts.click()
    expect(alice.last()).to_contain_text("@Alice look")
    expect(alerts.locator(".badge")).to_have_count(0)
    alice.page.reload()
    expect(alice.page.locator("[data-channel=C0ALERTS]")).not_to_have_class("channel unread")


def test_what_slack_would_refuse_stands_in_red_with_its_limit(lab: SlackLab, screens: Screens, post: Post) -> None:
    alice = screens(lab).open("U0ALICE")
    with pytest.raises(SlackApiError):
        post(blocks=[{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}])
    expect(alice.last()).to_have_class("message refused")
    expect(alice.last()).to_contain_text("invalid_blocks")
    expect(alice.last()).to_contain_text("3001 characters, at most 3000")


def test_the_page_comes_back_after_the_lab_was_away(lab: SlackLab, screens: Screens, post: Post) -> None:
    alice = screens(lab).open("U0ALICE")
    post(text="before")
    expect(alice.last()).to_contain_text("before")
    lab.stop()
    expect(alice.page.locator("#line")).to_contain_text("does not answer")
    lab.start()
    post(text="after")
    expect(alice.last()).to_contain_text("after")
    expect(alice.messages()).to_have_count(2)
    alice.errors.clear()  # the browser says that it could not connect


def test_no_bot_is_said_and_a_command_then_fails_as_in_slack(lab: SlackLab, screens: Screens) -> None:
    alice = screens(lab).open("U0ALICE")
    expect(alice.page.locator("#line")).to_have_text("No bot is connected")
    alice.type("/webnet help")
    expect(alice.last()).to_contain_text("Slackbot")
    expect(alice.last()).to_contain_text("dispatch_failed")


# --- forms


def test_a_modal_is_filled_refused_mended_and_taken(lab: SlackLab, screens: Screens, bolt: App) -> None:
    alice = screens(lab).open("U0ALICE")
    alice.type("/webnet form")
    modal = alice.page.locator("dialog.modal")
    expect(modal).to_contain_text("A form")
    assert alice.page.locator("dialog .unknown").all_inner_texts() == []
    modal.get_by_role("button", name="Save").click()
    expect(modal.locator("[data-block=name] .error")).to_have_text("Please complete this required field.")
    modal.get_by_label("Name").fill("x")
    modal.get_by_role("combobox", name="Device").click()
    alice.page.get_by_role("combobox", name="Filter Device").fill("ams")
    alice.page.get_by_role("option", name="rtr-ams1-007").click()
    modal.get_by_text("Second", exact=True).click()
    modal.get_by_label("Day").fill("2026-12-24")
    modal.get_by_role("button", name="Save").click()
    expect(modal.locator("[data-block=name] .error")).to_have_text("That name is too short.")
    expect(modal.get_by_label("Day")).to_have_value("2026-12-24")
    modal.get_by_label("Name").fill("long enough")
    modal.get_by_role("button", name="Save").click()
    expect(modal).to_have_count(0)
    expect(alice.last()).to_contain_text("long enough")
    (filled,) = [json.loads(message.text) for message in lab.messages("C0NOC") if message.text.startswith("{")]
    assert filled["device"]["device"]["selected_option"]["value"] == "7"
    assert [each["value"] for each in filled["ticks"]["ticks"]["selected_options"]] == ["2"]
    assert filled["day"]["day"] == {"type": "datepicker", "selected_date": "2026-12-24"}


def test_a_menu_acts_at_once_and_a_confirm_asks_first(lab: SlackLab, screens: Screens, bolt: App, post: Post) -> None:
    alice = screens(lab).open("U0ALICE")
    post(blocks=MODAL_BLOCKS)
    alice.page.get_by_role("button", name="Delete").click()
    dialog = alice.page.locator("dialog")
    expect(dialog).to_contain_text("Are you sure?")
    alice.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    alice.page.get_by_role("combobox", name="Pick one").click()
    alice.page.keyboard.type("tw")
    alice.page.keyboard.press("Enter")
    expect(alice.last()).to_contain_text("Picked 2.")
    alice.page.get_by_role("button", name="Delete").click()
    dialog.get_by_role("button", name="Yes").click()
    expect(alice.messages("It is done.")).to_have_count(1)


# --- everybody


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_one_thing_at_a_time(lab: SlackLab, screens: Screens, post: Post, scheme: str) -> None:
    alice = screens(lab, viewport=PHONE, color_scheme=scheme, has_touch=True).open("U0ALICE")
    for blocks in GALLERY:
        post(blocks=blocks)
    expect(alice.messages()).to_have_count(len(GALLERY))
    width = "() => Math.max(document.documentElement.scrollWidth, document.getElementById('log').scrollWidth)"
    assert alice.page.evaluate(width) <= PHONE["width"]
    lines = "(small) => { const words = document.createRange(); words.selectNodeContents(small); return words.getClientRects().length; }"
    assert alice.page.locator(".plan-head small").evaluate(lines) == 1
    expect(alice.page.locator("#side")).to_be_hidden()
    alice.page.get_by_role("button", name="Channels").click()
    alice.page.locator("[data-channel=C0ALERTS]").click()
    expect(alice.page.locator("#channel-head")).to_contain_text("alerts")
    expect(alice.page.locator("#side")).to_be_hidden()
    alice.page.click("#open-wire")
    expect(alice.page.locator("#panel")).to_be_visible()
    assert alice.page.evaluate(width) <= PHONE["width"]


def test_the_keyboard_alone_is_enough(lab: SlackLab, screens: Screens, post: Post) -> None:
    lab.pages.around.hints = [{"usage": "status <device>", "summary": "Shows a device.", "example": "status r1"}]
    alice = screens(lab).open("U0ALICE")
    press = alice.page.keyboard.press
    press("/")
    alice.page.keyboard.type("webn")
    expect(alice.page.get_by_role("option", name="/webnet status")).to_be_visible()
    press("Tab")
    expect(alice.page.locator("#compose textarea")).to_have_value("/webnet status ")
    expect(alice.page.locator("#compose .usage")).to_contain_text("Shows a device.")
    alice.page.keyboard.type("r1")
    press("Enter")
    expect(alice.last()).to_contain_text("dispatch_failed")
    press("ArrowUp")
    expect(alice.page.locator("#compose textarea")).to_have_value("/webnet status r1")
    press("Alt+ArrowDown")
    expect(alice.page.locator("#channel-head")).to_contain_text("alerts")
    alice.page.focus("#me")
    press("Enter")
    press("ArrowDown")
    press("Enter")
    expect(alice.page.locator("#me")).to_contain_text("Oscar")
    alice.page.focus("#open-wire")
    press("Enter")
    expect(alice.page.locator("#panel")).to_be_visible()
    press("Escape")
    expect(alice.page.locator("#panel")).to_be_hidden()


def test_five_hundred_messages_are_kept_and_the_oldest_goes(lab: SlackLab, screens: Screens) -> None:
    for number in range(500):
        lab.chat("oscar", f"line {number:03}")
    alice = screens(lab).open("U0ALICE")
    expect(alice.messages()).to_have_count(500)
    expect(alice.last()).to_be_in_viewport()
    lab.chat("oscar", "one more")
    expect(alice.last()).to_contain_text("one more")
    expect(alice.messages()).to_have_count(500)
    expect(alice.messages("line 000")).to_have_count(0)
