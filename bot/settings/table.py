"""Every setting stands here once. Reading them (`bot.settings.load`), its messages, config.toml (`template`) and the documentation
(`reference`) follow from this table."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields, replace
from types import MappingProxyType
from typing import Any
from urllib.parse import unquote, urlsplit

from bot.core.line_patterns import LinePattern
from bot.settings.value_types import (
    CERTIFICATES,
    DAYS,
    PORT,
    ROLE,
    VISIBILITY,
    Kind,
    choice,
    fernet_key,
    flag,
    job_page,
    list_of,
    number,
    text,
    web_address,
    whole,
)

PREFIX = "WEBNET_BOT_"
FILE_SUFFIX = "_FILE"


# --- the settings


def _setting(default: Any, kind: Kind, meaning: str, *, secret: bool = False, instead: str = "") -> Any:
    """Declares a setting. `instead` says what holds without it, where `default` only stands for nothing."""
    metadata = {"kind": kind, "meaning": meaning, "secret": secret, "instead": instead}
    return field(default=default, repr=not secret, metadata=metadata)


def _per_subcommand(kind: Kind, meaning: str) -> Any:
    """Declares a setting with a value per subcommand; a subcommand without one has that of its COMMAND."""
    metadata = {"kind": kind, "meaning": meaning, "secret": False, "instead": ""}
    return field(default_factory=lambda: MappingProxyType({}), metadata=metadata)


@dataclass(frozen=True, kw_only=True)
class Slack:
    api_url: str = _setting("https://slack.com/api/", web_address("/"), "base of Slack's Web API")
    app_token: str = _setting(
        "",
        text(
            "an app-level token, which starts with xapp- and is one line of letters, digits and dashes",
            "xapp-[A-Za-z0-9_-]+",
        ),
        "app-level token; a workspace with its own overrides it",
        secret=True,
    )
    command: str = _setting(
        "/webnet",
        text("a slash, then up to 31 of a-z 0-9 _ -", "/[a-z0-9_-]{1,31}"),
        "name of the slash command, as in the Slack app",
    )
    socket_mode: bool = _setting(True, flag(), "connect to Slack by Socket Mode; needs no address of its own")
    connections: int = _setting(2, whole(1, 10), "Socket Mode connections per Slack app")


@dataclass(frozen=True, kw_only=True)
class WebNet:
    url: str = _setting("http://127.0.0.1:8000", web_address(""), "where the bot reaches WebNet")
    public_url: str = _setting(
        "", web_address(""), "where users reach WebNet, for links in messages", instead="webnet.url"
    )
    job_url: str = _setting(
        "{public_url}/jobs/{id}/",
        Kind("{public_url} or a web address, then a path that holds {id} once", job_page),
        "page of a job in WebNet's user interface",
    )
    webhook_secret: str = _setting("", text(), "shared with WebNet, for what it sends to the bot", secret=True)
    api_key: str = _setting(
        "",
        text("a key of one line without blanks and without letters beyond ASCII", "[!-~]+"),
        "API key of the service account, which needs the role admin",
        secret=True,
    )
    timeout_s: float = _setting(10.0, number(0.1, 300), "seconds that one request may take")
    ca_bundle: str = _setting(
        "",
        CERTIFICATES,
        "file with the certificates that WebNet's is checked against",
        instead="tls.ca_bundle",
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "public_url", self.public_url or self.url)

    def job_page(self, job: int) -> str:
        return self.job_url.replace("{public_url}", self.public_url).replace("{id}", str(job))


@dataclass(frozen=True, kw_only=True)
class Store:
    url: str = _setting(
        "sqlite:///webnet-bot.db",
        text(
            "sqlite:///FILE, postgresql://USER:PASSWORD@HOST/NAME or postgresql:///NAME?host=FOLDER",
            r"sqlite:///[^\s?#]+|postgresql://[^\s/]*/[^\s/]+(\?\S*)?",
        ),
        "the database, SQLite or PostgreSQL; may hold a password",
        secret=True,
    )
    encryption_keys: tuple[str, ...] = _setting(
        (),
        list_of("a list of Fernet keys, as `webnet-bot key generate` makes them", fernet_key),
        "keys for the secrets in the database, newest first; `webnet-bot key generate` makes one",
        secret=True,
    )


@dataclass(frozen=True, kw_only=True)
class Http:
    enabled: bool = _setting(False, flag(), "serve Slack over HTTP, the management API, health and metrics")
    host: str = _setting("127.0.0.1", text("an address or a host name", r"\S+"), "address to listen on")
    port: int = _setting(8080, PORT, "port to listen on")
    metrics_port: int = _setting(0, PORT, "port of /metrics", instead="http.port")
    trusted_proxies: tuple[str, ...] = _setting(
        (),
        list_of("a list of addresses or networks such as 10.0.0.0/8", ipaddress.ip_network),
        "addresses or networks whose X-Forwarded-For is believed",
    )
    requests_per_minute: int = _setting(
        600, whole(1, 10_000_000), "requests to the management API in a minute, of one token and of one address"
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "metrics_port", self.metrics_port or self.port)


@dataclass(frozen=True, kw_only=True)
class Commands:
    visibility: str = _setting(
        "in_channel", VISIBILITY, "who sees an answer: the channel (in_channel) or only the caller (ephemeral)"
    )
    per_user_per_minute: int = _setting(30, whole(1, 10_000), "commands that one user may run in a minute")
    workers: int = _setting(
        16, whole(1, 256), "commands that run at the same time; one workspace may hold half of them"
    )
    queue: int = _setting(
        256, whole(1, 100_000), "commands that wait for a worker; further ones are refused, and their callers notified"
    )
    visibility_of: Mapping[str, str] = _per_subcommand(
        VISIBILITY,
        "visibility of single subcommands, where it differs",
    )
    roles: Mapping[str, str] = _per_subcommand(
        ROLE,
        "least role in WebNet for each subcommand: viewer, operator or admin",
    )


@dataclass(frozen=True, kw_only=True)
class Notifications:
    poll_interval_s: float = _setting(10.0, number(0.1, 3_600), "seconds between two looks for news in WebNet")
    card_interval_s: float = _setting(
        2.0, number(0.1, 3_600), "seconds between two reads of a job that has a card, in its first two minutes"
    )
    digest_over: int = _setting(5, whole(1, 1_000), "more notices than this for one channel become one message")


@dataclass(frozen=True, kw_only=True)
class Drift:
    ignore: tuple[str, ...] = _setting(
        (),
        list_of(
            'a list such as ["ios: ^ntp clock-period"]: a platform or any, a colon, and a pattern of RE2 that holds three '
            "letters or digits and does not fit an empty line",
            lambda written: LinePattern(written).check(),
            split=r"\n",  # a pattern may hold blanks and commas
        ),
        "lines of configs that are no drift if they change, beside those that the bot knows; in the variable one a line",
    )

    @property
    def patterns(self) -> tuple[LinePattern, ...]:
        return tuple(map(LinePattern, self.ignore))


@dataclass(frozen=True, kw_only=True)
class Retention:
    audit_days: int = _setting(365, DAYS, "days that rows of the audit log are kept")
    outbox_days: int = _setting(30, DAYS, "days that settled deliveries are kept")


@dataclass(frozen=True, kw_only=True)
class Audit:
    store_queries: bool = _setting(True, flag(), "keep the text of a search; false keeps only its length")


@dataclass(frozen=True, kw_only=True)
class Tls:
    ca_bundle: str = _setting(
        "",
        CERTIFICATES,
        "file with the certificates that WebNet's and Slack's are checked against",
        instead="REQUESTS_CA_BUNDLE or SSL_CERT_FILE, else those of the system",
    )


@dataclass(frozen=True, kw_only=True)
class Logging:
    level: str = _setting("info", choice("debug", "info", "warning", "error", "critical"), "least level that is logged")
    format: str = _setting("text", choice("text", "json"), "text to read, json for one object a line")


@dataclass(frozen=True, kw_only=True)
class Settings:
    slack: Slack = field(default_factory=Slack)
    webnet: WebNet = field(default_factory=WebNet)
    store: Store = field(default_factory=Store)
    http: Http = field(default_factory=Http)
    commands: Commands = field(default_factory=Commands)
    notifications: Notifications = field(default_factory=Notifications)
    drift: Drift = field(default_factory=Drift)
    retention: Retention = field(default_factory=Retention)
    audit: Audit = field(default_factory=Audit)
    tls: Tls = field(default_factory=Tls)
    logging: Logging = field(default_factory=Logging)

    def __post_init__(self) -> None:
        bundle = self.webnet.ca_bundle or self.tls.ca_bundle
        object.__setattr__(self, "webnet", replace(self.webnet, ca_bundle=bundle))

    def secrets(self) -> Iterator[str]:
        """Returns every secret that is set, for redaction; of the database's URL only the password."""
        yield from filter(None, (self.slack.app_token, self.webnet.webhook_secret, self.webnet.api_key))
        yield from self.store.encryption_keys
        password = urlsplit(self.store.url).password
        if password:
            yield from {password, unquote(password)}


SECTIONS: Mapping[str, Any] = {
    "slack": Slack,
    "webnet": WebNet,
    "store": Store,
    "http": Http,
    "commands": Commands,
    "notifications": Notifications,
    "drift": Drift,
    "retention": Retention,
    "audit": Audit,
    "tls": Tls,
    "logging": Logging,
}


# --- the table, for documentation and messages


@dataclass(frozen=True, slots=True)
class Setting:
    """One row of the table. `default` is written as in TOML, and empty where there is none; `instead` says what holds then."""

    name: str
    variable: str
    default: str
    instead: str
    values: str
    meaning: str
    secret: bool
    per_subcommand: bool
    kind: Kind

    @property
    def section(self) -> str:
        return self.name.partition(".")[0]

    @property
    def key(self) -> str:
        return self.name.partition(".")[2]


def _row(section: str, item: Field[Any]) -> Setting:
    name = f"{section}.{item.name}"
    factory = item.default_factory
    default = item.default if factory is MISSING else factory()
    kind: Kind = item.metadata["kind"]
    secret: bool = item.metadata["secret"]
    return Setting(
        name=name,
        variable=_variable(name),
        default=""
        if default == "" or isinstance(default, Mapping) or item.metadata["instead"] or (secret and not default)
        else _toml(default),
        instead=item.metadata["instead"],
        values=kind.words,
        meaning=item.metadata["meaning"],
        secret=secret,
        per_subcommand=isinstance(default, Mapping),
        kind=kind,
    )


def _variable(name: str) -> str:
    return PREFIX + name.replace(".", "__").upper()


def _toml(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return json.dumps(value, ensure_ascii=False)  # texts, numbers, true and false are written as in TOML


def reference() -> list[Setting]:
    """Yields every setting in the order of config.toml."""
    return [_row(section, item) for section, kind in SECTIONS.items() for item in fields(kind)]


ROWS: Mapping[str, Setting] = {row.name: row for row in reference()}


def template(of_subcommands: Mapping[str, Mapping[str, str]] = MappingProxyType({})) -> str:
    """Returns config.toml: every setting with its default and its meaning; what has no default is commented out.

    `of_subcommands` holds, by the name of a setting, what each subcommand says itself: comments, so that it can change.
    """
    lines = [
        "# Every setting with its default. A variable WEBNET_BOT_<SECTION>__<KEY> overrides what is written here.",
        "# Secrets belong into such a variable, or into a file named by WEBNET_BOT_<SECTION>__<KEY>_FILE.",
    ]
    for section in SECTIONS:
        rows = [row for row in ROWS.values() if row.section == section]
        lines += ["", f"[{section}]"]
        for row in rows:
            lines += _table_lines(row, of_subcommands.get(row.name, {})) if row.per_subcommand else _line(row)
    return "\n".join(lines) + "\n"


def _line(row: Setting) -> list[str]:
    meaning = f"# {row.meaning}"
    if row.secret:
        return [meaning, f"# secret: {row.variable} or …{FILE_SUFFIX}", f"# {row.key} = {row.default}".rstrip()]
    if row.instead:
        return [f"{meaning} (if not given: {row.instead})", f"# {row.key} ="]
    return [meaning, f"{row.key} = {row.default}"]


def _table_lines(row: Setting, defaults: Mapping[str, str]) -> list[str]:
    entries = (f"# {name} = {_toml(default)}" for name, default in defaults.items())
    return ["", f"# {row.meaning}", f"[{row.name}]", *entries]
