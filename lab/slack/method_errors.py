"""Refusals of the Web API."""

from __future__ import annotations

from typing import Any

from lab.slack.world import Grant, Json, Team


class MethodError(Exception):
    """An answer with `ok: false`; `more` is what Slack adds to the error's code."""

    def __init__(self, code: str, **more: Any) -> None:
        super().__init__(code)
        self.answer: Json = {"ok": False, "error": code} | more


def invalid(*messages: str) -> MethodError:
    return MethodError("invalid_arguments", response_metadata={"messages": [f"[ERROR] {m}" for m in messages]})


def team_of(grant: Grant) -> Team:
    """Returns the team of a bot token; methods for app-level tokens have none."""
    if grant.team is None:
        raise MethodError("not_allowed_token_type")
    return grant.team
