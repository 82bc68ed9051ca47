"""The emulated Slack's page in a browser: weight, first paint, first answer, and scrolling 500 messages.

It needs a chromium."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright
from rich.table import Table

from benchmarks.kit import Effort, spread, table
from lab.slack import SlackLab
from tests.conftest import CHROMIUM

ROOT = Path(__file__).parents[1]
MESSAGES = 500
PAINT = "() => performance.getEntriesByType('paint').find(e => e.name === 'first-contentful-paint').startTime"
WEIGHT = """() => performance.getEntriesByType('resource').concat(performance.getEntriesByType('navigation'))
    .filter(e => e.name.includes('/page/') || e.entryType === 'navigation').reduce((sum, e) => sum + e.decodedBodySize, 0)"""
SCROLL = """() => new Promise(done => {
    const log = document.getElementById('log'), frames = []; let last = performance.now(); log.scrollTop = log.scrollHeight;
    const step = now => { frames.push(now - last); last = now; log.scrollTop -= 400;
        if (log.scrollTop > 0 && frames.length < 120) requestAnimationFrame(step); else done(frames.slice(1)); };
    requestAnimationFrame(step);
})"""
BLOCKS = [
    {"type": "section", "fields": [{"type": "mrkdwn", "text": f"*Field {n}*\n`value {n}`"} for n in range(6)]},
    {"type": "actions", "elements": [{"type": "button", "text": {"type": "plain_text", "text": "Ping"}, "value": "x"}]},
]


def opened(browser: Browser, url: str) -> Page:
    page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
    page.goto(url)
    page.locator("#log .intro").wait_for()
    return page


@contextmanager
def demo() -> Iterator[tuple[str, float]]:
    """Returns the page's address, and the seconds until the program printed it."""
    started = time.monotonic()
    command = [sys.executable, "main.py", "demo", "--webnet-port", "0", "--slack-port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603  # our own words
        assert process.stdout
        try:
            address = next(found for line in process.stdout if (found := re.search(r"Open +(http://\S+)", line)))
            yield address[1], time.monotonic() - started
        finally:
            process.send_signal(signal.SIGINT)


def first_answers(browser: Browser, rounds: int) -> dict[str, list[float]]:
    """Measures the time from typing `demo` to its page's address, to the first paint, and from Enter to the answer."""
    found: dict[str, list[float]] = {"demo to its address, s": [], "first paint, ms": [], "Enter to answer, ms": []}
    for _ in range(rounds):
        with demo() as (url, seconds):
            page = opened(browser, url)
            found["demo to its address, s"].append(seconds)
            found["first paint, ms"].append(page.evaluate(PAINT))
            page.fill("#compose textarea", "/webnet status rtr-fra1-001")
            asked = time.monotonic()
            page.press("#compose textarea", "Enter")
            page.locator("#log .message", has_text="10.10.0.1").wait_for()
            found["Enter to answer, ms"].append((time.monotonic() - asked) * 1000)
            page.context.close()
    return found


def full_channel(browser: Browser, rounds: int) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {
        "weight, KB": [],
        "500 messages drawn, ms": [],
        "frame p50, ms": [],
        "frame max, ms": [],
    }
    with SlackLab() as slack:
        channel = slack.channel("C0NOC")
        for number in range(MESSAGES):
            slack.world.post(channel, "U0BOT", f"message {number}", BLOCKS, "chat.postMessage")
        for _ in range(rounds):
            started = time.monotonic()
            page = opened(browser, slack.url)
            page.locator("#log .message").nth(MESSAGES - 1).wait_for()
            found["500 messages drawn, ms"].append((time.monotonic() - started) * 1000)
            found["weight, KB"].append(page.evaluate(WEIGHT) / 1000)
            frames = sorted(page.evaluate(SCROLL))
            found["frame p50, ms"].append(frames[len(frames) // 2])
            found["frame max, ms"].append(frames[-1])
            page.context.close()
    return found


def measured(effort: Effort) -> Iterator[Table]:
    rows = [("not measured: there is no chromium on this machine", "")]
    if CHROMIUM is not None:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
            found = first_answers(browser, effort.rounds) | full_channel(browser, effort.rounds)
            browser.close()
        rows = [(name, spread(values, ".1f")) for name, values in found.items()]
    yield table("The emulated Slack's page", "", "median of the rounds", rows=rows)
