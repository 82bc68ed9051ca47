"""The bot as a person sees it on the page."""

from __future__ import annotations

import re
from contextlib import suppress

import pytest
from playwright.sync_api import expect

import handlers
from bot.core.arguments import Kind
from store.audit import AuditRow
from tests.browser.conftest import Screens
from tests.browser.kit import share
from tests.e2e.rig import Rig, wait_until

pytestmark = pytest.mark.xdist_group("browser")
BY_FORM = [  # those that need a device, and nothing else
    command.name
    for command in handlers.discover().values()
    if [argument.kind for argument in command.arguments if argument.required] in ([Kind.device], [Kind.targets])
]
COMMANDS = [command.example for command in handlers.discover().values()]


def test_every_command_is_typed_and_answered(bot: Rig, screens: Screens) -> None:
    alice = screens(bot.slack).open("U0ALICE")
    commands = share(COMMANDS, 3)
    for number, example in enumerate(commands, 1):
        alice.type(f"/webnet {example}")
        wait_until(lambda: len(closed(bot)) == number, f"the end of {example}", 30)  # noqa: B023
        expect(alice.last()).not_to_contain_text("Working")
        expect(alice.last().locator("header")).to_contain_text("WebNet Bot")
    answers = len(commands) + any(
        each.startswith("show ") for each in commands
    )  # what devices say to that is for Alice alone
    expect(alice.messages()).to_have_count(answers)
    expect(alice.messages("failed with the error")).to_have_count(0)


def closed(bot: Rig) -> list[AuditRow]:
    """Those of what was typed, without the jobs of a deploy that follow."""
    return [row for row in bot.store.audit.list(limit=200) if row.status != "running" and row.first_id is None]


def test_a_button_is_clicked_and_a_mistyped_command_corrected(bot: Rig, screens: Screens) -> None:
    oscar = screens(bot.slack).open("U0OSCAR")
    oscar.type("/webnet status rtr-fra1-001")
    expect(oscar.last()).to_contain_text("10.10.0.1")
    oscar.last().get_by_role("button", name="Ping").click()
    expect(oscar.messages("job #163")).to_have_count(1)
    oscar.type("/webnet statsu rtr-fra1-001")
    expect(oscar.last()).to_contain_text("Did you mean status?")


def test_the_form_of_every_command_on_devices_is_filled_in_by_keyboard_alone(bot: Rig, screens: Screens) -> None:
    alice = screens(bot.slack).open("U0ALICE")
    modal, press = alice.page.locator("dialog.modal"), alice.page.keyboard.press
    option = alice.page.get_by_role("option").first

    def offered() -> bool:
        """Types until it is answered: nothing is offered before the bot has read the devices."""
        press("Control+A")
        alice.page.keyboard.type("rtr-fra1-001")
        with suppress(AssertionError):
            expect(option).to_contain_text("rtr-fra1-001", timeout=1_000)
            return True
        return False

    commands = share(BY_FORM, 2)
    for number, command in enumerate(commands, 1):
        alice.type(f"/webnet {command}")
        field = modal.locator(".block-input").first.get_by_role("combobox")
        expect(field).to_have_attribute("aria-required", "true")
        field.focus()
        press("Enter")
        wait_until(offered, "a device to choose", 30)
        press("Enter")
        press("Escape" if "many" in str(field.get_attribute("class")) else "Tab")
        modal.locator("[type=submit]").press("Enter")
        expect(modal).to_have_count(0)
        wait_until(lambda: len(closed(bot)) >= number, f"the end of {command}", 30)  # noqa: B023
    assert {row.command for row in closed(bot)} >= {*commands}


def test_a_refusal_is_seen_by_mallory_only(bot: Rig, screens: Screens) -> None:
    mallory, alice = screens(bot.slack).open("U0MALLORY"), screens(bot.slack).open("U0ALICE")
    mallory.type("/webnet status rtr-fra1-001")
    expect(mallory.last()).to_contain_text("Only visible to you")
    expect(mallory.last()).to_contain_text("not mapped")
    alice.type("/webnet status rtr-fra1-001")
    expect(alice.last()).to_contain_text("10.10.0.1")
    expect(mallory.last()).to_contain_text("10.10.0.1")
    expect(alice.messages("not mapped")).to_have_count(0)


def test_somebody_else_in_another_workspace(bot: Rig, screens: Screens) -> None:
    page = screens(bot.slack).open("U0ALICE")
    page.page.get_by_role("button", name="Globex").click()
    expect(page.page.locator("#side h2")).to_have_text("Globex")
    expect(page.page.locator("#me")).to_contain_text("Gina")
    page.type("/webnet help")
    expect(page.last()).to_contain_text("status")
    page.page.get_by_role("button", name="Acme").click()
    page.become("U0VERA")
    expect(page.page.locator("#me")).to_contain_text("viewer, Acme")


def test_a_card_changes_by_itself_and_its_end_is_a_reply_in_its_thread(bot: Rig, screens: Screens) -> None:
    oscar = screens(bot.slack).open("U0OSCAR")
    bot.webnet.hold = "running"
    oscar.type("/webnet backup rtr-fra1-001")
    card = oscar.messages("rtr-fra1-001")
    expect(card).to_contain_text("running")
    bot.webnet.hold = None
    expect(card).to_contain_text("success")
    expect(card).to_contain_text("(edited)")
    oscar.page.get_by_role("button", name="1 reply").click()
    notice = oscar.messages("success", "#panel").last
    expect(notice.locator(".mention.me")).to_have_text("@Oscar")


def test_what_is_too_long_for_a_message_opens_in_a_modal(bot: Rig, screens: Screens) -> None:
    vera = screens(bot.slack).open("U0VERA")
    vera.type("/webnet diff edge-nyc1-003")
    expect(vera.last().locator("pre").first).to_contain_text("+")
    vera.last().get_by_role("button", name="Show all").click()
    modal = vera.page.locator("dialog.modal")
    expect(modal.locator("pre").first).to_contain_text("+")
    assert vera.page.locator(".unknown").count() == 0
    vera.page.keyboard.press("Escape")
    expect(modal).to_have_count(0)


def test_every_config_is_searched_and_no_secret_shown(bot: Rig, screens: Screens) -> None:
    vera = screens(bot.slack).open("U0VERA")
    bot.copied()
    vera.type('/webnet search "ntp server"')
    expect(vera.last()).to_contain_text("rtr-fra1-001")
    expect(vera.last().locator("pre b").first).to_have_text("ntp server")
    expect(vera.last()).to_contain_text("<redacted>")


def test_the_drawer_shows_the_envelope_its_ack_and_the_calls(bot: Rig, screens: Screens) -> None:
    alice = screens(bot.slack).open("U0ALICE")
    alice.page.click("#open-wire")
    alice.type("/webnet help")
    wire = alice.page.locator(".wire > li")
    envelope = wire.filter(has_text="slash_commands")
    expect(envelope).to_contain_text("Alice in #noc: /webnet help")
    expect(envelope.locator(".verdict")).to_contain_text("ack in")
    expect(wire.filter(has_text="response_url")).to_contain_text("ok")
    envelope.locator("summary").click()
    expect(envelope.locator("pre").first).to_contain_text('"envelope_id"')


def test_the_tour_types_five_commands(bot: Rig, screens: Screens) -> None:
    page = screens(bot.slack).open("U0ALICE", tour=True)
    steps = page.page.locator(".step[data-step]")
    expect(steps).to_have_count(5)
    for at in range(5):
        steps.nth(at).click()
        expect(page.page.locator(".step.done")).to_have_count(at + 1)
        wait_until(lambda: len(bot.store.audit.list(limit=200)) > at, f"step {at} to be audited")  # noqa: B023
    expect(page.messages("not mapped")).to_have_count(1)
    page.page.get_by_role("button", name="Close the tour").click()
    expect(page.page.locator("#tour")).to_be_hidden()


def test_the_panel_breaks_a_device_and_takes_webnet_away(bot: Rig, screens: Screens) -> None:
    alice = screens(bot.slack).open("U0ALICE")
    alice.page.click("#open-webnet")
    panel = alice.page.locator("#panel")
    device = panel.get_by_label("Device")
    expect(device).to_contain_text("rtr-fra1-001")
    device.select_option(label="rtr-fra1-001")
    panel.get_by_role("button", name="Break it").click()
    expect(panel.get_by_role("button", name="Mend it")).to_be_visible()
    assert list(bot.webnet.runner.broken) == [1]
    panel.get_by_role("button", name="Take it away").click()
    expect(panel).to_contain_text("WebNet is away.")
    alice.type("/webnet ping rtr-fra1-001")
    expect(alice.last()).to_contain_text("closed the connection")
    panel.get_by_role("button", name="Bring it back").click()
    expect(panel).to_contain_text("WebNet answers.")
    alice.type("/webnet ping rtr-fra1-001")
    expect(alice.messages("job #163")).to_have_count(1)


def test_what_happens_in_webnet_is_delivered_to_the_channel_that_wants_it(bot: Rig, screens: Screens) -> None:
    alice = screens(bot.slack).open("U0ALICE", channel="C0ALERTS")
    alice.page.click("#open-webnet")
    panel = alice.page.locator("#panel")
    panel.get_by_label("Device").select_option(label="rtr-fra1-001")
    panel.get_by_role("button", name="Let the next backup fail").click()
    expect(panel.locator(".told")).to_contain_text("The next backup will fail")
    panel.get_by_role("button", name="Run a backup").click()
    expect(alice.messages("failed: Authentication to device failed")).to_have_count(1)
    panel.get_by_role("button", name="Meet it again").click()
    expect(panel.locator(".verdict-now")).to_contain_text("rtr-fra1-001 passes it now")
    expect(alice.messages("Compliance check")).to_have_count(1)  # the job of it, so that its result has been seen, too
    panel.get_by_role("button", name="Violate it").click()
    expect(alice.messages("rtr-fra1-001 violates no-telnet")).to_have_count(1)


def test_a_notice_of_drift_has_its_diff_and_is_acknowledged_by_a_click(bot: Rig, screens: Screens) -> None:
    alice = screens(bot.slack).open("U0ALICE", channel="C0ALERTS")
    bot.copied()
    alice.page.click("#open-webnet")
    panel = alice.page.locator("#panel")
    panel.get_by_label("Device").select_option(label="rtr-fra1-001")
    panel.get_by_role("button", name="Change its config").click()
    expect(panel.locator(".told")).to_contain_text("rtr-fra1-001 changed: 1 line, snapshot")
    notice = alice.messages("The config of rtr-fra1-001 changed: +")
    expect(notice.locator("pre")).to_contain_text("10.9")
    button = notice.get_by_role("button", name=re.compile("Acknowledge|1 reply")).first
    alert_came_later = "reply" in button.inner_text()
    button.click()
    if alert_came_later:
        panel.get_by_role("button", name="Acknowledge").click()
    wait_until(lambda: bot.webnet.rows("alerts")[-1]["status"] == "acknowledged", "the alert to be acknowledged")
    notice.get_by_role("button", name="Show diff").click()
    expect(alice.messages("Only visible to you").locator("pre").first).to_contain_text("10.9")
