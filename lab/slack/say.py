"""Types into a running emulated Slack from a terminal: `main.py lab say USER TEXT`."""

from __future__ import annotations

import json
import sys

import requests

DEFAULT_URL = "http://127.0.0.1:8200"
CONNECT_S = 3.0
SILENCE_S = 40.0
NO_REASON = {
    "operation_timeout": "The bot did not answer in three seconds (operation_timeout); is it still running?",
    "dispatch_failed": "No bot is connected to the emulated Slack (dispatch_failed); start it with: python main.py run",
}


def say(user: str, text: str, channel: str = "C0NOC", base_url: str = DEFAULT_URL) -> int:
    """Types `text` as `user` (id or name) and prints what appears, until it is quiet; returns the exit code."""
    return _play(base_url, "say", {"user": user, "text": text, "channel": channel})


def click(user: str, label: str, channel: str = "C0NOC", base_url: str = DEFAULT_URL) -> int:
    """Clicks the newest button with this label that `user` sees in the channel."""
    return _play(base_url, "click", {"user": user, "label": label, "channel": channel})


def _play(base_url: str, action: str, body: dict[str, str]) -> int:
    with requests.Session() as session:
        session.trust_env = False  # a proxy from the environment cannot reach this machine's own port
        try:
            url = f"{base_url.rstrip('/')}/_lab/{action}"
            with session.post(url, json=body, stream=True, timeout=(CONNECT_S, SILENCE_S)) as response:
                if response.status_code != 200:
                    return _fail(_error_of(response))
                return _print_stream(response)
        except requests.RequestException:
            return _fail(f"No emulated Slack answers at {base_url}; start one with: python main.py demo")


def _error_of(response: requests.Response) -> str:
    try:
        return str(response.json()["error"])
    except (ValueError, KeyError):
        return f"What answers at {response.url} is not the emulated Slack (status {response.status_code})."


def _print_stream(response: requests.Response) -> int:
    shown = 0
    for raw in response.iter_lines():
        line = json.loads(raw)
        if line["event"] == "failed":
            return _fail(NO_REASON.get(line["error"], f"Slack shows an error: {line['error']}."))
        if line["event"] != "end":
            shown += 1
            print(_rendered(line), flush=True)
    return 0 if shown else _fail("No message came within 30 seconds. If a form was opened, the page shows it.")


def _rendered(line: dict[str, str]) -> str:
    notes = [line["event"]] if line["event"] != "new" else []
    if line["ephemeral_to"]:
        notes.append("Only visible to you")
    head = f"{line['author']} ({', '.join(notes)})" if notes else line["author"]
    body = "" if line["event"] == "deleted" else "\n".join(f"  {text}" for text in line["plain"].split("\n"))
    return f"{head}\n{body}".rstrip()


def _fail(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return 1
