"""`/channels/` holds the channels that get notices, and which notices. Operators change them, too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from bot.core import quiet, rule_text
from bot.core.commands import Role
from bot.core.notice_kinds import FLAGS, initial_flags, switches
from bot.core.report_times import ReportTime
from bot.core.rules import BadRule
from bot.core.zones import BadTime
from bot.http.guard import caller, least
from bot.http.paging import LARGEST_ID, Page, PageNumber, PageSize, link, numbered
from bot.http.parts import Parts, named, of_chat, router
from bot.http.problems import Invalid, Problem, missing, once
from bot.http.schemas import Channel, ChannelChange, ChannelRow
from bot.http.workspaces import RowId
from bot.ids.chats import CHATS
from bot.subscriptions.mentions import mentioning, require_mapped
from store.channels import Channel as Row
from store.workspaces import Workspace

OfWorkspace = Annotated[int | None, Query(ge=1, le=LARGEST_ID, description="Only of this workspace.")]

ALREADY = "This channel of this workspace is there already."


def routes(parts: Parts) -> APIRouter:
    api = router("channels")
    _reading(api, parts)
    _adding(api, parts)
    _changing(api, parts)
    return api


def _reading(api: APIRouter, parts: Parts) -> None:
    channels, read = parts.store.channels, least(Role.viewer)

    @api.get("/", summary="List channels", response_model=Page[ChannelRow], openapi_extra=read)
    def listed(request: Request, workspace: OfWorkspace = None, page: PageNumber = 1, page_size: PageSize = 50) -> Any:
        count, rows = channels.page(
            customers=caller(request).customers, workspace=workspace, offset=(page - 1) * page_size, limit=page_size
        )
        return numbered(request, count, [_shown(row) for row in rows], page, page_size)

    @api.get("/{id}/", summary="Get channel details", response_model=ChannelRow, openapi_extra=read)
    def shown(request: Request, id: RowId) -> Any:
        return _shown(parts.shown(caller(request), channels, id))


def _adding(api: APIRouter, parts: Parts) -> None:
    channels, change = parts.store.channels, least(Role.operator)

    @api.post("/", summary="Create channel", status_code=201, response_model=ChannelRow, openapi_extra=change)
    def create(request: Request, response: Response, body: Channel) -> Any:
        who = caller(request)
        own, flags = _split(body.model_dump(exclude_none=True))
        _must_be_admin(request, parts, own)
        with parts.store.transaction():
            workspace = parts.workspace(who, body.workspace)
            of_chat(workspace, "channel_id", body.channel_id)
            own |= _mentioning(parts, workspace, own)
            row = once(lambda: channels.add(**own, flags=initial_flags(flags)), ALREADY)
            parts.note(who, f"{_called(row)} created", workspace)
        response.headers["Location"] = link(request).partition("?")[0] + f"{row.id}/"
        return _shown(row)


def _changing(api: APIRouter, parts: Parts) -> None:
    channels, change = parts.store.channels, least(Role.operator)

    @api.put("/{id}/", summary="Update channel", response_model=ChannelRow, openapi_extra=change)
    def replace(request: Request, id: RowId, body: Channel) -> Any:
        return _change(request, id, body.model_dump(exclude_none=True))

    @api.patch("/{id}/", summary="Change some fields of a channel", response_model=ChannelRow, openapi_extra=change)
    def amend(request: Request, id: RowId, body: ChannelChange) -> Any:
        return _change(request, id, body.model_dump(exclude_unset=True, exclude_none=True))

    def _change(request: Request, id: int, changes: dict[str, Any]) -> Any:
        who = caller(request)
        own, flags = _split(changes)
        _must_be_admin(request, parts, own, parts.shown(who, channels, id))
        with parts.store.transaction():
            before, workspace = parts.to_change(who, channels, id)
            to = parts.workspace(who, changes["workspace"]) if changes.get("workspace") else workspace
            if "channel_id" in changes or to != workspace:
                of_chat(to, "channel_id", changes.get("channel_id", before.channel_id))
            own |= _mentioning(parts, to, own)
            row = once(lambda: channels.update(id, flags=flags, **own), ALREADY)
            if row is None:
                raise missing()
            old, new = _shown(before), _shown(row)
            different = [name for name in changes if old[name] != new[name]]
            if different:
                parts.note(who, f"{_called(before)} changed: {named(different)}", workspace)
        return _shown(row)

    @api.delete("/{id}/", summary="Delete channel", status_code=204, openapi_extra=change)
    def delete(request: Request, id: RowId) -> Response:
        return parts.delete(caller(request), channels, id, _called)


def _split(values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, bool]]:
    """Returns (fields of the channel itself, flags) of a body. Raises Invalid for rules, quiet hours and times of reports
    that cannot be read."""
    flags = {name: value for name, value in values.items() if name in FLAGS}
    own = {name: value for name, value in values.items() if name not in FLAGS}
    if "rules" in own:
        try:
            own["rules"] = rule_text.dump(rule_text.read_all(own["rules"]))
        except BadRule as error:
            raise Invalid("rules", error.unnamed) from None
    if "quiet" in own:
        try:
            own["quiet"] = quiet.dump(quiet.parsed(own["quiet"]))
        except BadTime as error:
            raise Invalid("quiet", error.unnamed) from None
    if own.get("report"):
        try:
            own["report"] = str(ReportTime.read(own["report"]))
        except BadTime as error:
            raise Invalid("report", error.unnamed) from None
    return own, flags


def _mentioning(parts: Parts, workspace: Workspace, own: Mapping[str, Any]) -> dict[str, str]:
    """Returns the rules of a body, if it has some, with those whom they mention as the chat of the workspace names them. Raises Invalid
    for whom it cannot mention."""
    if "rules" not in own:
        return {}
    chat = CHATS[workspace.chat]
    try:
        rules = mentioning(rule_text.load(own["rules"]), chat)
        require_mapped(rules, chat, {each.slack_user_id for each in parts.store.users.list(workspace=workspace.id)})
    except BadRule as error:
        raise Invalid("rules", error.unnamed) from None
    return {"rules": rule_text.dump(rules)}


def _must_be_admin(request: Request, parts: Parts, own: Mapping[str, Any], before: Row | None = None) -> None:
    """Raises Problem, with an audit row, where somebody else would have others mentioned by a rule that is not there yet, or would change the
    time of a report: `subscribe` and `report` let administrators alone do that, too."""
    who = caller(request)
    had = rule_text.load(before.rules) if before else ()
    mentions = any(rule.mentions and rule not in had for rule in rule_text.load(own.get("rules", "[]")))
    report_before = before.report if before else ""
    if who.role >= Role.admin or not (mentions or own.get("report", report_before) != report_before):
        return
    what = "has others mentioned" if mentions else "changes when a report comes"
    parts.denied(who, request.method, request.url.path, Role.admin)
    raise Problem(403, f"Only an administrator {what}.")


def _shown(row: Row) -> dict[str, Any]:
    rules, hours = rule_text.written(rule_text.load(row.rules)), quiet.spelled(row.quiet)
    return {**vars(row), **switches(row.flags), "rules": rules, "quiet": hours}


def _called(row: Row) -> str:
    return f"channel {row.channel_id}"
