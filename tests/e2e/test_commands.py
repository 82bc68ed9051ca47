"""Each subcommand as a person uses it: type the line, read the answer, press the button."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

import handlers
from bot.core.arguments import Kind
from bot.core.errors import WebNetForbidden
from bot.jobs.webnet_clock import NAME as WEBNETS_CLOCK
from lab.slack import Message, plain
from lab.webnet.clock import utc_now
from tests.e2e.rig import Rig, answer, rig, wait_until


def lines(message: Message) -> list[str]:
    return plain(message).splitlines()


def number(message: Message) -> int:
    found = re.search(r"job #(\d+)", plain(message))
    assert found, plain(message)
    return int(found[1])


def buttons(message: Message) -> list[str]:
    return re.findall(r"\[([^\]]+)\]", plain(message))


def jobs_started(bot: Rig) -> int:
    return sum(len(entry.jobs) for entry in bot.webnet.record)


# -- status


def test_status_shows_the_device_and_what_can_be_done(bot: Rig) -> None:
    message = bot.ask("U0VERA", "status rtr-fra1-001")
    said = plain(message)
    for part in ("rtr-fra1-001", "10.10.0.1", "cisco", "ios", "core", "reachable, checked"):
        assert part in said
    assert "Last ping* none known" in said
    assert re.search(r"🕓 queued, \d+ days ago, job #162", said)  # which the bot did not start
    assert buttons(message) == ["Ping", "Backup"]
    assert message.ephemeral_to is None


def test_status_says_never_checked_and_leaves_out_what_is_empty(bot: Rig) -> None:
    bot.webnet.change("devices", 5, last_reachability_check=None, reachability_status=None, site=None, role=None)
    said = plain(bot.ask("U0VERA", "status #5"))
    assert "unknown, never checked" in said
    assert said.splitlines()[4] == "`10.10.0.5` · cisco ios · enabled"


def test_status_of_a_disabled_device_offers_no_job(bot: Rig) -> None:
    bot.webnet.change("devices", 5, enabled=False)
    message = bot.ask("U0VERA", "status #5")
    assert "Disabled in WebNet" in plain(message)
    assert buttons(message) == []


def test_status_shows_the_last_job_that_the_bot_started(bot: Rig) -> None:
    job = number(bot.ask("U0OSCAR", "backup rtr-fra1-001"))
    wait_until(lambda: bot.webnet.row("jobs", job)["status"] == "success", "the end of the job")
    said = plain(bot.ask("U0VERA", "status rtr-fra1-001"))
    assert f"#{job}" in said
    assert "config backup: ✅ success, just now, job" in said
    assert "by oscar-operator" in said


def test_the_buttons_of_a_status_start_jobs_on_that_device(bot: Rig) -> None:
    status = bot.ask("U0OSCAR", "status rtr-fra1-001")
    ping = bot.click("U0OSCAR", status, "Ping")
    assert "Ping of rtr-fra1-001 started" in plain(ping)
    backup = bot.click("U0OSCAR", status, "Backup")
    assert "Backup of rtr-fra1-001 started" in plain(backup)
    assert bot.webnet.row("jobs", number(backup))["target_summary_json"] == {"filters": {"device_ids": [1]}}


# -- what every command does

ABOUT = (Kind.device, Kind.job, Kind.alert)


@pytest.mark.parametrize(
    "name",  # `why` reads what the bot keeps: tests/e2e/test_subscriptions.py
    [c.name for c in handlers.discover().values() if any(a.kind in ABOUT for a in c.arguments) and c.name != "why"],
)
def test_the_audit_row_names_the_device_that_a_command_is_about(bot: Rig, name: str) -> None:
    bot.webnet.hold = "queued"
    job = bot.webnet.start_job("config_backup", [5])
    values = {Kind.device: "#5", Kind.job: job, Kind.alert: 3, Kind.words: ("hostname",)}
    command = handlers.discover()[name]
    asked = {each.name: values[each.kind] for each in command.arguments if each.kind in ABOUT or each.required}
    bot.say("U0ALICE", command.write(asked))
    row = bot.audit(command=name)
    assert (row.device, row.device_name) == (5, "sw-fra1-005")


# -- ping and backup


@pytest.mark.parametrize(("name", "kind"), [("ping", "check_reachability"), ("backup", "config_backup")])
def test_a_job_is_started_on_exactly_one_device(bot: Rig, name: str, kind: str) -> None:
    message = bot.ask("U0OSCAR", f"{name} 10.10.0.1")
    job = bot.webnet.row("jobs", number(message))
    assert (job["type"], job["customer"]) == (kind, 1)
    assert job["target_summary_json"] == {"filters": {"device_ids": [1]}}
    assert buttons(message)[0] == f"Open job #{job['id']}"
    row = bot.audit(command=name)
    assert (row.status, row.job_id, row.job_type, row.device, row.device_name, row.username) == (
        "success",
        job["id"],
        kind,
        1,
        "rtr-fra1-001",
        "oscar-operator",
    )


def test_webnet_sees_the_request_id_of_the_audit_row(bot: Rig) -> None:
    bot.ask("U0OSCAR", "ping #1")
    row = bot.audit(command="ping")
    asked = {entry.path for entry in bot.webnet.record if entry.request_id == row.request_id}
    assert {"/api/v1/users/3/", "/api/v1/devices/1/", "/api/v1/reachability/run"} <= asked


def test_the_link_button_opens_the_jobs_page(bot: Rig) -> None:
    message = bot.ask("U0OSCAR", "ping #1")
    button = next(b for block in message.blocks for b in block.get("elements", []) if b.get("type") == "button")
    assert button["url"] == f"{bot.webnet.url}/jobs/{number(message)}/"


def test_a_second_job_is_not_started_while_one_runs(bot: Rig) -> None:
    bot.webnet.hold = "running"
    first = number(bot.ask("U0OSCAR", "ping #1"))
    again = bot.ask("U0ALICE", "ping rtr-fra1-001")
    assert "is already " in plain(again)
    assert number(again) == first
    assert "Backup of" in plain(bot.ask("U0OSCAR", "backup #1"))
    bot.webnet.finish(first)
    assert number(bot.ask("U0OSCAR", "ping #1")) > first


def test_a_job_that_is_scheduled_for_later_does_not_count_as_running(bot: Rig) -> None:
    job = bot.webnet.start_job("config_backup", [7], customer=1, user=2)
    bot.webnet.hold = "queued"
    bot.webnet.change("jobs", job, status="scheduled")
    assert "Backup of" in plain(bot.ask("U0OSCAR", "backup #7"))


def test_a_number_that_webnet_gave_to_another_job_is_not_taken_for_ours(bot: Rig) -> None:
    bot.webnet.hold = "running"
    job = number(bot.ask("U0OSCAR", "backup #7"))
    bot.webnet.change("jobs", job, customer=2, type="config_deploy_commit")
    assert "Backup of" in plain(bot.ask("U0OSCAR", "backup #7"))
    bot.webnet.change("jobs", job + 1, customer=2, type="config_deploy_commit")
    said = plain(bot.ask("U0VERA", "status #7"))
    assert "state not known" in said
    assert "deploy" not in said


def test_a_job_that_somebody_started_in_webnet_counts_as_running(bot: Rig) -> None:
    bot.webnet.hold = "running"
    job = bot.webnet.start_job("config_backup", [7], customer=1, user=2)
    bot.webnet.clear_record()
    assert number(bot.ask("U0OSCAR", "backup #7")) == job
    assert jobs_started(bot) == 0


def test_of_twenty_at_once_one_starts_the_job(bot: Rig) -> None:
    """A few wait and get its number; the others are answered at once, so that not every worker waits."""
    bot.webnet.hold = "running"
    for _ in range(20):
        bot.say("U0OSCAR", "ping #9")

    def answers() -> list[str]:
        shown = [plain(message) for message in bot.slack.messages("C0NOC", "U0OSCAR")]
        return [words for words in shown if "Working" not in words]

    said = wait_until(lambda: found if len(found := answers()) == 20 else None, "twenty answers")
    numbers = {found[1] for words in said if (found := re.search(r"job #(\d+)", words))}
    assert len(numbers) == 1
    assert all("job #" in words or "is already being started" in words for words in said)
    assert jobs_started(bot) == 1


# -- the gate


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"enabled": False}, "is disabled in WebNet"),
        ({"customer": 2}, "is no longer here"),
        ({"hostname": "other-device"}, "and is other-device"),
        ({"mgmt_ip": "10.99.99.99"}, "(10.99.99.99) now"),
    ],
)
def test_a_device_that_changed_a_moment_before_is_refused(bot: Rig, change: dict[str, object], words: str) -> None:
    bot.ask("U0OSCAR", "status rtr-fra1-001")
    bot.webnet.before("GET", "/api/v1/devices/1/", lambda: bot.webnet.change("devices", 1, touch=False, **change))
    message = bot.ask("U0OSCAR", "backup rtr-fra1-001")
    assert words in plain(message)
    assert message.ephemeral_to == "U0OSCAR"
    assert jobs_started(bot) == 0
    assert bot.audit(command="backup").status == "failed"


def test_a_device_that_was_deleted_a_moment_before_is_refused(bot: Rig) -> None:
    bot.webnet.before("GET", "/api/v1/devices/1/", lambda: bot.webnet.delete("devices", 1))
    assert "is no longer here" in plain(bot.ask("U0OSCAR", "ping rtr-fra1-001"))
    assert jobs_started(bot) == 0


def test_two_devices_that_swapped_their_names_are_not_confused(bot: Rig) -> None:
    bot.ask("U0OSCAR", "status #1")
    bot.webnet.change("devices", 2, touch=False, hostname="swapping")
    bot.webnet.change("devices", 1, touch=False, hostname="sw-ams2-002")
    bot.webnet.change("devices", 2, touch=False, hostname="rtr-fra1-001")
    assert "Nothing was started" in plain(bot.ask("U0OSCAR", "ping rtr-fra1-001"))
    assert jobs_started(bot) == 0


def test_an_answer_that_is_lost_is_not_repeated(bot: Rig) -> None:
    bot.webnet.hold = "running"
    bot.webnet.fault("lose_answer", method="POST", times=1)
    message = bot.ask("U0OSCAR", "backup #1")
    assert "unclear whether the backup was started" in plain(message)
    assert "`jobs`" in plain(message)
    assert jobs_started(bot) == 1
    assert bot.audit(command="backup").status == "unclear"
    assert "is already " in plain(bot.ask("U0OSCAR", "backup #1"))


# -- finding a device


def test_names_addresses_labels_and_ids_find_a_device(bot: Rig) -> None:
    bot.webnet.change("devices", 3, hostname="core1.fra.example.net")
    for words in ("core1.fra.example.net", "CORE1.fra.example.NET", "core1", "#3", '"core1"', "“core1”", "10.10.0.3"):
        assert lines(bot.ask("U0VERA", f"status {words}"))[0] == "core1.fra.example.net", words


def test_automatic_links_are_undone(bot: Rig) -> None:
    bot.webnet.change("devices", 3, hostname="core1.fra.example.net")
    asked = bot.say("U0VERA", "status core1.fra.example.net", links=True)
    assert asked.payload["text"] == "status <http://core1.fra.example.net|core1.fra.example.net>"
    assert lines(asked.wait_for("10.10.0.3"))[0] == "core1.fra.example.net"


def test_a_unique_beginning_is_enough_to_read_but_not_to_act(bot: Rig) -> None:
    bot.webnet.change("devices", 3, hostname="zz-unique-device")
    assert lines(bot.ask("U0OSCAR", "status zz-uni"))[0] == "zz-unique-device"
    offer = bot.ask("U0OSCAR", "backup zz-uni")
    assert buttons(offer) == ["zz-unique-device (10.10.0.3)"]
    assert jobs_started(bot) == 0
    assert "Backup of zz-unique-device started" in plain(bot.click("U0OSCAR", offer, buttons(offer)[0]))


def test_several_matches_are_offered_as_buttons_that_carry_the_id(bot: Rig) -> None:
    bot.webnet.change("devices", 3, hostname="Twin")
    bot.webnet.change("devices", 4, hostname="TWIN")
    offer = bot.ask("U0OSCAR", "ping twin")
    assert buttons(offer) == ["Twin (10.10.0.3)", "TWIN (10.10.0.4)"]
    assert "Ping of TWIN started" in plain(bot.click("U0OSCAR", offer, "TWIN (10.10.0.4)"))
    assert "Ping of Twin started" in plain(bot.ask("U0OSCAR", "ping Twin"))


def test_a_slip_is_met_with_the_nearest_names(bot: Rig) -> None:
    offer = bot.ask("U0VERA", "status rtr-fra1-0o1")
    assert "Did you mean" in plain(offer)
    assert len(buttons(offer)) == 3
    assert lines(bot.click("U0VERA", offer, buttons(offer)[0]))[0].startswith("rtr-")


def test_a_new_device_is_found_by_one_refresh(bot: Rig) -> None:
    bot.ask("U0VERA", "status #1")
    copied = ("customer", "mgmt_ip", "vendor", "platform", "credential", "enabled")
    row = bot.webnet.row("devices", 1)
    bot.webnet.add("devices", hostname="brand-new", **{name: row[name] for name in copied})
    bot.webnet.clear_record()
    assert lines(bot.ask("U0VERA", "status brand-new"))[0] == "brand-new"
    lists = [entry for entry in bot.webnet.record if entry.path == "/api/v1/devices/"]
    assert len(lists) == 1


def test_a_newer_device_with_the_very_name_is_the_one_that_is_meant(bot: Rig) -> None:
    bot.webnet.change("devices", 3, hostname="RTR-A")
    bot.ask("U0OSCAR", "status #3")
    copied = ("customer", "mgmt_ip", "vendor", "platform", "credential", "enabled")
    new = bot.webnet.add("devices", hostname="rtr-a", **{name: bot.webnet.row("devices", 3)[name] for name in copied})
    job = number(bot.ask("U0OSCAR", "backup rtr-a"))
    assert bot.webnet.row("jobs", job)["target_summary_json"] == {"filters": {"device_ids": [new["id"]]}}


def test_a_key_that_lost_its_role_does_not_empty_the_directory(bot: Rig) -> None:
    known = bot.store.directory.count(1)
    bot.webnet.change("users", 9, role="viewer")
    with pytest.raises(WebNetForbidden):
        bot.directory.sweep()
    assert bot.store.directory.count(1) == known
    bot.webnet.change("users", 9, role="admin")


def test_a_device_of_another_customer_does_not_exist(bot: Rig) -> None:
    foreign = bot.webnet.row("devices", 131)["hostname"]
    for words in (foreign, "#131", bot.webnet.row("devices", 131)["mgmt_ip"]):
        said = plain(bot.ask("U0ALICE", f"status {words}"))
        assert "There is no device" in said
        assert foreign not in said.replace(str(words), "")


# -- jobs


def shown_jobs(message: Message) -> list[int]:
    return [int(found) for found in re.findall(r"#(\d+) \(http", plain(message))]


def test_jobs_shows_the_ten_newest_of_the_customer(bot: Rig) -> None:
    rows = [job for job in bot.webnet.rows("jobs") if job["customer"] == 1]
    newest = sorted((job["id"] for job in rows), reverse=True)
    message = bot.ask("U0VERA", "jobs")
    assert shown_jobs(message) == newest[:10]
    assert buttons(message) == ["Older"]


def test_older_and_newer_walk_through_all_jobs_in_place(bot: Rig) -> None:
    every = sorted((job["id"] for job in bot.webnet.rows("jobs") if job["customer"] == 1), reverse=True)
    message, seen = bot.ask("U0VERA", "jobs"), []
    while True:
        seen += shown_jobs(message)
        if "Older" not in buttons(message):
            break
        message = bot.click("U0VERA", message, "Older")
    assert seen == every
    for _ in range(3):
        message = bot.click("U0VERA", message, "Newer")
    there = every.index(shown_jobs(message)[0])
    assert shown_jobs(message) == every[there : there + 10]
    assert len([m for m in bot.slack.messages("C0NOC") if plain(m).startswith("Jobs")]) == 1


def test_words_narrow_the_list_down(bot: Rig) -> None:
    def fitting(**wanted: str) -> list[int]:
        rows = [j for j in bot.webnet.rows("jobs") if j["customer"] == 1 and wanted.items() <= j.items()]
        return sorted((job["id"] for job in rows), reverse=True)[:10]

    assert shown_jobs(bot.ask("U0VERA", "jobs cancelled")) == fitting(status="cancelled")
    assert shown_jobs(bot.ask("U0VERA", "jobs backup")) == fitting(type="config_backup")
    assert shown_jobs(bot.ask("U0VERA", "jobs BACKUP queued")) == fitting(type="config_backup", status="queued")


def test_a_device_a_person_and_an_age_narrow_the_list_down_and_the_rows_name_the_devices(bot: Rig) -> None:
    on_one = number(bot.ask("U0OSCAR", "ping #1"))
    on_two = number(bot.ask("U0BOB", "backup #2"))
    shown = bot.ask("U0VERA", "jobs rtr-fra1-001 2h")
    assert shown_jobs(shown) == [on_one]
    assert "Jobs on rtr-fra1-001 in the last 2 h" in plain(shown)
    assert "check reachability · rtr-fra1-001 ·" in plain(shown)
    assert shown_jobs(bot.ask("U0VERA", "jobs bob 2h")) == [on_two]
    assert shown_jobs(bot.ask("U0VERA", "jobs @bob-both 2h backup")) == [on_two]
    assert shown_jobs(bot.ask("U0VERA", "jobs 2h")) == [on_two, on_one]
    assert shown_jobs(bot.ask("U0VERA", "jobs user:bob,backup, last 2 hours")) == [on_two]
    assert lines(bot.ask("U0VERA", "jobs since yesterday 08:00"))[0].startswith("Jobs since ")
    assert "No ping jobs of bob-both in the last hour found" in plain(bot.ask("U0VERA", "jobs bob ping 1h"))


def test_ages_are_by_the_clock_of_webnet(bot: Rig) -> None:
    behind = timedelta(hours=3)
    bot.webnet.clock = lambda: utc_now() - behind
    bot.store.cursors.put(WEBNETS_CLOCK, str(-behind.total_seconds()))
    job = number(bot.ask("U0OSCAR", "ping #1"))
    assert shown_jobs(bot.ask("U0VERA", "jobs 1h")) == [job]
    assert "h ago" not in plain(bot.ask("U0VERA", "status #1")).splitlines()[2]


def test_jobs_from_before_the_first_start_are_looked_at_when_they_are_shown(bot: Rig) -> None:
    ended = [j["id"] for j in bot.webnet.rows("jobs") if (j["customer"], j["status"]) == (1, "success")]
    job = max(ended)
    with bot.webnet.lock:
        bot.webnet.state.add_log(job, bot.webnet.state.now(), "ERROR", "sw-a", "Authentication to device failed.")
    message = bot.ask("U0VERA", "jobs failed")
    assert job in shown_jobs(message)
    assert re.search(r"Nobody has looked at how \d+ other jobs ended\.", plain(message))
    assert "nobody has looked at its log" not in plain(message)
    assert sorted(bot.store.outcomes.get(ended)) == sorted(ended)[-20:]
    assert bot.store.outcomes.get(shown_jobs(message)).keys() == {*shown_jobs(message)}


def test_mine_is_what_i_started_here_or_in_webnet(bot: Rig) -> None:
    mine = number(bot.ask("U0OSCAR", "ping #1"))
    number(bot.ask("U0BOB", "ping #2"))
    shown = shown_jobs(bot.ask("U0OSCAR", "jobs mine"))
    in_webnet = [job["id"] for job in bot.webnet.rows("jobs") if job["customer"] == 1 and job["user"] == 3]
    assert shown == sorted([mine, *in_webnet], reverse=True)[:10]


def test_who_is_the_person_who_asked_the_bot(bot: Rig) -> None:
    job = number(bot.ask("U0OSCAR", "ping #1"))
    row = next(line for line in lines(bot.ask("U0VERA", "jobs")) if f"#{job} " in line)
    assert "oscar-operator" in row
    assert bot.webnet.row("jobs", job)["user"] == 9


def test_at_most_five_pages_are_read_and_more_is_offered(store_url: str) -> None:
    with rig(store_url, webnet={"jobs": 2000}) as bot:
        bot.ask("U0VERA", "help")
        bot.webnet.clear_record()
        message = bot.ask("U0VERA", "jobs scheduled mine")
        pages = [entry for entry in bot.webnet.record if entry.path == "/api/v1/jobs/"]
        assert len(pages) == 5
        assert re.search(r"Looked through 2\d\d jobs", plain(message))
        assert "Look further" in buttons(message)


def test_one_odd_row_hides_no_other(bot: Rig) -> None:
    bot.webnet.change("jobs", 162, customer=None)
    assert 160 in shown_jobs(bot.ask("U0VERA", "jobs"))
    assert "Backup of" in plain(bot.ask("U0OSCAR", "backup #1"))


def test_a_word_that_nobody_knows_is_met_with_the_nearest(bot: Rig) -> None:
    assert "Did you mean failed?" in plain(bot.ask("U0VERA", "jobs faild"))
    assert "`tonight` is not understood: a status, a type, a device" in plain(bot.ask("U0VERA", "jobs tonight"))
    assert bot.audit(command="jobs").code == "usage"
    assert "What one job reported: `logs 163`." in plain(bot.ask("U0VERA", "jobs #163"))
    assert "No from next year jobs found." in plain(bot.ask("U0VERA", "jobs from_next_year"))
    assert "Did you mean" in plain(bot.ask("U0VERA", "jobs rtr-fra1-0o1"))


def test_a_word_that_would_replace_another_is_refused(bot: Rig) -> None:
    for words, what in (
        ("alice-admin bob-both", "user"),
        ("mine bob-both", "user"),
        ("#1 #2", "device"),
        ("2h 3h", "time"),
        ("2h yesterday 08:00", "time"),
    ):
        second = words.partition(" ")[2]
        assert f"`{second}` is a second {what}. Name one {what}." in plain(bot.ask("U0VERA", f"jobs {words}")), words


# -- help, and lines that are not understood


def test_a_question_mark_asks_for_help(bot: Rig) -> None:
    for typed, title in (("?", "What you can run"), ("status ?", "status"), ("/webnet jobs --help", "jobs")):
        assert lines(bot.ask("U0VERA", typed))[0] == title


def test_a_device_that_stands_before_its_command_gets_them_the_other_way_round(bot: Rig) -> None:
    said = plain(bot.ask("U0VERA", "rtr-fra1-001 status"))
    assert said.startswith("There is no subcommand `rtr-fra1-001`. Did you mean `status rtr-fra1-001`?")
    for typed in ("rtr-fra1-001", "rtr-fra1-001 backup"):  # which a viewer may not
        assert "Did you mean" not in plain(bot.ask("U0VERA", typed))


def test_a_command_of_one_device_says_that_it_takes_no_more(bot: Rig) -> None:
    for several in ("all", "site:fra1", "@core-routers", "rtr-*"):
        said = plain(bot.ask("U0VERA", f"status {several}"))
        assert said.startswith(
            f"There is no device `{several}` here. Name one device: no group and no filter is taken here."
        )
    said = plain(bot.ask("U0VERA", "status rtr-fra1-001,sw-fra1-005"))
    assert (
        said == "There is no device `rtr-fra1-001,sw-fra1-005` here. Name one device: no more than one is taken here."
    )


@pytest.mark.parametrize("typed", ["/webnet status rtr-fra1-001", "Webnet  status rtr-fra1-001"])
def test_a_line_that_was_pasted_whole_is_run(bot: Rig, typed: str) -> None:
    assert lines(bot.ask("U0VERA", typed))[0] == "rtr-fra1-001"
    assert bot.audit(text=typed).command == "status"
    assert lines(bot.ask("U0VERA", "/webnet"))[0] == "What you can run"


def test_help_shows_what_the_caller_may_run(bot: Rig) -> None:
    assert "/webnet backup <devices>" in plain(bot.ask("U0OSCAR", "help"))
    assert "/webnet backup <devices>" not in plain(bot.ask("U0VERA", "help"))
    assert plain(bot.ask("U0VERA", "")) == plain(bot.ask("U0VERA", "help"))
    assert "Example: `/webnet jobs failed`" in plain(bot.ask("U0VERA", "help jobs"))
    assert "that you can run" in plain(bot.ask("U0VERA", "help backup"))


def test_a_mistyped_subcommand_is_met_with_the_nearest(bot: Rig) -> None:
    message = bot.ask("U0VERA", "stauts rtr-fra1-001")
    assert "Did you mean `status`?" in plain(message)
    assert message.ephemeral_to == "U0VERA"
    assert bot.audit(status="usage").slack_user_id == "U0VERA"


def test_a_subcommand_that_is_cut_short_as_on_a_device_is_named_whole(bot: Rig) -> None:
    assert "Did you mean `show`?" in plain(bot.ask("U0OSCAR", "sh rtr-fra1-001 version"))
    assert "Did you mean `changes`?" in plain(bot.ask("U0VERA", "chan 2h"))
    assert "Did you mean" not in plain(bot.ask("U0VERA", "s rtr-fra1-001"))  # which many begin with
    assert "Did you mean" not in plain(bot.ask("U0VERA", "sh rtr-fra1-001 version"))  # which a viewer may not


def test_a_second_argument_is_a_usage_error(bot: Rig) -> None:
    message = bot.ask("U0OSCAR", "status a b")
    assert "/webnet status <device>" in plain(message)
    assert message.ephemeral_to == "U0OSCAR"


# -- what surrounds a command


def test_visibility_is_honoured_and_refusals_are_private(store_url: str) -> None:
    with rig(store_url, visibility="ephemeral", visibility_of={"jobs": "in_channel"}) as bot:
        assert bot.ask("U0VERA", "status #1").ephemeral_to == "U0VERA"
        assert bot.ask("U0VERA", "jobs").ephemeral_to is None
        assert bot.ask("U0VERA", "backup #1").ephemeral_to == "U0VERA"


def test_a_word_that_it_takes_longer_is_shown_until_the_answer(bot: Rig) -> None:
    bot.ask("U0VERA", "status #1")
    bot.webnet.fault("delay", prefix="/api/v1/devices/1/", delay_s=2.0, times=1)
    asked = bot.say("U0VERA", "status #1")
    working = asked.wait(1)[0]
    assert "Working on `status`" in plain(working)
    assert working.ephemeral_to == "U0VERA"
    final = asked.wait_for("rtr-fra1-001")
    assert final.ephemeral_to is None
    assert [plain(m) for m in asked.visible] == [plain(final)]


def test_an_envelope_that_comes_twice_runs_once(bot: Rig) -> None:
    bot.webnet.hold = "running"
    asked = bot.say("U0OSCAR", "ping #1")
    asked.wait(1)
    bot.slack.redeliver(asked)
    bot.ask("U0OSCAR", "help")
    bot.webnet.fault("delay", prefix="/api/v1/devices/2/", delay_s=1.5, times=1)
    bot.say("U0OSCAR", "status #2").wait_for("Working")  # by then the second one's would have come, too
    assert [plain(message) for message in asked.replies if "Working" in plain(message)] == []
    assert jobs_started(bot) == 1
    assert len([row for row in bot.store.audit.list() if row.command == "ping"]) == 1


def test_a_row_counts_from_the_moment_of_asking(store_url: str) -> None:
    with rig(store_url, workers=1) as bot:
        bot.webnet.fault("delay", prefix="/api/v1/devices/1/", delay_s=1.0, times=1)
        bot.say("U0VERA", "status #1")
        bot.ask("U0VERA", "help")
        row = bot.audit(command="help")
        assert row.duration_ms
        assert row.duration_ms > 500


def test_there_is_a_store_connection_for_every_thread(store_url: str) -> None:
    with rig(store_url, workers=32) as bot:
        bot.webnet.fault("delay", prefix="/api/v1/devices/", delay_s=0.3)
        asked = [bot.say("U0VERA", "status #1") for _ in range(64)]
        assert all("rtr-fra1-001" in plain(answer(interaction, 20)) for interaction in asked)


def test_too_many_commands_in_a_minute_are_refused_with_when_to_come_back(store_url: str) -> None:
    with rig(store_url, per_user_per_minute=3) as bot:
        for _ in range(3):
            bot.ask("U0VERA", "help")
        message = bot.ask("U0VERA", "help")
        assert re.search(r"Try again in \d+ s", plain(message))
        assert bot.audit(status="rate_limited").slack_user_id == "U0VERA"
        assert "What you can run" in plain(bot.ask("U0OSCAR", "help"))


def test_a_disabled_workspace_and_an_unknown_team_are_refused(bot: Rig) -> None:
    workspace = bot.store.workspaces.by_team("T0ACME")
    assert workspace
    bot.store.workspaces.update(workspace.id, enabled=False)
    bot.workspaces.refresh()
    assert "switched off for this Slack workspace" in plain(bot.ask("U0ALICE", "help"))
    assert bot.audit(code="disabled_workspace").slack_user_id == "U0ALICE"
    bot.store.workspaces.remove(workspace.id)
    bot.workspaces.refresh()
    assert "(T0ACME) is not connected to WebNet" in plain(bot.ask("U0ALICE", "help"))
    assert bot.audit(code="unknown_team").slack_user_id == "U0ALICE"


def test_a_change_of_rights_counts_at_once_for_commands_that_change_something(bot: Rig) -> None:
    bot.ask("U0OSCAR", "status #1")
    bot.webnet.change("users", 3, role="viewer")
    assert "needs the role operator" in plain(bot.ask("U0OSCAR", "backup #1"))
    bot.webnet.change("users", 3, is_active=False)
    assert "is inactive" in plain(bot.ask("U0OSCAR", "ping #1"))


def test_an_unknown_click_is_acknowledged(bot: Rig) -> None:
    blocks = [
        {
            "type": "actions",
            "elements": [{"type": "button", "text": {"type": "plain_text", "text": "Old"}, "action_id": "gone"}],
        }
    ]
    bot.api.call("chat.postMessage", "xoxb-lab-acme", channel="C0NOC", text="old message", blocks=blocks)
    click = bot.slack.click("U0VERA", bot.slack.wait_message("C0NOC", "Old"), "Old")
    click.wait_ack()
    assert click.error is None
