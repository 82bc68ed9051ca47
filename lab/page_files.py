"""The files of the pages of both emulated chats, as a browser gets them."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src {images}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def sent(name: str, *folders: Path, images: str = "'self'") -> web.FileResponse:
    """Sends the file of this name from the first folder that has it; `images` is where the page may load images from. Raises
    HTTPNotFound."""
    files = (path for folder in folders for path in folder.iterdir() if path.suffix in TYPES)
    found = next((path for path in files if path.name == name), None)
    if found is None:
        raise web.HTTPNotFound
    headers = {
        "Content-Type": f"{TYPES[found.suffix]}; charset=utf-8",
        "Cache-Control": "no-cache",
        "Content-Security-Policy": POLICY.format(images=images),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
    }
    return web.FileResponse(found, headers=headers)
