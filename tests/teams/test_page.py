"""The page of the emulated Teams: what is written, pressed and filled in there reaches the bot, and what the bot says is shown."""

from __future__ import annotations

from typing import Any

import requests

from lab.teams.activities import NOC, VERA
from tests.e2e.rig import wait_until
from tests.teams.rig import Both


def test_what_is_done_on_the_page_reaches_the_bot_and_its_answer_is_shown(at: Both) -> None:
    at.lab.bot_url = f"{at.url}/api/messages"

    def act(name: str, **body: Any) -> requests.Response:
        return requests.post(f"{at.lab.url}/_page/{name}", json={"member": VERA.id, "place": NOC, **body}, timeout=60)

    def messages() -> list[dict[str, Any]]:
        state = requests.get(f"{at.lab.url}/_page/state", timeout=60).json()
        assert {"noc", "on call"} <= {place["name"] for place in state["places"]}
        found: list[dict[str, Any]] = state["messages"]
        return found

    assert "Emulated Teams" in requests.get(at.lab.url, timeout=60).text
    assert act("say", text="status rtr-fra1-001", mention=True).json() == {"status": 200, "body": None}
    mine = next(each for each in messages() if each["author"] == VERA.name and "fra1-001" in each["activity"]["text"])
    answer = wait_until(
        lambda: [each for each in messages() if not each["author"] and each["thread"] == mine["id"]], "it"
    )
    assert "rtr-fra1-001" in str(answer[0]["activity"])
    opened = act("open", data={"command": "status", "form": True}).json()["body"]
    assert opened["task"]["value"]["title"] == "Status"
    assert act("search", dataset="device", typed="rtr").json()["status"] == 200
    assert act("nothing").status_code == 404
    elsewhere = {"Origin": "https://evil.example", "Content-Type": "application/json"}
    assert requests.post(f"{at.lab.url}/_page/say", data="{}", headers=elsewhere, timeout=60).status_code == 403
