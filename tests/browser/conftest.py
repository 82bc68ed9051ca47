"""A real browser before the emulated Slack's page. Without a chromium on the machine nothing here is collected."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import main
from bot.core.notice_kinds import FLAGS
from lab.demo import furnish
from lab.slack import SlackLab
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

    expect.set_options(timeout=20_000)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield launched
        launched.close()


Screens = Callable[..., Screen]


@pytest.fixture
def screens(browser: Browser) -> Iterator[Screens]:
    """Opens a page of a lab, each in a browser profile of its own; at the end nobody's browser has complained."""
    opened: list[tuple[BrowserContext, Screen]] = []

    def new(lab: SlackLab, **options: Any) -> Screen:
        context = browser.new_context(**{"viewport": DESKTOP, "locale": "en-US", "timezone_id": "UTC", **options})
        screen = Screen(context.new_page(), lab.url)
        screen.page.set_default_timeout(20_000)
        opened.append((context, screen))
        return screen

    yield new
    errors = [error for _, screen in opened for error in screen.errors]
    for context, _ in opened:
        context.close()
    assert errors == []


@pytest.fixture
def lab() -> Iterator[SlackLab]:
    """An emulated Slack without a bot."""
    with SlackLab(ack_timeout_s=1.0) as started:
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
        furnish(running.slack, running.webnet, main.hints())
        yield running
        assert running.slack.refused == []
        # A notice mentions whoever asked, also in mrkdwn.
        assert [m for m in foreign_markup(running.slack, running.settings) if not m.startswith("<@U0")] == []
