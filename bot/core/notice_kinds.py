"""Lists the kinds of notices that a channel can ask for. Everything else about a kind derives from its row: the fields of the
management API, the options of `channel add` and `channel set`, the keys of a seed file, and its rank in a digest.

A new kind is one row in `KINDS` and, if no view fits its events, one file in handlers/notices. Channels that exist already
do not get it until somebody switches it on, whatever its default.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NoticeKind:
    """`key` names the option of the command line, such as `--drift`; `flag` is the name that events, the management API and
    the store use. `default` holds for a channel that is added without a word about it. `label` is a sentence for people,
    `feed` the list of WebNet that brings the events. `good_news` needs nobody, so it comes last in a digest. `about` is what
    rules call the events, where that is not the key."""

    key: str
    flag: str
    default: bool
    label: str
    feed: str
    good_news: bool = False
    about: str = ""


JOB_COMPLETION = NoticeKind(
    "completion", "notify_job_completion", default=True, label="Jobs that succeeded.", feed="jobs", good_news=True,
    about="job",
)  # fmt: skip
JOB_FAILURE = NoticeKind(
    "failure",
    "notify_job_failure",
    default=True,
    label="Jobs that failed, wholly or in part.",
    feed="jobs",
    about="job",
)
COMPLIANCE = NoticeKind(
    "compliance", "notify_compliance_violations", default=False, label="Compliance violations.", feed="compliance"
)
DRIFT = NoticeKind("drift", "notify_drift_detected", default=False, label="Configuration drift.", feed="drift")

KINDS = (JOB_COMPLETION, JOB_FAILURE, COMPLIANCE, DRIFT)  # in the order of the specification

FLAGS = tuple(kind.flag for kind in KINDS)
DEFAULT_FLAGS = frozenset(kind.flag for kind in KINDS if kind.default)
BY_RANK = tuple(kind.flag for kind in sorted(KINDS, key=lambda kind: kind.good_news))  # what needs somebody comes first
SUBJECTS = tuple(dict.fromkeys(kind.about or kind.key for kind in KINDS))  # the kinds of events, as rules name them
FEEDS = tuple(dict.fromkeys(kind.feed for kind in KINDS))


def switches(flags: Collection[str]) -> dict[str, bool]:
    """Returns every known flag by its name, and whether it is among `flags`."""
    return {flag: flag in flags for flag in FLAGS}


def initial_flags(named: Mapping[str, bool]) -> frozenset[str]:
    """Returns the flags that are on for a new channel: those of `named` as they are given, the others by their default."""
    return frozenset(flag for flag, on in {**switches(DEFAULT_FLAGS), **named}.items() if on)
