"""The methods of the Web API that show views."""

from __future__ import annotations

from collections.abc import Callable

from lab.slack.method_errors import MethodError, team_of
from lab.slack.traffic import Ledger, Refused
from lab.slack.view import View, ViewError
from lab.slack.views import Views
from lab.slack.world import Grant, Json


class ViewMethods:
    def __init__(self, views: Views, ledger: Ledger) -> None:
        self.views = views
        self.ledger = ledger
        self.methods: dict[str, Callable[[Grant, Json], Json]] = {
            "views.open": self._open,
            "views.push": self._push,
            "views.update": self._update,
            "views.publish": self._publish,
        }

    def _open(self, grant: Grant, args: Json) -> Json:
        return _shown(grant, self.views.open(team_of(grant).id, str(args.get("trigger_id", "")), args.get("view")))

    def _push(self, grant: Grant, args: Json) -> Json:
        return _shown(grant, self.views.push(team_of(grant).id, str(args.get("trigger_id", "")), args.get("view")))

    def _update(self, grant: Grant, args: Json) -> Json:
        return _shown(grant, self.views.update(team_of(grant).id, args))

    def _publish(self, grant: Grant, args: Json) -> Json:
        user, seen_hash = str(args.get("user_id", "")), args.get("hash")
        return _shown(grant, self.views.publish(team_of(grant).id, user, args.get("view"), seen_hash))

    def refused(self, method: str, error: ViewError, args: Json, grant: Grant | None) -> MethodError:
        if not error.problems:
            return MethodError(error.code)
        team = grant.team.id if grant and grant.team else None
        self.ledger.refuse(Refused(method, error.code, error.problems, args, team))
        messages = [f"[ERROR] {problem}" for problem in error.problems]
        return MethodError(error.code, response_metadata={"messages": messages})


def _shown(grant: Grant, view: View) -> Json:
    return {"view": view.payload(grant.app.id, team_of(grant).bot_id)}
