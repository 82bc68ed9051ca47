"""A deploy from its line to its diff: previewed, approved by somebody else, committed once and in order, and said how it ended."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from bot.app.deploys_part import ADVANCING
from bot.deploys.steps import State
from lab.slack import Message, plain
from lab.webnet.clock import stamp
from lab.webnet.runner import Plan
from store.deploys import Deploy
from store.models import DeployRow
from tests.e2e.rig import Rig, answer, rig, wait_until
from tests.e2e.test_approvals import another, deny
from tests.e2e.test_cards import later_ends
from tests.e2e.test_commands import buttons
from tests.e2e.test_who_may import REFUSED
from tests.forms import state

QUICK = {"card_interval_s": 0.1, "poll_interval_s": 0.5}
NUMBERS, LINES = count(), count()
COMMIT, PREVIEW = "/api/v1/config/deploy/commit", "/api/v1/config/deploy/preview"


@contextmanager
def deploying(store_url: str, **changes: Any) -> Iterator[Rig]:
    with rig(store_url, webnet={"job_seconds": 0.1, "config_lines": 60}, notifications=QUICK, **changes) as running:
        yield running


@pytest.fixture(scope="module")
def bot(module_store_url: str) -> Iterator[Rig]:
    with deploying(module_store_url) as running:
        yield running


@dataclass
class Asked:
    """A deploy that was asked for, by its card, with the devices that it names."""

    bot: Rig
    card: Message
    devices: list[int]
    line: str
    waiting: Message | None = None
    said: str = ""

    @property
    def number(self) -> int:
        assert "Deploy #" in plain(self.card), plain(self.card)
        return int(plain(self.card).partition("Deploy #")[2].partition(" ")[0])

    @property
    def row(self) -> Deploy:
        row = self.bot.store.deploys.get(self.number)
        assert row is not None
        return row

    @property
    def posts(self) -> list[tuple[str, list[int]]]:
        """What the bot has started on these devices, in order: the last word of the path, and the devices."""
        found = [entry for entry in self.bot.webnet.record if entry.jobs and entry.method == "POST"]
        named = [(entry.path.rpartition("/")[2], {*entry.body["targets"]["device_ids"]}) for entry in found]
        return [(word, [one for one in self.devices if one in ids]) for word, ids in named if ids & {*self.devices}]

    @property
    def replies(self) -> list[Message]:
        return [one for one in self.bot.slack.messages(self.card.channel) if one.thread_ts == self.card.ts]

    def becomes(self, words: str) -> Message:
        """Waits until the card holds these words."""

        def now() -> Message | None:
            shown = self.bot.slack.messages(self.card.channel)
            return next((one for one in shown if one.ts == self.card.ts and words in plain(one)), None)

        return wait_until(now, f"{words!r} in the card of deploy #{self.number} ({self.row.state})")

    def waits(self) -> Message:
        return self.becomes("waits for a second person")

    def approve(self, user: str = "U0ALICE") -> None:
        self.bot.click(user, self.waits(), "Approve")

    def ends(self, state: str) -> str:
        """Waits for the end, and returns what its requester was notified of, once."""
        wait_until(lambda: self.row.notified_at, f"the end of deploy #{self.number} ({self.row.state})")
        wait_until(lambda: self.replies, "the reply")
        (reply,) = self.replies
        assert (self.row.state, plain(reply).startswith("@U0OSCAR")) == (state, True), plain(reply)
        return plain(reply)


def free(bot: Rig, number: int = 1) -> list[int]:
    """Returns so many devices that no other test names, by name."""
    enabled = [row["id"] for row in bot.webnet.rows("devices") if (row["customer"], row["enabled"]) == (1, True)]
    devices = [enabled[next(NUMBERS) % len(enabled)] for _ in range(number)]
    return sorted(devices, key=lambda device: names(bot, [device]))


def ask(bot: Rig, devices: list[int], line: str = "", more: str = "") -> Asked:
    """Asks for a deploy of a line of its own."""
    line = line or f"ntp server 10.0.0.{next(LINES)}"
    where = " ".join(f"#{device}" for device in devices)
    card = bot.ask("U0OSCAR", f'deploy {where} reason:"new NTP server" change:CHG1 {more} "{line}"')
    return Asked(bot, card, devices, line)


def names(bot: Rig, devices: list[int]) -> list[str]:
    return [bot.webnet.row("devices", device)["hostname"] for device in devices]


TWO_LINES = "ntp server 10.9.9.9; snmp-server location <core> & back"
SIZES = {
    "one": 1,
    "three": 3,
    "forty": 40,
    "refusing": 3,
    "first fails": 3,
    "first goes silent": 2,
    "third fails": 3,
    "newer": 1,
    "committed": 1,
    "denied": 1,
    "withdrawn": 1,
    "renamed": 1,
}


@pytest.fixture(scope="module")
def asked(bot: Rig) -> dict[str, Asked]:
    """Asks for every deploy below at once, since each takes a while, lets happen what is to happen to it, and has it approved."""
    devices = {name: free(bot, number) for name, number in SIZES.items()}
    bot.webnet.refuse_lines(devices["refusing"][1])
    bot.webnet.silence_after_commit(devices["first goes silent"][0])
    lines, more = {"one": TWO_LINES}, {"forty": "at:once"}
    found = {name: ask(bot, ids, lines.get(name, ""), more.get(name, "")) for name, ids in devices.items()}
    for name, each in found.items():
        each.waiting = None if name == "refusing" else each.waits()
    bot.webnet.break_device(devices["first fails"][0])
    bot.webnet.break_device(devices["third fails"][2])
    bot.webnet.store_config(devices["newer"][0], "hostname other\n")
    bot.webnet.start_job("config_deploy_commit", devices["committed"])
    bot.webnet.change("devices", devices["renamed"][0], hostname="rtr-new-name")
    for name, each in found.items():
        if name == "denied":
            each.said = plain(bot.click("U0OSCAR", each.waits(), "Approve"))
            deny(bot, "U0BOB", each.waits(), "not on a Friday")
        elif name == "withdrawn":
            bot.click("U0OSCAR", each.waits(), "Withdraw")
        elif name != "refusing":
            each.approve()
    return found


# -- the way it is meant


def test_the_whole_course_on_one_device(bot: Rig, asked: dict[str, Asked]) -> None:
    one = asked["one"]
    (name,) = names(bot, one.devices)
    for words in ("Reason: new NTP server, change CHG1", "of oscar-operator: 2 lines on", "location <core> & back"):
        assert words in plain(one.card)
    assert one.waiting is not None
    assert buttons(one.waiting) == ["Approve", "Deny", "Withdraw"]
    assert "it takes the lines. That is no diff: WebNet shows none before the commit" in plain(one.waiting)
    said = one.ends("done")
    assert f"{name}: +2 −0 lines" in said
    assert "snmp-server location <core> & back" in said
    assert "Approved by alice-admin" in plain(one.becomes("is done"))
    assert buttons(one.becomes("is done")) == []
    assert [word for word, _ in one.posts] == ["preview", "commit", "backup"]
    snippet = "ntp server 10.9.9.9\nsnmp-server location <core> & back"
    bodies = [entry.body for entry in bot.webnet.record if entry.path in (COMMIT, PREVIEW) and entry.jobs]
    assert [body["mode"] for body in bodies if body["snippet"] == snippet] == ["merge", "merge"]


def test_each_job_has_an_audit_row_that_leads_to_the_request(bot: Rig, asked: dict[str, Asked]) -> None:
    one = asked["one"]
    one.ends("done")
    first = bot.audit(code="deploy_requested", device=one.devices[0])
    rows = [row for row in bot.store.audit.list(limit=400) if row.first_id == first.id]
    kinds = [row.job_type for row in reversed(rows)]
    assert kinds == ["config_deploy_preview", "config_deploy_commit", "config_backup"]
    assert {row.job_id for row in rows} == {*one.row.jobs.values()}
    decided = bot.audit(command="approve", user=2)
    assert "was approved by alice-admin" in decided.response


def test_several_devices_go_first_one_then_the_rest_and_equal_diffs_are_shown_once(
    bot: Rig, asked: dict[str, Asked]
) -> None:
    three = asked["three"]
    first, *rest = three.devices
    said = three.ends("done")
    assert three.posts == [
        ("preview", three.devices),
        *(("commit", [first]), ("backup", [first])),
        *(("commit", rest), ("backup", rest)),
    ]
    assert said.count(three.line) == 1
    assert all(name in said for name in names(bot, three.devices))


def test_forty_devices_all_at_once(asked: dict[str, Asked]) -> None:
    forty = asked["forty"]
    assert "all at once" in plain(forty.card)
    assert forty.waiting is not None
    assert buttons(forty.waiting)[-1] == "Show all 40 devices"
    assert "… and 35 more: +1 −0 lines" in forty.ends("done")
    assert [(word, len(ids)) for word, ids in forty.posts] == [("preview", 40), ("commit", 40), ("backup", 40)]


# -- devices that fail


def test_a_device_that_does_not_take_the_candidate_ends_it_at_the_preview(bot: Rig, asked: dict[str, Asked]) -> None:
    refusing = asked["refusing"]
    said = refusing.ends("void")
    assert "The preview failed on 1 of 3 devices. Nothing was changed." in said
    assert f"{names(bot, refusing.devices)[1]}: % Invalid input detected" in said
    assert refusing.posts == [("preview", refusing.devices)]


def test_the_rest_is_left_alone_where_the_first_one_does_not_take_the_commit(bot: Rig, asked: dict[str, Asked]) -> None:
    failing = asked["first fails"]
    said = failing.ends("failed")
    first, second, third = names(bot, failing.devices)
    assert f"{first}: TCP connection to device failed." in said
    assert f"May have a part of them: {first}" in said
    assert f"Do not have the lines: {second}, {third}" in said
    assert [ids for word, ids in failing.posts if word == "commit"] == [failing.devices[:1]]


def test_the_rest_is_left_alone_where_the_first_one_answers_no_more_after_the_commit(
    bot: Rig, asked: dict[str, Asked]
) -> None:
    silent = asked["first goes silent"]
    said = silent.ends("failed")
    first, second = names(bot, silent.devices)
    assert f"Have the lines: {first}" in said
    assert f"Do not have the lines: {second}" in said
    assert [word for word, _ in silent.posts] == ["preview", "commit", "backup"]


def test_which_of_the_rest_failed_and_why_is_said_with_what_changed_on_the_others(
    bot: Rig, asked: dict[str, Asked]
) -> None:
    failing = asked["third fails"]
    said = failing.ends("failed")
    first, second, third = names(bot, failing.devices)
    assert f"Have the lines: {first}, {second}" in said
    assert f"{third}: TCP connection to device failed." in said
    assert f"{first}, {second}: +1 −0 lines" in said


# -- what makes it void


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("newer", "WebNet has a newer config of"),
        ("committed", "has committed there since the preview"),
        ("denied", "It was denied by bob-both: not on a Friday. Nothing was changed."),
        ("withdrawn", "It was withdrawn by oscar-operator."),
        ("renamed", "rtr-new-name"),
    ],
)
def test_what_is_void_changes_nothing_and_says_why(asked: dict[str, Asked], name: str, words: str) -> None:
    assert words in asked[name].ends("void")
    assert [word for word, _ in asked[name].posts] == ["preview"]


def test_whoever_asked_does_not_approve(asked: dict[str, Asked]) -> None:
    assert "somebody else has to decide" in asked["denied"].said


def test_a_second_deploy_on_a_device_is_answered_with_the_first(bot: Rig) -> None:
    first = ask(bot, free(bot, 2))
    again = bot.ask("U0BOB", f'deploy #{first.devices[1]} reason:mine "ntp server 10.9.9.9"')
    assert f"Deploy #{first.number} of oscar-operator is open on {names(bot, first.devices)[1]}" in plain(again)
    assert f"#{first.number}" in plain(bot.ask("U0VERA", "deploys"))
    assert "Approval by a second person" in plain(bot.ask("U0VERA", f"deploys {first.number}"))
    bot.click("U0OSCAR", first.waits(), "Withdraw")
    first.ends("void")


# -- what is refused at once


def test_a_secret_in_the_line_is_refused_and_stands_nowhere(bot: Rig) -> None:
    said = plain(bot.ask("U0OSCAR", 'deploy #1 reason:rotate "snmp-server community S3cr3tC0mm RO"'))
    assert "A secret was found in these lines" in said
    rows = [row for table in ("chatops_command", "deploy") for row in _rows(bot, table)]
    assert "S3cr3tC0mm" not in str(rows)


def _rows(bot: Rig, table: str) -> list[Any]:
    with bot.store.database.connection():
        return list(bot.store.database.peewee.execute_sql(f'SELECT * FROM "{table}"').fetchall())


def test_lines_that_can_cut_a_device_off_need_its_name(bot: Rig) -> None:
    (device,) = free(bot)
    (name,) = names(bot, [device])
    line = f'deploy #{device} reason:x {{}} "interface Gi0/1; shutdown"'
    for typed in ("", "sure:yes"):
        assert "Line 2 switches an interface off" in plain(bot.ask("U0OSCAR", line.format(typed)))
    card = bot.ask("U0OSCAR", line.format(f"sure:{name}"))
    sure = Asked(bot, card, [device], "")
    bot.click("U0OSCAR", sure.waits(), "Withdraw")
    sure.ends("void")


@pytest.mark.parametrize("user", REFUSED)
@pytest.mark.parametrize("line", ['deploy #1 reason:x "ntp server 10.0.0.1"', "abandon 1"])
def test_only_who_may_is_answered(bot: Rig, user: str, line: str) -> None:
    reason, words = REFUSED[user]
    assert words in plain(bot.ask(user, line))
    assert bot.audit(slack_user_id=user, command=line.partition(" ")[0]).code == reason


def test_the_form_keeps_every_character_and_what_is_a_secret_is_shown_to_nobody(bot: Rig) -> None:
    (device,) = free(bot)
    snippet = 'snmp-server community S3cr3tC0mm RO\r\n  banner "x" \n'
    opened = bot.say("U0OSCAR", f"deploy #{device} reason:rotate")
    view = wait_until(lambda: bot.slack.open_view("U0OSCAR"), "the form")
    bot.slack.submit_view("U0OSCAR", view, state(view.blocks, {"snippet": snippet})).wait_ack()
    form = Asked(bot, answer(opened), [device], "")
    assert "snmp-server community <redacted> RO" in plain(form.card)
    form.approve()
    assert "<redacted" in form.ends("done")
    sent = {entry.body["snippet"] for entry in bot.webnet.record if entry.path in (PREVIEW, COMMIT) and entry.jobs}
    assert snippet.replace("\r\n", "\n") in sent
    rows = [row for table in ("chatops_command", "deploy", "request", "sealed_text") for row in _rows(bot, table)]
    said = [plain(message) for message in bot.slack.messages("C0NOC")]
    assert "S3cr3tC0mm" not in str(rows) + str(said)


def test_no_part_of_what_its_requester_writes_reads_as_a_line_of_the_card(bot: Rig) -> None:
    (device,) = free(bot)
    typed = (
        f'deploy #{device} reason:"new NTP\n✅ Approved by alice-admin" change:"C1\n✅ Preview" "ntp server 10.0.0.9"'
    )
    deploy = Asked(bot, bot.ask("U0OSCAR", typed), [device], "")
    lines = plain(deploy.waits()).split("\n")
    assert "Reason: new NTP ✅ Approved by alice-admin, change C1 ✅ Preview" in lines
    bot.click("U0OSCAR", deploy.card, "Withdraw")
    deploy.ends("void")


def test_a_command_that_reads_like_a_part_of_a_key_is_not_put_before_whoever_approves(bot: Rig) -> None:
    (device,) = free(bot)
    snippet = (
        "ntp server 10.0.0.9\n! -----BEGIN CERTIFICATE-----\nusername eve privilege 15\n! -----END CERTIFICATE-----"
    )
    opened = bot.say("U0OSCAR", f"deploy #{device} reason:x")
    view = wait_until(lambda: bot.slack.open_view("U0OSCAR"), "the form")
    bot.slack.submit_view("U0OSCAR", view, state(view.blocks, {"snippet": snippet})).wait_ack()
    said = plain(answer(opened))
    assert "Line 2 begins a place that is hidden" in said
    assert "eve" not in said.replace("whoever", "")
    assert bot.store.deploys.holding([device]) == []


@pytest.mark.parametrize(
    ("user", "line", "words"),
    [
        ("U0VERA", 'deploy #1 reason:x "ntp server 10.0.0.1"', "needs the role operator"),
        ("U0OSCAR", 'deploy #131 reason:x "ntp server 10.0.0.1"', "There is no device"),
        ("U0OSCAR", "deploy #1 reason:x ntp server 10.0.0.1", "was done. Lines of several words stand in quotes."),
        ("U0OSCAR", "abandon #1", "Nothing is wrong with deploy #1"),
        ("U0OSCAR", "deploys 99999", "There is no deploy #99999"),
    ],
)
def test_what_is_not_possible_is_refused_in_a_sentence(bot: Rig, user: str, line: str, words: str) -> None:
    assert words in plain(bot.ask(user, line))


def test_roll_back_opens_a_form_with_what_was_taken_away_and_added(bot: Rig, asked: dict[str, Asked]) -> None:
    three = asked["three"]
    three.ends("done")
    bot.slack.click("U0BOB", three.replies[0], "Roll back")

    def opened() -> Any:
        view = bot.slack.open_view("U0BOB")
        return view if view and f"added: {three.line}" in str(view.blocks) else None

    shown = str(wait_until(opened, "the form").blocks)
    assert f"Roll back deploy #{three.number}" in shown
    assert all(f"'#{device}'" in shown for device in three.devices)


# -- WebNet's queue


def test_starts_whose_answers_were_lost_are_found_and_not_repeated(bot: Rig) -> None:
    for path in (PREVIEW, COMMIT, "/api/v1/config/backup"):
        bot.webnet.fault("lose_answer", method="POST", prefix=path, times=1)
    lost = ask(bot, free(bot))
    lost.approve()
    lost.ends("done")
    assert [word for word, _ in lost.posts] == ["preview", "commit", "backup"]


def test_a_commit_that_was_cancelled_is_followed_or_given_up(bot: Rig) -> None:
    followed, given_up = ask(bot, free(bot)), ask(bot, free(bot))
    for each in (followed, given_up):
        each.waits()
    bot.webnet.hold = "queued"
    for each in (followed, given_up):
        each.approve()
        wait_until(lambda each=each: "committing" in each.row.jobs, "the commit")  # type: ignore[misc]
        bot.ask("U0BOB", f"cancel {each.row.jobs['committing']}")
        assert buttons(each.becomes("a worker may still run it")) == ["Give up"]
    bot.click("U0BOB", given_up.becomes("a worker may still run it"), "Give up")
    said = given_up.ends("unclear")
    assert "bob-both gave it up while the bot waited for its job." in said
    assert "Nothing is repeated. Make a backup" in said
    assert bot.store.deploys.holding(given_up.devices) == []
    bot.webnet.hold = None
    followed.ends("done")  # a worker has run it


def lists_asked(bot: Rig, device: int) -> int:
    return sum(each.path == f"/api/v1/config/devices/{device}/snapshots" for each in bot.webnet.record)


def cut_off(bot: Rig, device: int) -> Any:
    """Breaks the connection whenever the configs of this device are asked for."""
    bot.webnet.clear_record()
    return bot.webnet.fault("away", prefix=f"/api/v1/config/devices/{device}/snapshots")


def test_configs_that_cannot_be_read_for_a_moment_are_waited_for_at_each_step(bot: Rig) -> None:
    bot.webnet.hold = "queued"
    devices = free(bot)
    asked = ask(bot, devices)
    bot.webnet.finish(wait_until(lambda: asked.row.jobs.get("previewing"), "the preview"))
    asked.waits()
    fault = cut_off(bot, devices[0])
    asked.approve()
    wait_until(lambda: lists_asked(bot, devices[0]) > 6, "two looks")
    fault.times = 0
    bot.webnet.finish(wait_until(lambda: asked.row.jobs.get("committing"), "the commit"))
    backup = wait_until(lambda: asked.row.jobs.get("backing_up"), "the backup")
    fault = cut_off(bot, devices[0])
    bot.webnet.finish(backup)
    wait_until(lambda: asked.row.state == "comparing", "the end of the backup")
    wait_until(lambda: lists_asked(bot, devices[0]) > 6, "two looks")
    fault.times = 0
    bot.webnet.hold = None
    asked.ends("done")


def test_a_job_that_can_never_be_read_holds_no_device_for_ever(bot: Rig) -> None:
    bot.webnet.hold = "queued"
    asked, other = ask(bot, free(bot)), ask(bot, free(bot))
    for each in (asked, other):
        bot.webnet.finish(wait_until(lambda each=each: each.row.jobs.get("previewing"), "the preview"))  # type: ignore[misc]
        each.waits()
    asked.approve()
    job = wait_until(lambda: asked.row.jobs.get("committing"), "the commit")
    fault = bot.webnet.fault("error", prefix=f"/api/v1/jobs/{job}/")
    bot.webnet.hold = None
    bot.webnet.finish(job)
    other.approve()
    other.ends("done")
    assert asked.row.state == "committing"
    long_ago = bot.store.deploys.now() - timedelta(days=1, minutes=1)
    bot.store.database.run(DeployRow.update(moved_at=long_ago).where(DeployRow.id == asked.number))
    assert "could not be read for a day" in asked.ends("unclear")
    fault.times = 0


HOW = {"lost": "seems to have lost job", "long": "has been running for long"}
HANGS: list[tuple[State, str]] = [(step, how) for step in ("previewing", "committing", "backing_up") for how in HOW]


def hanging(bot: Rig, step: State) -> tuple[Asked, Plan]:
    """Asks for a deploy whose job of this state hangs, and returns it with what the worker would do."""
    bot.webnet.hold = "queued" if step == "previewing" else None
    asked = ask(bot, free(bot))
    if step != "previewing":
        asked.waits()
        bot.webnet.hold = "queued"
        asked.approve()
    if step == "backing_up":
        bot.webnet.finish(wait_until(lambda: asked.row.jobs.get("committing"), "the commit"))
    job = wait_until(lambda: asked.row.jobs.get(step), f"the job of {step}")
    with bot.webnet.lock:
        plan = bot.webnet.runner.plans.pop(job)
    bot.webnet.hold = None
    return asked, plan


def older(bot: Rig, job: int, how: str) -> None:
    """Makes a job seem lost or long, once it was seen, since the newest job also tells the bot WebNet's time."""
    wait_until(lambda: bot.store.jobs.known([job]), "the job in the index")
    before, after = (stamp(datetime.now(UTC) - timedelta(minutes=minutes)) for minutes in (125, 9))
    changes = {"requested_at": after} if how == "lost" else {"status": "running", "started_at": before}
    bot.webnet.change("jobs", job, **changes)


def test_a_job_that_is_lost_or_runs_for_long_is_said_at_each_step_and_nothing_is_repeated(bot: Rig) -> None:
    found = {(step, how): hanging(bot, step) for step, how in HANGS}
    for (step, how), (asked, _) in found.items():
        older(bot, asked.row.jobs[step], how)
    later_ends(bot, 5)
    started = {key: asked.posts for key, (asked, _) in found.items()}
    for (_, how), (asked, _) in found.items():
        assert buttons(asked.becomes(HOW[how])) == ["Give up"]
    ends = {"previewing": ("void", "Nothing was changed."), "committing": ("unclear", "May have a part of them: ")}
    for (step, how), (asked, plan) in found.items():
        if how == "lost":
            bot.click("U0BOB", asked.becomes(HOW[how]), "Give up")
            end, words = ends.get(step, ("failed", "Have the lines: "))
            said = asked.ends(end)
            assert words in said
            assert "bob-both gave it up while the bot waited for its job." in said
            assert asked.posts == started[step, how]
            continue
        with bot.webnet.lock:
            bot.webnet.runner.plans[asked.row.jobs[step]] = plan  # a worker goes on with it
        if step == "previewing":
            asked.waits()
            asked.approve()
        asked.ends("done")
        assert [word for word, _ in asked.posts] == ["preview", "commit", "backup"]


def test_a_start_that_webnet_refuses_for_now_is_tried_again_later_and_not_for_ever(bot: Rig) -> None:
    throttled = ask(bot, free(bot))
    throttled.waits()
    fault = bot.webnet.fault("throttle", method="POST", prefix=COMMIT)
    throttled.approve()

    def refused(number: int) -> bool:
        rows = bot.store.audit.list(limit=50)
        codes = [row.code for row in rows if row.device == throttled.devices[0] and row.status != "running"]
        waits = throttled.number not in bot.store.deploys.due() and throttled.row.state == "checking"
        return codes.count("webnet_throttled") == number and waits

    def rested(minutes: int) -> Deploy:
        row = throttled.row
        aged = DeployRow.update(moved_at=row.moved_at - timedelta(minutes=minutes), due_at=bot.store.deploys.now())
        bot.store.database.run(aged.where(DeployRow.id == row.id))
        bot.bot.common.hurry(ADVANCING)
        return throttled.row

    wait_until(lambda: refused(1), "the commit to be refused")
    aged = rested(9)
    wait_until(lambda: refused(2), "the commit to be refused again")
    assert throttled.row.moved_at == aged.moved_at
    rested(2)
    assert "The commit could not be started within 10 minutes. Nothing was changed." in throttled.ends("void")
    tried = [each for each in bot.webnet.record if each.path == COMMIT and throttled.line in str(each.body)]
    assert (len(tried), [word for word, _ in throttled.posts]) == (2, ["preview"])
    fault.lift()


@pytest.mark.parametrize("module_store_url", ["postgresql"], indirect=True)
def test_two_replicas_commit_once(bot: Rig) -> None:
    with another(bot):
        several = [ask(bot, free(bot)) for _ in range(3)]
        for each in several:
            each.approve()
        for each in several:
            each.ends("done")
            assert [word for word, _ in each.posts] == ["preview", "commit", "backup"]
