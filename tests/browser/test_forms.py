"""Forms, tables, folds, shortcuts and the home tab, by the keyboard alone."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from slack_bolt import App
from slack_sdk import WebClient

from lab.slack import SlackLab
from tests.browser.conftest import Screen, Screens
from tests.browser.kit import ALERTS, DATA_TABLE, FEEDBACK, FOLD

pytestmark = pytest.mark.xdist_group("browser")
NAMED = """() => {
  const at = document.activeElement, label = at.closest("label");
  return at.getAttribute("aria-label") || (label ? label.textContent : at.textContent);
}"""


def reach(page: Page, name: str) -> None:
    """Presses Tab until what has the focus has this name; the first field of a form has it from the start."""
    for _ in range(60):
        if page.evaluate(NAMED).strip() == name:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not reach {name!r}")


def choose(page: Page, label: str, *typed: str, several: bool = False) -> None:
    """Opens a menu, types, and takes what stands first; where several can be chosen, until Escape."""
    reach(page, label)
    page.keyboard.press("Enter")
    search = page.get_by_role("combobox", name=f"Filter {label}")
    for words in typed:
        search.fill("")
        page.keyboard.type(words)
        expect(page.get_by_role("option", name=words)).to_have_count(1)
        page.keyboard.press("Enter")
    if several:
        page.keyboard.press("Escape")
    expect(search).to_have_count(0)


@pytest.fixture
def alice(lab: SlackLab, screens: Screens, bolt: App) -> Screen:
    return screens(lab).open("U0ALICE")


def say(lab: SlackLab, *blocks: dict[str, Any]) -> None:
    client = WebClient(token="xoxb-lab-acme", base_url=lab.api_url)
    client.chat_postMessage(channel="C0NOC", text="t", blocks=blocks)


def edit(lab: SlackLab, *more: dict[str, Any]) -> None:
    """Edits the one message of the channel, which gets these blocks besides."""
    (message,) = lab.messages("C0NOC")
    client = WebClient(token="xoxb-lab-acme", base_url=lab.api_url)
    client.chat_update(channel="C0NOC", ts=message.ts, text="t", blocks=[*message.blocks, *more])


def test_each_kind_of_field_is_filled_in_by_keyboard_alone(lab: SlackLab, alice: Screen) -> None:
    page, keyboard = alice.page, alice.page.keyboard
    keyboard.press("/")
    keyboard.type("webnet form\n")
    modal = page.locator("dialog.modal")
    expect(modal.get_by_label("Name")).to_be_focused()
    keyboard.type("Alice")
    choose(page, "Device", "ams")
    reach(page, "Second")
    keyboard.press("Space")
    reach(page, "One")
    keyboard.press("Space")
    keyboard.press("ArrowDown")
    for label, typed in (("Day", "12242026"), ("Time", "0930AM"), ("Mail", "a@b.de"), ("Address", "https://b.de")):
        reach(page, label)
        keyboard.type(typed)
    reach(page, "Count")
    keyboard.type("0")
    choose(page, "Many", "One", "Two", several=True)
    many = modal.get_by_role("combobox", name="Many", exact=True)
    expect(many).to_be_focused()  # Escape closed the menu alone
    expect(many).to_contain_text("OneTwo")
    keyboard.press("ArrowDown")
    keyboard.press("Backspace")
    keyboard.press("Tab")
    expect(page.locator(".popup")).to_have_count(0)
    expect(many).not_to_contain_text("Two")
    choose(page, "Who", "Vera", several=True)
    choose(page, "Where", "alerts", several=True)
    choose(page, "Seek", "ams", several=True)
    reach(page, "Choice")
    keyboard.press("ArrowDown")
    expect(page.get_by_role("group", name="Numbers").get_by_role("option")).to_have_count(2)
    expect(page.get_by_role("status").filter(has_text="options")).to_have_text("2 options")
    keyboard.type("tw")
    keyboard.press("Enter")
    reach(page, "Moment")
    keyboard.type("12242026")
    keyboard.press("Tab")  # from the day to the time
    keyboard.type("0930AM")
    reach(page, "Notes")
    keyboard.type("line")
    expect(modal.get_by_label("Notes")).to_have_accessible_description("Everybody sees it.")
    reach(page, "Save")
    keyboard.press("Enter")
    expect(modal.locator("[data-block=count] .error")).to_have_text("This must be at least 1.")
    count = modal.get_by_label("Count")
    expect(count).to_be_focused()
    expect(count).to_have_attribute("aria-invalid", "true")
    keyboard.press("Control+A")
    keyboard.type("5")
    keyboard.press("Enter")
    expect(modal).to_have_count(0)
    expect(alice.last()).to_contain_text("rtr-ams1-007")
    assert picked(lab) == {
        "name": "Alice",
        "device": "7",
        "ticks": ["2"],
        "radio": "2",
        "day": "2026-12-24",
        "time": "09:30",
        "mail": "a@b.de",
        "url": "https://b.de",
        "count": "5",
        "many": ["1"],
        "who": ["U0BOB", "U0VERA"],
        "where": ["C0ALERTS"],
        "talk": [],
        "seek": ["7"],
        "choice": "2",
        "moment": 1_798_104_600,
        "notes": "line",
    }


def picked(lab: SlackLab) -> dict[str, Any]:
    """What the app was handed, by field: the value of an option for the option."""
    (values,) = [json.loads(message.text) for message in lab.messages("C0NOC") if message.text.startswith("{")]
    return {name: bare(held) for name, fields in values.items() for held in fields.values()}


def bare(held: dict[str, Any]) -> Any:
    (content,) = (value for key, value in held.items() if key != "type")
    options = content if isinstance(content, list) else [content]
    values = [one["value"] if isinstance(one, dict) else one for one in options]
    return values if isinstance(content, list) else values[0]


def test_a_table_sorts_by_number_and_by_name_and_turns_its_pages(lab: SlackLab, alice: Screen) -> None:
    say(lab, DATA_TABLE)
    page, rows = alice.page, alice.last().locator("tbody tr")
    expect(rows).to_have_count(5)
    reach(page, "ms")
    page.keyboard.press("Enter")
    expect(rows.first).to_have_text("rtr-1139")
    expect(alice.last().locator("th[aria-sort=ascending]")).to_have_text("ms")
    page.keyboard.press("Enter")
    expect(rows.first).to_have_text("rtr-050")
    reach(page, "Next rows of Answers of the routers")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(rows).to_have_count(2)
    expect(alice.last().get_by_role("status")).to_have_text("11 to 12 of 12")
    expect(alice.last().get_by_role("rowheader")).to_have_text(["rtr-10", "rtr-11"])


def test_a_fold_opens_keeps_open_and_what_is_in_it_acts(lab: SlackLab, alice: Screen) -> None:
    say(lab, *ALERTS, FOLD, FEEDBACK)
    inside = alice.page.get_by_role("button", name="Inside")
    expect(inside).to_be_hidden()
    summary = alice.page.locator("summary").first
    summary.focus()
    edit(lab)
    expect(alice.last()).to_contain_text("(edited)")
    expect(summary).to_be_focused()
    alice.page.keyboard.press("Enter")
    expect(inside).to_be_visible()
    edit(lab, {"type": "section", "text": {"type": "mrkdwn", "text": "Edited again."}})
    expect(alice.last()).to_contain_text("Edited again.")
    expect(inside).to_be_visible()
    inside.press("Enter")
    expect(alice.messages("Pressed inside")).to_have_count(1)
    alice.page.get_by_role("button", name="Good").press("Enter")
    expect(alice.messages("Pressed feedback positive")).to_have_count(1)
    expect(alice.page.get_by_role("note", name="Warning")).to_have_text("This is warning.")
    alice.become("U0VERA")
    expect(alice.page.get_by_role("button", name="Bad")).to_have_count(1)
    expect(alice.page.get_by_role("button", name="Delete")).to_have_count(0)


def test_shortcuts_are_used_by_keyboard_alone(lab: SlackLab, alice: Screen) -> None:
    lab.chat("oscar", "rtr-fra1-001 is down")
    page, press = alice.page, alice.page.keyboard.press
    expect(alice.last()).to_contain_text("is down")
    page.locator("#log").focus()
    press("ArrowUp")
    expect(alice.last()).to_be_focused()
    reach(page, "More actions")
    press("Enter")
    expect(page.get_by_role("menuitem")).to_contain_text("Search configs for this")
    press("Enter")
    expect(alice.last()).to_contain_text("Looked for: rtr-fra1-001 is down")
    reach(page, "Shortcuts")
    press("Enter")
    press("Enter")
    expect(page.locator("dialog.modal")).to_contain_text("A form")
    expect(page.locator(".popup")).to_have_count(0)


def test_the_home_tab_shows_what_the_app_publishes_to_this_person(lab: SlackLab, alice: Screen) -> None:
    page = alice.page
    page.locator("[data-channel=D0ALICE]").press("Enter")
    page.get_by_role("tab", name="Messages").focus()
    page.keyboard.press("ArrowLeft")
    home = page.get_by_role("tabpanel", name="Home")
    expect(home).to_contain_text("Alice, admin")
    expect(page.locator("#compose")).to_be_hidden()
    home.get_by_role("button", name="Jobs").press("Enter")
    alice.page.locator("[data-channel=C0NOC]").click()
    expect(home).to_be_hidden()
    expect(alice.last()).to_contain_text("Pressed home jobs")
