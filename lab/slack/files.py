"""Files in the three steps of Slack's: an address to upload to, the content, and the message that shares it."""

from __future__ import annotations

import json
from dataclasses import dataclass

from aiohttp import web

from lab.slack.world import Channel, Json, Team, World

MOST_BYTES = 1 << 30


@dataclass
class Upload:
    """An uploaded file. `content` is None until it has been sent; `channel` is None until it is shared."""

    id: str
    team: str
    name: str
    length: int
    key: str
    content: bytes | None = None
    title: str = ""
    channel: str | None = None


class FileError(Exception):
    """Raised with Slack's error code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Files:
    def __init__(self, world: World) -> None:
        self.world = world
        self.uploads: dict[str, Upload] = {}

    def begin(self, team: Team, base_url: str, args: Json) -> Json:
        name, length = str(args.get("filename") or ""), str(args.get("length") or "")
        if not name or not length.isdecimal() or not 0 < int(length) <= MOST_BYTES:
            raise FileError("invalid_arguments")
        upload = Upload(f"F0{self.world.serial():08d}", team.id, name, int(length), self.world.token(24))
        self.uploads[upload.key] = upload
        return {"upload_url": f"{base_url}/upload/v1/{upload.key}", "file_id": upload.id}

    async def receive(self, request: web.Request) -> web.Response:
        raw = await request.read()
        with self.world.changed:
            upload = self.uploads.get(request.match_info["key"])
            if upload is None or upload.content is not None:
                return web.Response(status=404, text="not found")
            if len(raw) != upload.length:
                return web.Response(status=400, text=f"{len(raw)} bytes, where {upload.length} were announced")
            upload.content = raw
        return web.Response(text=f"OK - {len(raw)}")

    def complete(self, team: Team, channel: Channel | None, thread_ts: str | None, args: Json) -> Json:
        """Shares the files where the caller has found the channel; without one they stay private."""
        shared = [self._sent(team, entry) for entry in self._entries(args.get("files"))]
        for upload, title in shared:
            upload.title = title
            if channel is not None:
                upload.channel = channel.id
                words = f"{title or upload.name} ({upload.name}, {upload.length} bytes)"
                self.world.post(
                    channel, team.bot_user_id, words, [], "files.completeUploadExternal", thread_ts=thread_ts
                )
        return {"files": [{"id": upload.id, "title": upload.title} for upload, _ in shared]}

    @staticmethod
    def _entries(files: object) -> list[Json]:
        if isinstance(files, str):
            try:
                files = json.loads(files)
            except ValueError:
                raise FileError("invalid_arguments") from None
        if not isinstance(files, list) or not files or not all(isinstance(entry, dict) for entry in files):
            raise FileError("invalid_arguments")
        return files

    def _sent(self, team: Team, entry: Json) -> tuple[Upload, str]:
        upload = next((u for u in self.uploads.values() if u.id == entry.get("id") and u.team == team.id), None)
        if upload is None or upload.content is None or upload.channel is not None:
            raise FileError("file_not_found")
        return upload, str(entry.get("title") or "")
