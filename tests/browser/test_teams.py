"""The page of the emulated Teams in a browser: a member writes, presses and fills in, and reads what the bot says; each page leads to the
other chat's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from lab.teams import TeamsLab
from tests.browser.conftest import PHONE, Screens
from tests.teams.rig import Both, both

pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    with TeamsLab() as lab, both(lab, tmp_path_factory.mktemp("teams")) as made:
        lab.bot_url, lab.page.slack_url = f"{made.url}/api/messages", made.rig.slack.url
        made.rig.slack.pages.around.teams_url = lab.url
        yield made


def write(page: Page, text: str) -> None:
    page.fill("#text", text)
    page.press("#text", "Enter")


def test_a_member_writes_presses_and_fills_in(running: Both, screens: Screens) -> None:
    page = screens(running.lab).page
    page.goto(running.lab.url)
    write(page, "status rtr-fra1-001")
    status = page.locator(".message", has_text="10.10.0.1")
    status.get_by_role("button", name="Ping").click()
    expect(page.locator("#side .badge")).to_be_visible()  # Vera may not, which she alone is to read
    page.select_option("#me", label="Oscar Operator")
    page.locator(".step", has_text="Fill in a form").click()
    page.locator("#log").get_by_role("button", name="Fill in").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Devices").fill("rtr-fra1-001")
    form.get_by_role("button", name="Send").click()
    expect(page.locator(".message", has_text="Ping of rtr-fra1-001").first).to_be_visible()
    page.locator("#chats a", has_text="Slack").click()
    expect(page.locator("#top h1")).to_have_text("Emulated Slack")
    page.locator("#chats a", has_text="Teams").click()
    expect(page.locator("#top h1")).to_have_text("Emulated Teams")


def test_a_dialog_that_is_closed_leads_back_to_its_button_and_nothing_is_sent_without_words(
    running: Both, screens: Screens
) -> None:
    page = screens(running.lab).page
    page.goto(running.lab.url)
    page.select_option("#me", label="Oscar Operator")
    page.locator("#side .channel", has_text="WebNet Bot").click()
    send = page.get_by_role("button", name="Send")
    expect(send).to_be_disabled()
    expect(page.locator(".step").first).to_be_visible()
    buttons = page.locator("#log").get_by_role("button", name="Fill in")
    before = buttons.count()
    page.fill("#text", "ping")
    expect(send).to_be_enabled()
    send.click()
    expect(send).to_be_disabled()
    expect(buttons).to_have_count(before + 1)
    opens = buttons.last
    for close in (lambda: page.keyboard.press("Escape"), lambda: page.get_by_role("button", name="Cancel").click()):
        opens.click()
        expect(page.get_by_role("dialog")).to_be_visible()
        close()
        expect(opens).to_be_focused()
    elsewhere = screens(running.lab).page
    elsewhere.goto(running.lab.url)
    elsewhere.select_option("#me", label="Oscar Operator")
    elsewhere.locator("#side .channel", has_text="WebNet Bot").click()
    write(elsewhere, "status rtr-fra1-002")
    expect(page.locator(".message", has_text="10.10.0.2")).to_be_visible()
    expect(opens).to_be_focused()


def test_a_phone_shows_that_something_was_answered_in_another_chat(running: Both, screens: Screens) -> None:
    page = screens(running.lab, viewport=PHONE).page
    page.goto(running.lab.url)
    menu = page.locator("#open-side")
    menu.click()
    page.select_option("#me", label="Vera Viewer")
    menu.click()
    page.locator("#side .channel", has_text="WebNet Bot").click()  # what is there is read
    menu.click()
    page.locator("#side .channel").first.click()
    expect(menu).to_have_accessible_name("Channels")
    write(page, "mine")  # answered to her alone
    expect(menu).to_have_accessible_name("Channels, 1 unread")


def test_axe_has_nothing_to_say_of_the_page_on_a_phone_in_the_dark(running: Both, screens: Screens) -> None:
    page = screens(running.lab, viewport=PHONE, color_scheme="dark", reduced_motion="reduce").page
    page.goto(running.lab.url)
    page.click("#open-side")
    page.select_option("#me", label="Oscar Operator")
    page.click("#open-side")
    page.locator("#side .channel", has_text="WebNet Bot").click()
    write(page, "ping")
    page.locator("#log").get_by_role("button", name="Fill in").last.click()
    for state in (page.get_by_role("dialog"), page.locator("#tour")):
        expect(state).to_be_visible()
        found = Axe().run(page).response["violations"]
        assert [f"{each['id']} {node['html'][:120]}" for each in found for node in each["nodes"]] == []
        if page.get_by_role("dialog").is_visible():
            page.get_by_role("button", name="Cancel").click()
