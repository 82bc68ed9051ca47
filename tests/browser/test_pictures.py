"""The pictures of docs/, taken of the running demo; `make pictures` takes them anew."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, Screen, Screens
from tests.e2e.rig import Rig

pytestmark = pytest.mark.xdist_group("browser")


def talk(screen: Screen) -> None:
    """What a newcomer sees after a minute."""
    screen.open("U0OSCAR", tour=True)
    screen.type("/webnet status rtr-fra1-001")
    expect(screen.last()).to_contain_text("10.10.0.1")
    screen.type("/webnet backup rtr-fra1-001")
    expect(screen.messages("job #163")).to_have_count(1)


def test_picture_of_the_page(bot: Rig, screens: Screens) -> None:
    oscar = screens(bot.slack)
    talk(oscar)
    oscar.page.click("#open-wire")
    expect(oscar.page.locator(".wire > li").first).to_be_visible()
    oscar.picture("page")


def test_picture_of_the_page_in_the_dark_with_the_panel(bot: Rig, screens: Screens) -> None:
    oscar = screens(bot.slack, color_scheme="dark")
    talk(oscar)
    oscar.page.click("#open-webnet")
    expect(oscar.page.locator(".jobs li").first).to_be_visible()
    oscar.picture("page-dark")


def test_picture_of_the_page_on_a_phone(bot: Rig, screens: Screens) -> None:
    oscar = screens(bot.slack, viewport=PHONE, has_touch=True, device_scale_factor=2)
    talk(oscar)
    oscar.picture("page-phone")
