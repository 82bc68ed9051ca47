"""What the recordings do not show is tested here: the controls, sizes and times of the simulated WebNet."""

import os
import re
import signal
import subprocess
import sys
from datetime import timedelta

import pytest
import requests

from lab.webnet import BOT_KEY, PASSWORD, ManualClock, WebNetLab
from lab.webnet.clock import parse, utc_now
from tests.lab.webnet.api import Api


def test_page_zero_and_text_are_no_pages(bot: Api) -> None:
    for page in ("0", "x", "-1"):
        assert bot.ask("GET", f"devices/?page={page}").json() == {"detail": "Invalid page."}


def test_ordering_by_several_names_ignores_the_unknown_ones(bot: Api) -> None:
    rows = bot.get("devices/?ordering=-updated_at,bogus,-id")["results"]
    assert [row["id"] for row in rows[:3]] == [90, 89, 88]


def test_zero_microseconds_are_left_out(lab: WebNetLab, bot: Api, clock: ManualClock) -> None:
    assert clock().microsecond == 0
    assert bot.get(f"jobs/{bot.start('reachability/run', [1])}/")["requested_at"] == "2026-11-23T07:40:48Z"


def test_a_login_gives_tokens_that_work_until_they_expire(lab: WebNetLab, clock: ManualClock) -> None:
    answer = requests.post(
        f"{lab.url}/api/v1/auth/login", json={"username": "oscar-operator", "password": PASSWORD}, timeout=10
    )
    tokens = answer.json()
    headers = {"Authorization": f"Bearer {tokens['access']}"}
    url = f"{lab.url}/api/v1/auth/me"
    assert requests.get(url, headers=headers, timeout=10).json()["id"] == 3
    clock.advance(1801)
    assert requests.get(url, headers=headers, timeout=10).status_code == 403
    again = requests.post(f"{lab.url}/api/v1/auth/refresh", json={"refresh": tokens["refresh"]}, timeout=10).json()
    assert again["refresh"] != tokens["refresh"]
    assert requests.get(url, headers={"Authorization": f"Bearer {again['access']}"}, timeout=10).json()["id"] == 3


def test_a_bad_refresh_token_is_a_401(lab: WebNetLab) -> None:
    answer = requests.post(f"{lab.url}/api/v1/auth/refresh", json={"refresh": lab.jwt(3)}, timeout=10)
    assert answer.status_code == 401


def test_devices_and_jobs_can_be_many() -> None:
    with WebNetLab(devices=2000, jobs=100_000) as lab, Api(lab, BOT_KEY) as bot:
        assert bot.get("devices/")["count"] == 2000
        assert len({row["hostname"] for row in lab.rows("devices")}) == 2000
        page = bot.get("jobs/?ordering=-id")
        assert (page["count"], page["results"][0]["id"]) == (100_000, 100_000)
        assert page["results"][0]["requested_at"] > page["results"][1]["requested_at"]
        assert bot.start("reachability/run", [1]) == 100_001


def test_rows_can_be_added_changed_and_taken_away(lab: WebNetLab, bot: Api) -> None:
    device = lab.add("devices", hostname="new-1", customer=2)
    assert bot.get(f"devices/{device['id']}/")["hostname"] == "new-1"
    before = bot.get("devices/1/")["updated_at"]
    lab.change("devices", 1, reachability_status="unreachable", touch=False)
    assert bot.get("devices/1/")["updated_at"] == before
    lab.change("devices", 1, customer=2)
    assert bot.get("devices/1/")["updated_at"] > before
    lab.delete("devices", 1)
    assert bot.ask("GET", "devices/1/").status_code == 404
    alert = lab.add("alerts", status="open")
    assert bot.get("config/drift/alerts/")["results"][0]["id"] == alert["id"]
    with pytest.raises(ValueError, match="devices have no colour"):
        lab.change("devices", 2, colour="red")


def test_seeded_times_can_be_made_recent() -> None:
    with WebNetLab(recent=True) as lab, Api(lab, BOT_KEY) as bot:
        newest = bot.get("jobs/?ordering=-requested_at")["results"][0]["requested_at"]
        assert timedelta(hours=1) < utc_now() - parse(newest) < timedelta(hours=3)
        assert len(bot.get("config/drift/device/3")) == 2
        assert bot.get("jobs/2/logs?limit=1")[0]["ts"] > lab.row("jobs", 2)["started_at"]


def test_the_controls_answer_over_http(lab: WebNetLab, bot: Api) -> None:
    assert bot.get("/_lab/")["rows"]["devices"] == 170
    assert bot.ask("PATCH", "/_lab/", {"hold": "running"}).json()["settings"]["hold"] == "running"
    fault = bot.ask("POST", "/_lab/faults", {"kind": "error", "prefix": "/api/v1/auth/", "times": 1})
    assert (fault.status_code, fault.json()["kind"], fault.json()["times"]) == (200, "error", 1)
    assert bot.get("/_lab/")["faults"] == [fault.json()]
    assert bot.ask("GET", "auth/me").status_code == 500
    bot.ask("POST", "/_lab/broken/1")
    bot.ask("PUT", "/_lab/configs/1", {"text": "x"})
    bot.ask("PATCH", "/_lab/rows/devices/1", {"hostname": "renamed"})
    assert bot.get("/_lab/rows/devices/1")["hostname"] == "renamed"
    job = bot.start("config/backup", [1])
    assert bot.ask("POST", f"/_lab/jobs/{job}/finish").json()["status"] == "success"
    assert lab.logs(job)[-1]["level"] == "ERROR"
    bot.ask("DELETE", "/_lab/broken/1")
    assert bot.ask("POST", "/_lab/rows/devices", {"hostname": "new"}).json()["id"] == 171
    bot.ask("DELETE", "/_lab/rows/devices/171")
    assert bot.get("/_lab/violations") == []
    assert bot.get("/_lab/record")[-1]["jobs"] == [job]
    bot.ask("DELETE", "/_lab/record")
    assert lab.record == []
    bot.ask("POST", "/_lab/fail-next/config_backup", {"error": "boom"})
    bot.ask("DELETE", "/_lab/faults")
    bot.ask("POST", "/_lab/reset")
    assert lab.row("devices", 1)["hostname"] == "rtr-fra1-001"


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/_lab/nope", None, 404),
        ("GET", "/_lab/rows/devices/999", None, 404),
        ("PUT", "/_lab/rows/devices/1", {}, 404),
        ("PATCH", "/_lab/", {"colour": "red"}, 400),
        ("POST", "/_lab/faults", {"kind": "fire"}, 400),
        ("POST", "/_lab/faults", {"king": "error"}, 400),
    ],
)
def test_the_controls_say_what_is_wrong(bot: Api, method: str, path: str, body: object, status: int) -> None:
    answer = bot.ask(method, path, body)
    assert (answer.status_code, set(answer.json())) == (status, {"detail"})


def test_alone_it_serves_until_it_is_stopped() -> None:
    code = "from lab.webnet import serve; serve(0)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=os.environ) as process:
        assert process.stdout
        (url,) = re.findall("http://[0-9.:]*[0-9]", process.stdout.readline())
        assert requests.get(f"{url}/healthz", allow_redirects=False, timeout=10).status_code == 302
        process.send_signal(signal.SIGTERM)
        assert process.wait(5) == 0


def test_every_device_of_a_large_copy_has_a_config() -> None:
    with WebNetLab(devices=2000, config_lines=300) as lab, Api(lab, BOT_KEY) as bot:
        (only,) = bot.get("config/devices/1999/snapshots")
        assert len(only["config_text"].splitlines()) == 301
        assert bot.get(f"config/snapshots/{only['id']}") == only
        assert len(bot.get("config/devices/5/snapshots")) == 4
        assert len(bot.get("config/devices/1/snapshots")) == 2
        newest = lab.store_config(1999, "changed")
        assert [row["id"] for row in bot.get("config/devices/1999/snapshots")] == [newest["id"], only["id"]]
        lab.delete("snapshots", only["id"])
        assert [row["id"] for row in bot.get("config/devices/1999/snapshots")] == [newest["id"]]


def test_ids_are_skipped_and_come_late() -> None:
    with WebNetLab() as lab:
        lab.next_id("snapshots", 1060)
        assert lab.store_config(3, "after a gap")["id"] == 1060
        assert lab.store_config(3, "late", id=500)["id"] == 500
        assert lab.store_config(3, "next")["id"] == 1061
