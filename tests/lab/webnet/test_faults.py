"""Each fault affects the requests that it was asked for, and no others."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from lab.webnet import WebNetLab
from tests.lab.webnet.api import Api

BODY = {"customer_id": 1, "targets": {"device_ids": [1]}}


def test_a_lost_answer_leaves_the_job(lab: WebNetLab, bot: Api) -> None:
    lab.fault("lose_answer", method="POST", times=1)
    count = len(lab.rows("jobs"))
    assert bot.get("auth/me")["id"] == 9
    with pytest.raises(requests.ConnectionError):
        bot.ask("POST", "reachability/run", BODY)
    assert len(lab.rows("jobs")) == count + 1
    lost = lab.record[-1]
    assert (lost.status, lost.fault, lost.jobs) == (None, "lose_answer", (163,))
    assert bot.get("jobs/163/")["user"] == 9


def test_away_closes_without_an_answer_until_it_is_taken_back(lab: WebNetLab, bot: Api) -> None:
    lab.fault("away")
    for _ in range(2):
        with pytest.raises(requests.ConnectionError):
            bot.ask("POST", "reachability/run", BODY)
    assert lab.rows("jobs")[-1]["id"] == 162
    lab.clear_faults()
    assert bot.get("auth/me")["id"] == 9


def test_away_for_a_while(lab: WebNetLab, bot: Api) -> None:
    lab.fault("away", for_s=0.05)
    with pytest.raises(requests.ConnectionError):
        bot.get("auth/me")
    time.sleep(0.06)
    assert bot.get("auth/me")["id"] == 9


@pytest.mark.parametrize(
    ("kind", "status", "start"),
    [
        ("error", 500, "\n<!doctype html>"),
        ("bad_key", 403, '{"detail":"Invalid API key"}'),
        ("throttle", 429, '{"detail":"Request was throttled.'),
        ("garbage", 200, "<html>"),
        ("truncated", 200, '{"id":9,'),
    ],
)
def test_wrong_answers(lab: WebNetLab, bot: Api, kind: str, status: int, start: str) -> None:
    lab.fault(kind, times=1)  # type: ignore[arg-type]
    answer = bot.ask("GET", "auth/me")
    assert (answer.status_code, answer.text[: len(start)]) == (status, start)
    assert bot.get("auth/me")["id"] == 9


def test_an_error_comes_in_place_of_the_deed_or_after_it(lab: WebNetLab, bot: Api) -> None:
    lab.fault("error", times=1)
    assert bot.ask("POST", "reachability/run", BODY).status_code == 500
    assert lab.rows("jobs")[-1]["id"] == 162
    lab.fault("error", times=1, perform=True)
    assert bot.ask("POST", "reachability/run", BODY).status_code == 500
    assert lab.rows("jobs")[-1]["id"] == 163


def test_throttled_says_for_how_long(lab: WebNetLab, bot: Api) -> None:
    lab.fault("throttle", retry_after_s=7, times=1)
    assert bot.ask("GET", "auth/me").headers["Retry-After"] == "7"


def test_a_delay_holds_only_what_it_is_meant_for(lab: WebNetLab, bot: Api) -> None:
    lab.fault("delay", delay_s=0.2, prefix="/api/v1/jobs/")
    times = []
    for path in ("auth/me", "jobs/1/"):
        start = time.monotonic()
        bot.get(path)
        times.append(time.monotonic() - start)
    assert times[0] < 0.2 <= times[1]


@pytest.mark.parametrize("end", ["lifted", "cleared", "its time passes"])
def test_a_held_request_waits_until_the_fault_ends(lab: WebNetLab, bot: Api, end: str) -> None:
    held = lab.fault("hold", prefix="/api/v1/jobs/", times=1, for_s=0.3 if end == "its time passes" else None)
    with ThreadPoolExecutor(1) as threads:
        asked = threads.submit(bot.get, "jobs/1/")
        time.sleep(0.1)
        assert not asked.done()
        if end == "lifted":
            held.lift()
        elif end == "cleared":
            lab.clear_faults()
        assert asked.result(timeout=5)["id"] == 1


def test_faults_end_at_the_api(lab: WebNetLab, bot: Api) -> None:
    lab.fault("error", prefix="/")
    assert bot.ask("GET", "/healthz").status_code == 302


def test_an_unknown_fault_is_refused(lab: WebNetLab) -> None:
    with pytest.raises(ValueError, match="unknown fault 'fire'"):
        lab.fault("fire")  # type: ignore[arg-type]


def test_something_can_happen_right_before_a_request(lab: WebNetLab, bot: Api) -> None:
    lab.before("POST", "/api/v1/reachability/run", lambda: lab.change("devices", 1, enabled=False))
    assert bot.get("devices/1/")["enabled"]
    bot.post("reachability/run", BODY)
    assert not bot.get("devices/1/")["enabled"]
    lab.before("GET", "/api/v1/devices/2/", lambda: lab.delete("devices", 2))
    assert bot.ask("GET", "devices/2/").status_code == 404


def test_stopping_does_not_wait_for_an_open_request() -> None:
    lab = WebNetLab().start()
    lab.fault("delay", delay_s=30)
    failures: list[requests.RequestException] = []

    def ask() -> None:
        try:
            requests.get(f"{lab.url}/api/v1/auth/me", timeout=20)
        except requests.RequestException as error:
            failures.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    time.sleep(0.1)
    lab.stop()
    thread.join()
    assert len(failures) == 1


def test_a_taken_port_is_an_error_of_start(lab: WebNetLab) -> None:
    with pytest.raises(OSError, match=r"[Aa]ddress already in use"):
        WebNetLab(int(lab.url.rpartition(":")[2])).start()
