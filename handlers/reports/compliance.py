"""How many policies are violated now, beside yesterday and a week ago."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from bot.core.message import Bold, Line, Mono
from bot.core.reports import Data, Section, Shown
from bot.core.text import and_more, count, cut
from bot.report_reader import ReportReader

MOST = 5


def read(reader: ReportReader) -> dict[str, Any]:
    found = reader.violations(MOST)
    newest = [
        {"hostname": cut(violation.hostname, 100), "policy": cut(policy, 100)} for violation, policy in found.newest
    ]
    return {"number": found.number, "devices": found.devices, "newest": newest}


def lines(data: Data, shown: Shown) -> Iterator[Line]:
    before = {"yesterday": shown.days_ago(1), "a week ago": shown.days_ago(7)}
    if data["number"] or any(before.values()):
        beside = (f"{when} {'not known' if value is None else f'{value:,}'}" for when, value in before.items())
        yield (f"Now {data['number']:,} on {count(data['devices'], 'device')}; {', '.join(beside)}.",)
    for one in data["newest"]:
        yield ("• ", Mono(one["hostname"]), " violates ", Bold(one["policy"]))
    if (more := data["number"] - len(data["newest"])) > 0:
        yield (and_more(more, "violation"),)


def sample(_: datetime) -> dict[str, Any]:
    return {"number": 1, "devices": 1, "newest": [{"hostname": "rtr-fra1-001", "policy": "vty-ssh-only"}]}


SECTION = Section("compliance", "Policies violated", 50, read, lines, sample)
