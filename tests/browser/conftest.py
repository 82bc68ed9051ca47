"""A real browser before the emulated Slack's page. Without a chromium on the machine nothing here is collected."""

from __future__ import annotations

import json
import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from slack_bolt import Ack, App, Respond
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient

import main
from bot.core.notice_kinds import FLAGS
from lab.demo import furnish
from lab.slack import SlackLab
from tests.browser.kit import FORM, HOME, SHORTCUTS
from tests.conftest import CHROMIUM
from tests.e2e.rig import Rig, foreign_markup, rig

if CHROMIUM is None:
    collect_ignore_glob = ["test_*.py"]
if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
DESKTOP = {"width": 1280, "height": 800}
REMEMBER = """if (location.protocol === "http:" && !localStorage.getItem("lab.been"))
  for (const [key, value] of Object.entries({been: true, ...kept})) localStorage.setItem(`lab.${key}`, JSON.stringify(value));"""
PHONE = {"width": 390, "height": 844}


class Screen:
    """One person's page. `errors` are what the browser complained of."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self._said)

    def _said(self, said: ConsoleMessage) -> None:
        """A picture that a message names elsewhere may well be missing."""
        if said.type == "error" and said.location["url"].startswith(self.url):
            self.errors.append(f"{said.text} ({said.location['url']})")

    def open(self, user: str = "U0ALICE", team: str = "T0ACME", *, tour: bool = False, **kept: Any) -> Screen:
        """As somebody who has been here before; with the tour only where a test is about it."""
        kept = {"me": {"team": team, "user": user}, "channel": "C0NOC", "tour.closed": not tour} | kept
        self.page.add_init_script(f"const kept = {json.dumps(kept)}; {REMEMBER}")
        self.page.goto(self.url)
        self.page.locator("#log .intro").wait_for()
        return self

    def become(self, user: str) -> None:
        self.page.click("#me")
        self.page.click(f"[data-user={user}]")
        self.page.locator("#me", has_text=user.removeprefix("U0").title()).wait_for()

    def type(self, text: str) -> None:
        self.page.fill("#compose textarea", text)
        self.page.press("#compose textarea", "Enter")

    def messages(self, words: str | None = None, where: str = "#log") -> Locator:
        return self.page.locator(f"{where} .message", has_text=words)

    def last(self) -> Locator:
        return self.page.locator("#log .message").last

    def picture(self, name: str) -> None:
        """Kept in docs/pictures, rewritten only when asked for; looked at in the diff."""
        self.page.wait_for_timeout(400)  # for what fades in
        path = PICTURES / f"{name}.png"
        if os.environ.get("UPDATE_GOLDENS") == "1":
            path.parent.mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=path)
        else:
            assert len(self.page.screenshot()) > 10_000
        assert path.is_file(), f"there is no {path.name} yet; `make pictures` takes it"


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Starts Chromium once for this folder and ends it with the folder's last test. Playwright's synchronous API keeps an
    event loop running in its thread until it is stopped, and no `asyncio.run` of another folder's test would work there."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=60_000)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield launched
        launched.close()


Screens = Callable[..., Screen]
Profiles = Callable[[dict[str, Any]], list["BrowserContext"]]


@pytest.fixture(scope="package")
def profiles(browser: Browser) -> Profiles:
    """Keeps the browser profiles that no page is open in, by their options, given as JSON: a page in a profile that was used
    before costs 1.3 s of CPU, one in a new profile 2.5 to 3.4, because it has a process of its own, without fonts."""
    kept: dict[str, list[BrowserContext]] = defaultdict(list)
    return lambda options: kept[json.dumps(options, sort_keys=True)]


def with_process(profile: BrowserContext) -> BrowserContext:
    """Opens an empty page that stays: a profile's process ends with its last page."""
    profile.new_page()
    return profile


@pytest.fixture
def screens(browser: Browser, profiles: Profiles) -> Iterator[Screens]:
    """Opens a page of a lab, each in a browser profile that no other has meanwhile; at the end nobody's browser has
    complained, and no profile remembers anything."""
    opened: list[tuple[BrowserContext, list[BrowserContext], Screen]] = []

    def new(lab: SlackLab, **more: Any) -> Screen:
        options = {"viewport": DESKTOP, "locale": "en-US", "timezone_id": "UTC", **more}
        free = profiles(options)
        context = free.pop() if free else with_process(browser.new_context(**options))
        screen = Screen(context.new_page(), lab.url)
        screen.page.set_default_timeout(60_000)
        opened.append((context, free, screen))
        return screen

    yield new
    errors = [error for _, _, screen in opened for error in screen.errors]
    for context, free, screen in opened:
        screen.page.evaluate("localStorage.clear()")  # another lab may get the port, and so the origin, of this one
        screen.page.close()
        free.append(context)
    assert errors == []


@pytest.fixture
def lab() -> Iterator[SlackLab]:
    """An emulated Slack without a bot, with the shortcuts of one."""
    with SlackLab(ack_timeout_s=1.0) as started:
        started.pages.around.shortcuts = SHORTCUTS
        started.feed.listen()
        yield started


@pytest.fixture
def bot(tmp_path: Path) -> Iterator[Rig]:
    """The whole bot, with the page as the demo furnishes it."""
    often = {"poll_interval_s": 0.5, "card_interval_s": 0.2}
    webnet = {"job_seconds": 1.0, "recent": True}
    with rig(f"sqlite:///{tmp_path}/store.db", webnet=webnet, notifications=often, strict=False) as running:
        (acme,) = (workspace for workspace in running.store.workspaces.list() if workspace.customer == 1)
        running.store.channels.add(workspace=acme.id, channel_id="C0ALERTS", channel_name="alerts", flags=FLAGS)
        furnish(running.slack, running.webnet, main.hints(), main.shortcuts())
        yield running
        assert running.slack.refused == []
        # A notice mentions whoever asked, also in mrkdwn.
        assert [m for m in foreign_markup(running.slack, running.settings) if not m.startswith("<@U0")] == []


@pytest.fixture
def bolt(lab: SlackLab) -> Iterator[App]:
    """An app with a form: it refuses the name `x`, offers devices by what is typed, and says what it got."""
    app = App(client=WebClient(token="xoxb-lab-acme", base_url=lab.api_url), process_before_response=True)
    device = {"text": {"type": "plain_text", "text": "rtr-ams1-007"}, "value": "7"}

    @app.command("/webnet")
    def form(ack: Ack, command: dict[str, str], client: WebClient) -> None:
        ack()
        client.views_open(trigger_id=command["trigger_id"], view=FORM)

    @app.options("device")
    @app.options("seek")
    def devices(ack: Ack, payload: dict[str, str]) -> None:
        ack(options=[device] if "ams" in payload["value"] else [])

    @app.event("app_home_opened")
    def home(event: dict[str, str], client: WebClient) -> None:
        if event["tab"] == "home":
            client.views_publish(user_id=event["user"], view=HOME)

    @app.shortcut("command")
    def shortcut(ack: Ack, shortcut: dict[str, str], client: WebClient) -> None:
        ack()
        client.views_open(trigger_id=shortcut["trigger_id"], view=FORM)

    @app.shortcut("search")
    def search(ack: Ack, shortcut: dict[str, Any], respond: Respond) -> None:
        ack()
        respond(text=f"Looked for: {shortcut['message']['text']}")

    @app.action(re.compile("feedback|trash|inside|card|home"))
    def pressed(ack: Ack, payload: dict[str, str], client: WebClient) -> None:
        ack()
        client.chat_postMessage(channel="C0NOC", text=f"Pressed {payload['action_id']} {payload.get('value', '')}")

    @app.view("form")
    def filled(ack: Ack, view: dict[str, Any], client: WebClient) -> None:
        values = view["state"]["values"]
        if values["name"]["name"]["value"] == "x":
            ack(response_action="errors", errors={"name": "That name is too short."})
            return
        ack()
        client.chat_postMessage(channel="C0NOC", text=json.dumps(values))

    @app.action("confirmed")
    def confirmed(ack: Ack, respond: Respond) -> None:
        ack()
        respond(text="It is done.", replace_original=True)

    @app.action("pick")
    def picked(ack: Ack, respond: Respond, payload: dict[str, Any]) -> None:
        ack()
        respond(text=f"Picked {payload['selected_option']['value']}.", replace_original=False)

    handler = SocketModeHandler(app, "xapp-lab", web_client=WebClient(token="xapp-lab", base_url=lab.api_url))
    handler.connect()  # type: ignore[no-untyped-call]
    lab.wait_connected()
    yield app
    handler.close()  # type: ignore[no-untyped-call]
