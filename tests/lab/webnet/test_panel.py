"""A client of WebNet's API sees what the page's panel makes happen there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from lab.webnet import BOT_KEY, WebNetLab
from tests.e2e.rig import wait_until


@pytest.fixture
def lab() -> Iterator[WebNetLab]:
    with WebNetLab(job_seconds=0.2) as started:
        yield started


def control(lab: WebNetLab, method: str, path: str, **body: Any) -> Any:
    answer = requests.request(method, f"{lab.url}/_lab/{path}", json=body or None, timeout=5)
    assert answer.status_code == 200, answer.text
    return answer.json()


def api(lab: WebNetLab, path: str) -> Any:
    return requests.get(f"{lab.url}/api/v1/{path}", headers={"X-API-Key": BOT_KEY}, timeout=5).json()


@pytest.mark.parametrize("device", [1, 2, 15, 131])  # with snapshots and without, of every platform and customer
def test_a_config_changed_by_hand_is_a_snapshot_a_drift_and_an_open_alert(lab: WebNetLab, device: int) -> None:
    made = control(lab, "POST", f"drift/{device}")
    newest, before, *_ = api(lab, f"config/devices/{device}/snapshots")
    assert newest["id"] == made["snapshot"]
    assert newest["hash"] != before["hash"]
    drift = api(lab, f"config/drift/device/{device}")[0]
    assert (drift["snapshot_from"], drift["snapshot_to"]) == (before["id"], newest["id"])
    assert drift["changes"] == made["changes"] > 0
    alert = api(lab, f"config/drift/alerts/{made['alert']}/")
    assert (alert["drift"], alert["status"]) == (drift["id"], "open")
    again = control(lab, "POST", f"drift/{device}")
    assert again["changes"] > 0


def test_a_violation_and_its_end_are_results_with_a_job(lab: WebNetLab) -> None:
    for status in ("fail", "pass"):
        made = control(lab, "POST", "compliance/4", policy=1, status=status)
        row = api(lab, f"compliance/results/{made['id']}/")
        assert (row["device"], row["policy"], row["status"]) == (4, 1, status)
        assert bool(row["details_json"]["violations"]) == (status == "fail")
        assert control(lab, "GET", "panel/1")["verdicts"]["4/1"] == status
        assert api(lab, f"jobs/{row['job']}/")["type"] == "compliance_check"
    answer = requests.post(f"{lab.url}/_lab/compliance/4", json={"policy": 1, "status": "maybe"}, timeout=5)
    assert answer.status_code == 400


def test_webnet_goes_away_and_comes_back_while_what_is_broken_stays_so(lab: WebNetLab) -> None:
    control(lab, "POST", "broken/1", reason="cut")
    control(lab, "POST", "away", for_s=30)
    assert control(lab, "GET", "panel/1")["away"] is True
    with pytest.raises(requests.ConnectionError):
        api(lab, "devices/1/")
    control(lab, "DELETE", "away")
    assert api(lab, "devices/1/")["id"] == 1
    shown = control(lab, "GET", "panel/1")
    assert shown["away"] is False
    assert next(each for each in shown["devices"] if each["id"] == 1)["broken"] == "cut"


def test_webnet_is_slow_until_it_is_quick_again(lab: WebNetLab) -> None:
    control(lab, "POST", "slow", delay_s=0.01)
    assert control(lab, "GET", "panel/1")["slow"] is True
    assert api(lab, "devices/1/")["id"] == 1
    control(lab, "DELETE", "slow")
    assert control(lab, "GET", "panel/1")["slow"] is False


def test_the_panel_shows_one_customer(lab: WebNetLab) -> None:
    job = control(lab, "POST", "backup/131")["job"]
    shown = control(lab, "GET", "panel/2")
    assert {lab.row("devices", each["id"])["customer"] for each in shown["devices"]} == {2}
    assert {lab.row("jobs", each["id"])["customer"] for each in shown["jobs"]} == {2}
    assert (shown["jobs"][0]["id"], shown["jobs"][0]["on"]) == (job, f"on {lab.row('devices', 131)['hostname']}")
    assert job not in [each["id"] for each in control(lab, "GET", "panel/1")["jobs"]]


def test_a_playbook_reports_as_it_goes(lab: WebNetLab) -> None:
    job = control(lab, "POST", "play/1")["job"]
    wait_until(lambda: len(api(lab, f"jobs/{job}/logs")) >= 2, "the first lines")
    assert api(lab, f"jobs/{job}/")["status"] == "running"
    lab.finish(job)
    said = [row["message"] for row in reversed(api(lab, f"jobs/{job}/logs"))]
    assert said[0] == "PLAY [all]"
    assert len(said) == 64
    assert said[-1].startswith("ok=6")


def test_a_link_to_a_job_leads_by_the_login_to_what_is_known_of_it(lab: WebNetLab) -> None:
    lab.change("jobs", 1, status="<b>odd</b>")
    answer = requests.get(f"{lab.url}/jobs/1/", timeout=5)
    assert [step.status_code for step in answer.history] == [302]
    assert "Job #1" in answer.text
    assert "<b>odd" not in answer.text
    assert "not simulated" in requests.get(f"{lab.url}/devices/1/", timeout=5).text
