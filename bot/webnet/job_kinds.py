"""Names the jobs that the bot may start, and what is sent to WebNet for each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class JobKind:
    """A job that the bot may start: WebNet's path, its name in job rows, and what is sent beside the targets."""

    path: str
    type: str
    word: str
    extra: Mapping[str, str | tuple[str, ...]]


REACHABILITY = JobKind("reachability/run", "check_reachability", "ping", {})
BACKUP = JobKind("config/backup", "config_backup", "backup", {"source_label": "chatops"})
COMMANDS = JobKind("commands/run", "run_commands", "show", {})
PREVIEW = JobKind("config/deploy/preview", "config_deploy_preview", "preview", {})
COMMIT = JobKind("config/deploy/commit", "config_deploy_commit", "commit", {})
COMPLIANCE_CHECK, DISCOVERY = "compliance_check", "topology_discovery"  # types that WebNet alone starts
KINDS = {kind.type: kind for kind in (REACHABILITY, BACKUP, COMMANDS)}
BY_PLATFORM = frozenset({COMMANDS.word, PREVIEW.word, COMMIT.word})  # what is sent there depends on the platform
AGAIN = KINDS.keys() - {COMMANDS.type}  # the types that can be started again from the job alone
# The types that log nothing before their end.
LOGGED_AT_END = frozenset({REACHABILITY.type, BACKUP.type, PREVIEW.type, COMMIT.type})


def showing(command: str) -> JobKind:
    """Returns the kind of a job that sends this command, which is WebNet's alone to check: it takes any."""
    return replace(COMMANDS, extra={"commands": (command,)})


def deploying(kind: JobKind, snippet: str) -> JobKind:
    """Returns that kind of a job, a preview or a commit, with the config lines that it merges. WebNet checks no mode: it merges
    whatever the mode is called."""
    return replace(kind, extra={"mode": "merge", "snippet": snippet})
