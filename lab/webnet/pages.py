"""Serves the pages to which links of the bot lead: WebNet's pages need a login, and in the lab the login shows the job that was asked for."""

import re
from html import escape

from lab.webnet.call import Call
from lab.webnet.responses import Response, page
from lab.webnet.tables import Row

_JOB = re.compile(r"/jobs/(\d+)/?")
_LINES = 200
_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:860px;margin:40px auto;padding:0 16px;color-scheme:light dark}"
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:4px 16px}dt{color:#777}dd{margin:0}"
    "pre{padding:12px;border:1px solid #8884;border-radius:6px;white-space:pre-wrap}.ERROR{color:#c0392b}"
)


def login(call: Call) -> Response:
    wanted = _JOB.fullmatch(call.param("next") or "")
    row = call.state.jobs.get(int(wanted[1])) if wanted else None
    if row is None:
        return _page(
            "Simulated WebNet", "<p>WebNet's own pages are not simulated; those of jobs are, for the bot's links.</p>"
        )
    return _page(f"Job #{row['id']}", _job(call, row))


def _job(call: Call, row: Row) -> str:
    names = (
        "type",
        "status",
        "user",
        "requested_at",
        "started_at",
        "finished_at",
        "target_summary_json",
        "result_summary_json",
    )
    facts = "".join(f"<dt>{name}</dt><dd>{escape(str(row[name]))}</dd>" for name in names)
    lines = call.state.log_lines(row["id"])[-_LINES:]
    log = "".join(
        f'<div class="{escape(line["level"])}">{escape(line["ts"][11:19])} {escape(line["host"] or "")} '
        f"{escape(line['message'])}</div>"
        for line in lines
    )
    return f"<dl>{facts}</dl><h2>Log</h2><pre>{log or 'nothing yet'}</pre>"


def _page(title: str, body: str) -> Response:
    head = f'<meta charset="utf-8"><title>{escape(title)}</title><style>{_STYLE}</style>'
    return page(
        200, f'<!doctype html><html lang="en"><head>{head}</head><body><h1>{escape(title)}</h1>{body}</body></html>'
    )
