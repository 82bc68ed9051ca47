"""axe, the rules of accessibility, over every state of the page: light and dark, on a desk and on a phone."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from slack_bolt import App
from slack_sdk import WebClient

from lab.demo import furnish
from lab.slack import SlackLab
from lab.webnet import WebNetLab
from tests.browser.conftest import DESKTOP, PHONE, Screen, Screens
from tests.browser.kit import FORM, GALLERY

pytestmark = pytest.mark.xdist_group("browser")

HINTS = [{"usage": "status <device>", "summary": "Look", "example": "status r"}] + [
    {"usage": each, "summary": "Do", "example": each} for each in ("backup", "search", "diff", "jobs", "help")
]
FORM_OF = {"type": "button", "action_id": "form", "text": {"type": "plain_text", "text": "A form"}}
State = Callable[[Screen], None]


def tour(screen: Screen) -> None:
    screen.page.locator("#tour .step").first.wait_for()


def completions(screen: Screen) -> None:
    screen.page.fill("#compose textarea", "/web")
    screen.page.press("#compose textarea", "ArrowDown")


def who_you_are(screen: Screen) -> None:
    """On a phone with the drawer open."""
    side(screen)
    screen.page.click("#me")


def side(screen: Screen) -> None:
    menu = screen.page.get_by_role("button", name="Channels", exact=True)
    if menu.is_visible():
        menu.click()


def wire(screen: Screen) -> None:
    screen.page.click("#open-wire")
    screen.page.locator(".wire summary").first.click()


def webnet(screen: Screen) -> None:
    screen.page.click("#open-webnet")
    screen.page.locator(".webnet .jobs li").first.wait_for()


def thread(screen: Screen) -> None:
    screen.page.get_by_role("button", name="1 reply").first.click()


def menu(screen: Screen) -> None:
    screen.page.get_by_role("combobox", name="Pick one").last.click()
    screen.page.locator(".popup [role=option]").first.wait_for()


def dots(screen: Screen) -> None:
    screen.page.locator(".button.dots").last.click()


def question(screen: Screen) -> None:
    screen.page.get_by_role("button", name="Delete").last.click()


def form(screen: Screen) -> None:
    screen.page.get_by_role("button", name="A form").last.click()
    screen.page.locator("dialog").get_by_role("button", name="Save").click()
    screen.page.locator(".block-input.wrong").wait_for()


def close_form(screen: Screen) -> None:
    """An open form stays open when the page is loaded again, and nothing shows through it."""
    if screen.page.locator("dialog.modal").is_visible():
        screen.page.get_by_role("button", name="Close", exact=True).click()
        screen.page.locator("dialog.modal").wait_for(state="hidden")


def menu_in_form(screen: Screen) -> None:
    form(screen)
    screen.page.locator("dialog").get_by_role("combobox", name="Device").click()
    screen.page.keyboard.type("ams")
    screen.page.get_by_role("option", name="rtr-ams1-007").wait_for()


def shortcuts(screen: Screen) -> None:
    """With a container unfolded and a table sorted."""
    screen.page.locator("details.container summary").click()
    screen.page.get_by_role("button", name="device", exact=True).last.click()
    screen.page.locator("#compose").get_by_role("button", name="Shortcuts").click()


def home(screen: Screen) -> None:
    side(screen)
    screen.page.locator("[data-channel=D0ALICE]").click()
    screen.page.get_by_role("tab", name="Home").click()
    screen.page.get_by_role("button", name="Jobs").wait_for()


STATES: tuple[State, ...] = (
    tour, completions, who_you_are, wire, webnet, thread, menu, dots, question, form, menu_in_form, shortcuts,
    home,
)  # fmt: skip


@pytest.fixture
def around(lab: SlackLab, bolt: App) -> Any:
    """The page as the demo furnishes it, with all of Block Kit, a thread, and an app that has a form."""

    @bolt.action("form")
    def opened(ack: Any, body: dict[str, Any], client: WebClient) -> None:
        ack()
        client.views_open(trigger_id=body["trigger_id"], view=FORM)

    with WebNetLab(recent=True) as simulated:
        furnish(lab, simulated, HINTS)
        client = WebClient(token="xoxb-lab-acme", base_url=lab.api_url)
        for blocks in [*GALLERY, [{"type": "actions", "elements": [FORM_OF]}]]:
            posted = client.chat_postMessage(channel="C0NOC", text="t", blocks=blocks)
        client.chat_postMessage(channel="C0NOC", text="a reply", thread_ts=posted["ts"])
        yield lab


EVERY_RULE = {  # that one is an experiment of axe's
    "resultTypes": ["violations"],
    "rules": {"label-content-name-mismatch": {"enabled": True}},
}


@pytest.mark.timeout(300)  # a look at one state takes a second or two, and several on a busy machine
@pytest.mark.parametrize(("size", "scheme"), [(DESKTOP, "light"), (PHONE, "dark")], ids=["desk-light", "phone-dark"])
def test_axe_has_nothing_to_say_of_any_state(around: SlackLab, screens: Screens, size: Any, scheme: str) -> None:
    """In `make test` axe looks at half of the states, each in one of the two ways, and at what stands above the newest messages
    with the first state alone; in `make test-browser` at everything each time."""
    every = "EVERY_LOOK" in os.environ
    found, looked_at = [], STATES if every else STATES[scheme == "dark" :: 4]
    screen = screens(around, viewport=size, color_scheme=scheme, reduced_motion="reduce").open(tour=True)
    for state in looked_at:
        screen.page.evaluate("localStorage.setItem('lab.panel', 'null')")
        screen.page.reload()
        screen.last().wait_for()
        state(screen)
        without = {} if every or state is looked_at[0] else {"exclude": [[".rows .message:not(:nth-last-child(-n+4))"]]}
        for each in Axe().run(screen.page, without or None, EVERY_RULE).response["violations"]:
            found += [f"{state.__name__}: {each['id']} {node['html'][:120]}" for node in each["nodes"]]
        close_form(screen)
    assert "\n".join(found) == ""


@pytest.mark.parametrize("width", [1280, 1440, 390])
def test_every_card_of_the_tour_can_be_seen(around: SlackLab, screens: Screens, width: int) -> None:
    screen = screens(around, viewport={"width": width, "height": 844}).open(tour=True)
    cards = screen.page.locator("#tour .step")
    expect(cards).to_have_count(6)
    for at in range(6):
        box = cards.nth(at).bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert box["y"] + box["height"] <= 844
    assert cards.last.inner_text().startswith("Then break something")


def test_what_was_made_to_happen_in_webnet_is_said_in_sight_and_its_jobs_can_be_clicked(
    around: SlackLab, screens: Screens
) -> None:
    screen = screens(around, viewport={"width": 1280, "height": 600}).open()
    webnet(screen)
    screen.page.get_by_role("button", name="Let the next backup fail").click()
    said = screen.page.locator(".told")
    expect(said).to_have_text("The next backup will fail. Start one, such as with /webnet backup.")
    expect(said).to_be_in_viewport(ratio=1)
    screen.page.get_by_role("button", name="Hold the jobs").click()
    expect(screen.page.get_by_role("button", name="Let the jobs go")).to_be_visible()
    screen.page.get_by_role("button", name="Run a backup").click()
    job = screen.page.locator(".jobs li").first
    expect(job).to_contain_text("queued")
    job.get_by_role("button").first.click()
    expect(screen.page.locator("dialog.modal")).to_be_visible()  # what the app does when the command arrives


def test_the_drawer_of_a_phone_closes_when_somebody_else_is_chosen(around: SlackLab, screens: Screens) -> None:
    screen = screens(around, viewport=PHONE).open()
    who_you_are(screen)
    screen.page.click("[data-user=U0OSCAR]")
    expect(screen.page.locator("#me")).not_to_be_in_viewport()
