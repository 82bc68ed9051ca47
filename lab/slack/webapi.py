"""The Web API under `/api/`: what the three granted scopes reach, and Slack's refusals for the rest."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from email.utils import formatdate

from aiohttp import web

from lab.faults import Fault, Faults
from lab.slack.arguments import arguments, bearer
from lab.slack.files import FileError, Files
from lab.slack.method_errors import MethodError, invalid, team_of
from lab.slack.scopes import APP_LEVEL, NEEDED_SCOPE
from lab.slack.sockets import Hub
from lab.slack.traffic import Call, Ledger, RateLimits
from lab.slack.view import ViewError
from lab.slack.view_methods import ViewMethods
from lab.slack.views import Views
from lab.slack.world import Channel, Grant, Json, Message, World


class WebApi:
    def __init__(self, world: World, ledger: Ledger, rates: RateLimits, faults: Faults, hub: Hub, views: Views) -> None:
        self.world = world
        self.ledger = ledger
        self.rates = rates
        self.faults = faults
        self.hub = hub
        self.view_methods = ViewMethods(views, ledger)
        self.files = Files(world)
        self.base_url = ""
        self._methods: dict[str, Callable[[Grant, Json], Json]] = {
            "apps.connections.open": self._connections_open,
            "auth.test": self._auth_test,
            "chat.postMessage": self._post,
            "chat.postEphemeral": self._post_ephemeral,
            "chat.update": self._update,
            "chat.delete": self._delete,
            **self.view_methods.methods,
            "files.getUploadURLExternal": self._file_begin,
            "files.completeUploadExternal": self._file_complete,
        }

    async def handle(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        with_body = await arguments(request)
        token = bearer(request) or str(with_body.pop("token", "") or "")
        with self.world.changed:
            fault = self.faults.match(method, str(with_body.get("channel", "")), with_body)
        if fault.delay_s:
            await asyncio.sleep(fault.delay_s)
        if fault.status:
            later = {"Retry-After": str(fault.after_s)} if fault.after_s else {}
            broken = "<h1>Slack is having fault</h1>"
            return web.Response(status=fault.status, text=broken, content_type="text/html", headers=later)
        with self.world.changed:
            grant = self.world.grants.get(token)
            status, answer, headers = self._respond(method, token, grant, with_body, fault)
            noted = with_body | {"token": grant.name if grant else "unknown token" if token else "no token"}
            team = grant.team.id if grant and grant.team else None
            self.ledger.note(Call(method, team, noted, status, answer, self.world.now()))
        if fault.silent:
            await asyncio.Event().wait()
        headers |= {"Date": formatdate(self.world.now(), usegmt=True), "x-slack-req-id": self.world.token(12)}
        return web.json_response(answer, status=status, headers=headers)

    def _respond(
        self, method: str, token: str, grant: Grant | None, args: Json, fault: Fault
    ) -> tuple[int, Json, dict[str, str]]:
        headers: dict[str, str] = {}
        try:
            allowed = self._authorize(method, token, grant)
            headers["x-oauth-scopes"] = ",".join(allowed.scopes)
            headers["x-accepted-oauth-scopes"] = NEEDED_SCOPE[method] or ""
            owner = allowed.team.id if allowed.team else allowed.app.id
            wait = self.rates.retry_after(method, owner, str(args.get("channel", "")))
            if wait is not None:
                return 429, {"ok": False, "error": "ratelimited"}, headers | {"Retry-After": str(wait)}
            if fault.error:
                raise MethodError(fault.error)
            return 200, {"ok": True} | self._play(method)(allowed, args), headers
        except MethodError as failure:
            return 200, failure.answer, headers
        except FileError as error:
            return 200, MethodError(error.code).answer, headers
        except ViewError as error:
            return 200, self.view_methods.refused(method, error, args, grant).answer, headers

    def _authorize(self, method: str, token: str, grant: Grant | None) -> Grant:
        if method not in NEEDED_SCOPE:
            raise MethodError("unknown_method", req_method=method)
        if not token:
            raise MethodError("not_authed")
        if grant is None:
            raise MethodError("invalid_auth")
        if grant.error:
            raise MethodError(grant.error)
        if (method in APP_LEVEL) == (grant.team is not None):
            raise MethodError("not_allowed_token_type")
        needed = NEEDED_SCOPE[method]
        if needed is not None and needed not in grant.scopes:
            raise MethodError("missing_scope", needed=needed, provided=",".join(grant.scopes))
        return grant

    def _play(self, method: str) -> Callable[[Grant, Json], Json]:
        if method not in self._methods:
            raise MethodError("fatal_error", detail="a test granted the scope, but this lab does not play the method")
        return self._methods[method]

    # apps, auth

    def _connections_open(self, grant: Grant, _: Json) -> Json:
        if self.hub.refuse_opens:
            raise MethodError(self.hub.refuse_opens.pop(0))
        base = self.base_url.replace("http", "ws", 1)
        return {"url": f"{base}/link/?ticket={self.hub.ticket(grant.app)}&app_id={grant.app.id}"}

    def _auth_test(self, grant: Grant, _: Json) -> Json:
        team = team_of(grant)
        return {
            "url": f"https://{team.domain}.slack.com/",
            "team": team.name,
            "user": "webnet",
            "team_id": team.enterprise or team.id,
            "user_id": team.bot_user_id,
            "bot_id": team.bot_id,
            "is_enterprise_install": bool(team.enterprise),
        }

    # chat

    def _post(self, grant: Grant, args: Json) -> Json:
        team = team_of(grant)
        channel = self._destination(grant, args, open_dm=True)
        content = self._content("chat.postMessage", args, channel)
        thread_ts = self._thread(channel, args)
        parent = self.world.find(channel, thread_ts) if thread_ts else None
        cause = self.world.causes.likely(channel)
        if parent and not (cause and cause.clicked_ts == parent.ts):
            cause = parent.cause
        message = self.world.post(
            channel, team.bot_user_id, *content, "chat.postMessage", thread_ts=thread_ts, cause=cause
        )
        shown = message.payload(team.bot_id, team.app.id)
        return {"channel": channel.id, "ts": message.ts, "message": shown}

    def _post_ephemeral(self, grant: Grant, args: Json) -> Json:
        team, user = team_of(grant), str(args.get("user") or "")
        if not user:
            raise invalid("missing required field: user")
        channel = self._destination(grant, args)
        if not channel.bot_member:
            raise MethodError("not_in_channel")
        if user not in channel.members:
            raise MethodError("user_not_in_channel")
        content = self._content("chat.postEphemeral", args, channel, user)
        thread_ts = self._thread(channel, args)
        head = self.world.find(channel, thread_ts) if thread_ts else None
        if head and not head.replies:
            return {"message_ts": self.world.new_ts()}  # Slack takes it, and shows it in no thread that has not begun
        message = self.world.post(
            channel,
            team.bot_user_id,
            *content,
            "chat.postEphemeral",
            ephemeral_to=user,
            thread_ts=thread_ts,
            cause=self.world.causes.likely(channel, user),
        )
        return {"message_ts": message.ts}

    def _update(self, grant: Grant, args: Json) -> Json:
        channel, message = self._own_message(grant, args, "cant_update_message")
        self._editable(message)
        kept = args if args.get("blocks") is not None else args | {"blocks": message.blocks}
        text, blocks = self._content("chat.update", kept, channel)
        text = text if args.get("text") is not None else message.text
        latest = self.world.causes.likely(channel)
        clicked = latest if latest and latest.clicked_ts == message.ts else None
        self.world.edit(message, text, blocks, "chat.update", clicked)
        team = team_of(grant)
        shown = message.payload(team.bot_id, team.app.id)
        return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": shown}

    def _delete(self, grant: Grant, args: Json) -> Json:
        channel, message = self._own_message(grant, args, "cant_delete_message")
        self.world.delete(message)
        return {"channel": channel.id, "ts": message.ts}

    def _destination(self, grant: Grant, args: Json, *, open_dm: bool = False) -> Channel:
        """Finds a channel by its id or, for chat.postMessage, by a member's id. What the bot cannot see does not exist."""
        team, wanted = team_of(grant), str(args.get("channel") or "")
        if not wanted:
            raise invalid("missing required field: channel")
        if open_dm and wanted == team.bot_user_id:
            raise MethodError("cannot_dm_bot")
        channel = team.channels.get(wanted)
        if open_dm and wanted in team.members:
            channel = next(c for c in team.channels.values() if c.kind == "im" and wanted in c.members)
        if channel is None or (channel.kind == "private" and not channel.bot_member):
            raise MethodError("channel_not_found")
        if not channel.bot_member and "chat:write.public" not in grant.scopes:
            raise MethodError("not_in_channel")
        if channel.archived:
            raise MethodError("is_archived")
        return channel

    def _content(self, via: str, args: Json, channel: Channel, reader: str | None = None) -> tuple[str, list[Json]]:
        if args.get("attachments"):
            raise invalid("attachments: this Slack takes blocks only")
        refused = self.ledger.check(via, args, self.world.teams[channel.team], channel.id, reader)
        if refused is None:
            return args.get("text") or "", args.get("blocks") or []
        if refused.code == "invalid_blocks":
            details = [f"[ERROR] {problem}" for problem in refused.problems]
            raise MethodError("invalid_blocks", errors=refused.problems, response_metadata={"messages": details})
        raise MethodError(refused.code)

    def _thread(self, channel: Channel, args: Json) -> str | None:
        thread_ts = args.get("thread_ts")
        if not thread_ts:
            return None
        parent = self.world.find(channel, str(thread_ts))
        if parent is None or parent.ephemeral_to:
            raise MethodError("thread_not_found")
        return parent.thread_ts or parent.ts

    def _own_message(self, grant: Grant, args: Json, foreign: str) -> tuple[Channel, Message]:
        channel = self._destination(grant, args)
        if not args.get("ts"):
            raise invalid("missing required field: ts")
        message = self.world.find(channel, str(args["ts"]))
        if message is None or message.ephemeral_to:
            raise MethodError("message_not_found")
        if message.author != team_of(grant).bot_user_id:
            raise MethodError(foreign)
        return channel, message

    def _editable(self, message: Message) -> None:
        """Some workspaces let nobody change a message for longer than so many seconds."""
        limit_s = self.world.edit_window_s
        if limit_s is not None and self.world.now() - float(message.ts) >= limit_s:
            raise MethodError("edit_window_closed")

    # files

    def _file_begin(self, grant: Grant, args: Json) -> Json:
        return self.files.begin(team_of(grant), self.base_url, args)

    def _file_complete(self, grant: Grant, args: Json) -> Json:
        channel = None
        if args.get("channel_id"):
            channel = self._destination(grant, {"channel": args["channel_id"]})
            if not channel.bot_member:
                raise MethodError("not_in_channel")
        thread_ts = self._thread(channel, args) if channel else None
        return self.files.complete(team_of(grant), channel, thread_ts, args)
