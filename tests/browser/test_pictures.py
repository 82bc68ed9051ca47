"""The pictures of docs/, taken of the running bot; `make pictures` takes them again."""

from __future__ import annotations

import os

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, Screens
from tests.e2e.rig import Rig

pytestmark = [
    pytest.mark.xdist_group("browser"),
    pytest.mark.skipif(
        not {"EVERY_LOOK", "UPDATE_GOLDENS"} & {*os.environ}, reason="`make test-browser` takes the pictures"
    ),
]


def test_picture_of_a_backup_and_a_search_with_the_wire(bot: Rig, screens: Screens) -> None:
    oscar = screens(bot.slack).open("U0OSCAR")
    bot.copied()
    oscar.page.click("#open-wire")
    oscar.type("/webnet backup rtr-fra1-001")
    expect(oscar.page.get_by_role("button", name="1 reply")).to_be_visible()
    oscar.type('/webnet search device:rtr-fra1-001 "ntp server"')
    expect(oscar.last()).to_contain_text("<redacted>")
    oscar.picture("page")


def test_picture_of_notices_in_the_dark_with_the_panel(bot: Rig, screens: Screens) -> None:
    alice = screens(bot.slack, color_scheme="dark").open("U0ALICE", channel="C0ALERTS")
    alice.page.click("#open-webnet")
    panel = alice.page.locator("#panel")
    panel.get_by_label("Device").select_option(label="rtr-fra1-013")
    panel.get_by_role("button", name="Meet it again").click()
    expect(alice.messages("Compliance check")).to_have_count(1)
    panel.get_by_role("button", name="Violate it").click()
    expect(alice.messages("violates")).to_have_count(1)
    bot.copied()
    panel.get_by_role("button", name="Change its config").click()
    expect(alice.messages("The config of rtr-fra1-013 changed: +")).to_have_count(1)
    alice.picture("page-dark")


def test_picture_of_the_tour_on_a_phone(bot: Rig, screens: Screens) -> None:
    alice = screens(bot.slack, viewport=PHONE, has_touch=True, device_scale_factor=2).open("U0ALICE", tour=True)
    alice.type("/webnet status rtr-fra1-001")
    expect(alice.last()).to_contain_text("10.10.0.1")
    alice.picture("page-phone")
