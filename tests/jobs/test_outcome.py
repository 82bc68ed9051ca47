"""The outcome of a job is read from its log, and holds no secret."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core import errors
from bot.jobs.backup_changes import BackupChanges
from bot.jobs.customer_names import CustomerNames
from bot.jobs.failures import failure_kind
from bot.jobs.judge import judge
from bot.jobs.logs import JobLog, JobLogs, redacted
from bot.jobs.outcome import HostError, Outcome, together
from bot.jobs.outcomes import Names, Outcomes
from bot.redaction.redactor import MARK, Redactor
from bot.webnet.client import LOG_LINES, WebNet
from bot.webnet.models import Job, LogLine
from lab.webnet import WebNetLab
from store.database import Store

ENDED = Job.of({"id": 7, "customer": 1, "type": "run_commands", "status": "success"})
PING, BACKUP = replace(ENDED, type="check_reachability"), replace(ENDED, type="config_backup")


COMMIT, PREVIEW = replace(ENDED, type="config_deploy_commit"), replace(ENDED, type="config_deploy_preview")
TOPOLOGY, UNKNOWN = replace(ENDED, type="topology_discovery"), replace(ENDED, type="from_next_year")


def line(host: str = "", text: str = "ok", level: str = "INFO") -> LogLine:
    return LogLine(0, None, level, host, text)


def error(host: str = "", text: str = "TCP connection to device failed.\n\nCommon causes") -> LogLine:
    return line(host, text, "ERROR")


def on(job: Job, *devices: int, **changes: object) -> Job:
    return replace(job, device_ids=frozenset(devices), **changes)  # type: ignore[arg-type]


LOG_IN = "Authentication to device failed."
TCP = "TCP connection to device failed."


@pytest.mark.parametrize(
    ("job", "lines", "result", "words"),
    [
        (on(PING, 1), [line("a")], "success", "reachable"),
        (on(PING, 1), [error("a")], "failed", f"not reachable: {TCP}"),
        (on(PING, 1), [line("a"), error("a")], "failed", f"not reachable: {TCP}"),
        (on(PING, 1, 2), [line("a"), line("b")], "success", "both devices are reachable"),
        (on(PING, 1, 2), [line("a"), error("b")], "partial", "1 of 2 devices is not reachable"),
        (on(PING, 1, 2), [error("a"), error("b")], "failed", "none of 2 devices is reachable"),
        (on(PING, 1), [], "unknown", "finished, no result reported"),
        (on(PING, 1), [line(text="Job picked up by worker")], "unknown", "finished, no result reported"),
        (PING, [line("a"), line("b")], "success", "both devices are reachable"),
        (on(PING, 1, status="failed", error="boom\nmore"), [], "failed", "failed: boom"),
        (on(PING, 1, status="failed", error="boom"), [error("a")], "failed", f"not reachable: {TCP}"),
        (on(BACKUP, 1), [line("a")], "success", "success"),
        (on(BACKUP, 1), [error("a")], "failed", f"failed: {TCP}"),
        (on(BACKUP, 1, 2), [error("a"), error("b")], "failed", "all 2 devices reported errors"),
        (on(ENDED, *range(12)), [error("a"), error("b"), error("a"), *map(line, "defghijkl"), error("c")], "partial",
         "success, but 3 of 12 devices reported errors"),
        (ENDED, [error("a"), line("b")], "partial", "success, but 1 device reported errors"),
        (ENDED, [error(text="No devices matched targets")], "failed", "nothing was done: No devices matched targets"),
        (ENDED, [line("a"), error(text="odd")], "partial", "success, but an error was reported: odd"),
        (on(BACKUP, 1, status="failed"), [error("a", "\n\n  Authentication failed \n")], "failed",
         "failed: Authentication failed"),
        (on(BACKUP, 1, status="failed"), [], "failed", "failed, and no reason was reported"),
        (on(ENDED, 1, 2, status="partial"), [error("a")], "partial", "partly done: 1 of 2 devices reported errors"),
        (on(ENDED, status="partial"), [], "partial", "partly done"),
        (on(COMMIT, 1, 2, 3), [line("a", "None"), error("b"), error("c")], "partial",
         "success, but 2 of 3 devices reported errors"),
        (on(COMMIT, 1), [error("a")], "failed", f"failed: {TCP}"),
        (on(PREVIEW, 1, 2), [error("a"), error("b")], "failed", "all 2 devices reported errors"),
        (on(TOPOLOGY, 1, 2), [line("a"), error("b")], "partial", "success, but 1 of 2 devices reported errors"),
        (on(TOPOLOGY, 1), [], "unknown", "finished, no result reported"),
        (on(UNKNOWN, 1, 2), [error("a")], "partial", "success, but 1 of 2 devices reported errors"),
        (on(UNKNOWN, 1), [error("a"), line("a")], "partial", "success, but 1 of 1 device reported errors"),
        (on(UNKNOWN, 1, 2), [line("a")], "success", "success"),
        (UNKNOWN, [], "success", "success"),
        (on(BACKUP, 1, 2, 3), [line("a"), line("b")], "partial", "success on 2 of 3 devices; one device was skipped"),
        (on(BACKUP, *range(5)), [line("a"), error("b")], "partial",
         "success, but 1 of 5 devices reported errors; 3 devices were skipped"),
        (on(PING, 1, 2, 3), [line("a"), line("b")], "partial", "success on 2 of 3 devices; one device was skipped"),
        (on(PING, 1, 2), [line("a"), error("b", LOG_IN)], "partial",
         "1 of 2 devices failed: 1 reached, but the log-in was refused"),
        (on(PING, 1, 2, 3), [error("a"), error("b", LOG_IN), error("c")], "failed",
         "all 3 devices failed: 2 not reachable, 1 reached, but the log-in was refused"),
        (on(PING, 1), [error("a", "Incompatible ssh peer")], "failed",
         "not clear whether it was reached: Incompatible ssh peer"),
        (on(PING, 1), [error("a", "[Errno 113] No route to host")], "failed",
         "not reachable: [Errno 113] No route to host"),
        (on(BACKUP, 1, 2, 3), [error("a"), error("b")], "failed", "all 2 devices reported errors; one device was skipped"),
        (on(BACKUP, 1, 2), [error("a")], "failed", "failed: TCP connection to device failed; one device was skipped"),
        (on(PING, 1, 2, 3), [error("a"), error("b")], "failed", "none of 2 devices is reachable; one device was skipped"),
        (on(BACKUP, *range(4)), [*map(line, "abc"), error("d", "[Errno 113] No route to host")], "partial",
         "success, but 1 of 4 devices reported errors (1 no route)"),
        (on(COMMIT, everywhere=True), [line("a"), error("b")], "partial",
         "🚨 COMMIT WITHOUT DEVICES: every enabled device of Acme: 2 in the log, 1 failed"),
        (on(BACKUP, everywhere=True), [line("a"), line("b")], "success", "every enabled device of Acme: 2 in the log, 0 failed"),
        (on(PING, everywhere=True), [error("a"), error("b", LOG_IN)], "failed",
         "every enabled device of Acme: 2 in the log, 2 failed (1 log-in refused)"),
        (on(COMMIT, everywhere=True, status="failed", error="boom"), [], "failed",
         "🚨 COMMIT WITHOUT DEVICES: failed: boom; it was for every enabled device of Acme"),
        (on(UNKNOWN, everywhere=True), [line("a")], "success", "success"),
        (on(PING, 1), [error("a", "Authentication to device failed.")], "failed",
         "reached, but the log-in was refused: Authentication to device failed."),
    ],
)  # fmt: skip
def test_the_log_shows_what_the_status_hides(job: Job, lines: list[LogLine], result: str, words: str) -> None:
    reason = job.error.split("\n")[0]
    outcome = judge(job, JobLog(tuple(lines), full=False), reason, customer="Acme")
    assert (outcome.result, outcome.words) == (result, words)


@pytest.mark.parametrize(
    ("status", "result", "words"),
    [
        ("success", "success", "success"),
        ("failed", "failed", "failed: no devices"),
        ("cancelled", "cancelled", "cancelled in WebNet; a worker may still run it"),
        ("exploded", "unknown", "ended with the status 'exploded'"),
        ("", "unknown", "ended without a status"),
    ],
)
def test_where_the_log_says_nothing_about_hosts_the_status_decides(status: str, result: str, words: str) -> None:
    outcome = judge(replace(ENDED, type="compliance_check", status=status), JobLog((), full=False), "no devices")
    assert (outcome.result, outcome.words) == (result, words)


def test_failed_hosts_are_named_once_with_their_first_error_and_a_cut_log_says_at_least() -> None:
    log = JobLog(
        (error("a", "first"), error("b", "other"), error("a", "second"), line("c"), error("", "all")), full=True
    )
    outcome = judge(on(ENDED, *range(5000)), log, "")
    assert outcome.failed == (HostError("", "all"), HostError("a", "first"), HostError("b", "other"))
    assert (outcome.total, outcome.at_least) == (5000, True)
    assert outcome.words == "success, but at least 2 of 5,000 devices reported errors"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("TCP connection to device failed.", None),
        ("DNS failure--the hostname you provided was not resolvable: rtr-1", "name not resolved"),
        ("[Errno -2] Name or service not known", "name not resolved"),
        ("[Errno 113] No route to host", "no route"),
        ("[Errno 111] Connection refused", "refused"),
        ("Unable to connect to port 22: timed out", "timed out"),
        ("Authentication to device failed.", "log-in refused"),
        ("Permission denied (publickey,password).", "log-in refused"),
        ("Host key for server 10.0.0.1 does not match", "host key"),
        ("Failed to enter enable mode. Please ensure you pass the 'secret' argument", "privilege"),
        ("Pattern not detected: 'rtr-1\\#' in output.", "prompt"),
        ("timed out while waiting for the prompt", "prompt"),
    ],
)
def test_the_kind_of_a_failure_has_an_engineers_words(text: str, kind: str | None) -> None:
    assert failure_kind(text) == kind


# -- read from WebNet


@pytest.fixture
def outcomes(lab: WebNetLab, webnet: WebNet, store: Store) -> Outcomes:
    names = Names(lambda _, device: str(lab.row("devices", device)["hostname"]), CustomerNames(webnet).name)
    return Outcomes(webnet, JobLogs(webnet, Redactor()), store.outcomes, names, BackupChanges(store))


def test_a_ping_that_webnet_calls_a_success_did_not_reach_the_device(
    lab: WebNetLab, webnet: WebNet, outcomes: Outcomes
) -> None:
    lab.break_device(5)
    job = lab.start_job("check_reachability", [5])
    outcome = outcomes.of(webnet.job(job))
    assert lab.row("jobs", job)["status"] == "success"
    assert (outcome.result, outcome.words) == ("failed", f"not reachable: {TCP}")
    assert outcome.failed == (HostError(lab.row("devices", 5)["hostname"], TCP),)


def test_a_log_of_more_lines_than_are_read_counts_as_cut(lab: WebNetLab, webnet: WebNet, outcomes: Outcomes) -> None:
    job = lab.start_job("run_commands", [1, 2, 3])
    with lab.lock:
        for number in range(LOG_LINES):
            lab.state.add_log(job, lab.state.now(), "ERROR" if number else "INFO", f"host-{number % 2}", "no")
    outcome = outcomes.of(webnet.job(job))
    assert outcome.at_least
    assert outcome.words == "success, but at least 2 of 3 devices reported errors"


def test_the_log_comes_oldest_first_and_an_unknown_job_is_missing(webnet: WebNet) -> None:
    lines = webnet.job_log(2, 2)
    assert [each.id for each in lines] == sorted(each.id for each in lines)
    assert len(lines) == 2
    with pytest.raises(errors.WebNetMissing):
        webnet.job_log(99999)


# -- secrets


def test_what_a_host_said_is_redacted_as_one_text_though_others_spoke_between() -> None:
    lines = [
        line("a", "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA"),
        line("b", "all is well"),
        line("a", "c2VjcmV0c2VjcmV0"),
        line("a", "dGhpcyBpcyB0aGUgZW5k\n-----END RSA PRIVATE KEY-----\nhostname a"),
        line("a", "still here"),
    ]
    hidden = redacted(lines, Redactor())
    whole = "\n".join(each.text for each in hidden)
    assert not any(secret in whole for secret in ("MIIEow", "c2VjcmV0", "dGhpcyBp"))
    assert hidden[1] == lines[1]
    assert hidden[2].text == MARK
    assert hidden[4] == lines[4]


def test_harmless_lines_stay_as_they_are() -> None:
    lines = [line("a", "one\n\ntwo\n"), line("a", ""), line("a", "three"), line("", "four")]
    assert [each.text.rstrip("\n") for each in redacted(lines, Redactor())] == ["one\n\ntwo", "", "three", "four"]


def test_a_secret_in_a_reason_is_hidden(lab: WebNetLab, webnet: WebNet, outcomes: Outcomes) -> None:
    lab.fail_next("config_backup", "login with password: hunter2secret failed\nmore")
    job = lab.start_job("config_backup", [5])
    assert outcomes.of(webnet.job(job)).words == f"failed: login with password: {MARK} failed"


def test_a_device_that_webnet_skipped_is_named(lab: WebNetLab, webnet: WebNet, outcomes: Outcomes) -> None:
    lab.change("devices", 15, enabled=False)
    job = lab.start_job("config_backup", [1, 2, 15])
    outcome = outcomes.of(webnet.job(job))
    skipped = lab.row("devices", 15)["hostname"]
    assert (outcome.result, outcome.words) == ("partial", f"success on 2 of 3 devices; {skipped} was skipped")


def test_a_deploy_that_failed_on_a_device_is_no_success(lab: WebNetLab, webnet: WebNet, outcomes: Outcomes) -> None:
    lab.break_device(2)
    job = lab.start_job("config_deploy_commit", [1, 2], mode="merge", snippet="ntp server 10.0.0.1")
    outcome = outcomes.of(webnet.job(job))
    assert lab.row("jobs", job)["status"] == "success"
    assert (outcome.result, outcome.words) == ("partial", "success, but 1 of 2 devices reported errors")


def test_jobs_of_one_command_have_one_outcome() -> None:
    well, partly = (
        Outcome("success", "success", total=2, answered=2),
        Outcome(
            "partial",
            "success, but 1 of 3 devices reported errors",
            (HostError("h0", "no"),),
            3,
            answered=2,
            failures=1,
        ),
    )
    assert together([well]) is well
    assert together([well, well]) == Outcome("success", "success", total=4, answered=4)
    assert together([well, partly]) == Outcome(
        "partial",
        "success; success, but 1 of 3 devices reported errors",
        (HostError("h0", "no"),),
        5,
        answered=4,
        failures=1,
    )
    assert together([well, replace(partly, total=None, at_least=True)]).total is None
