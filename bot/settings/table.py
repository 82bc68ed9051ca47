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

from bot.core.approval_need import ApprovalRule
from bot.core.line_patterns import LinePattern
from bot.ids.slack import CHANNEL as SLACK_CHANNEL
from bot.ids.teams import CHANNEL as TEAMS_CHANNEL
from bot.ids.teams import SERVICE_HOSTS, service_host
from bot.redaction.own import Own, check_pattern, check_word
from bot.settings.value_types import (
    APPROVAL,
    CERTIFICATES,
    COMMANDS,
    DAYS,
    PORT,
    ROLE,
    TIME_ZONE,
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
from bot.show.allow import Allow
from bot.show.commands import ShowCommands
from bot.show.saved import Saved

PREFIX = "WEBNET_BOT_"
SUBCOMMAND, PLATFORM, SAVED = "subcommand", "platform", "saved command"  # what a setting has a value for each of
FILE_SUFFIX = "_FILE"
NO_API_KEY = (
    "webnet.api_key is empty: set it, or WEBNET_BOT_WEBNET__API_KEY, to the service account's API key, or load what does, "
    "such as `.env` beside config.toml."
)


# --- the settings


def _setting(default: Any, kind: Kind, meaning: str, *, secret: bool = False, instead: str = "") -> Any:
    """Declares a setting. `instead` says what holds without it, where `default` only stands for nothing."""
    metadata = {"kind": kind, "meaning": meaning, "secret": secret, "instead": instead}
    return field(default=default, repr=not secret, metadata=metadata)


def _each(keys: str, kind: Kind, meaning: str, *, instead: str = "") -> Any:
    """Declares a setting with a value for each of its keys, such as a subcommand; one without a value has that of its COMMAND,
    or what `instead` says."""
    metadata = {"kind": kind, "meaning": meaning, "secret": False, "instead": instead, "keys": keys}
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
    blocks: str = _setting(
        "new",
        choice("new", "classic"),
        "with `new`, tables, plans and folded texts are sent as such, where the workspace takes them; with `classic`, as lines",
    )
    admin_channel: str = _setting(
        "",
        text("the id of a channel, such as C0123456789", "[CG][A-Z0-9]+"),
        "channel of administrators, which `channel add` has added; it is notified of commits whatever its flags say, and gets "
        "the requests to be mapped",
        instead="the channels for failures alone, and administrators in person",
    )


@dataclass(frozen=True, kw_only=True)
class Teams:
    enabled: bool = _setting(
        False, flag(), "answer in Microsoft Teams, too, which needs http.enabled and a public https address"
    )
    login_url: str = _setting(
        "https://login.microsoftonline.com", web_address(""), "Microsoft's login, where the bot gets its tokens"
    )
    openid_url: str = _setting(
        "https://login.botframework.com/v1/.well-known/openidconfiguration",
        web_address(""),
        "document that says by which keys Teams signs",
    )
    service_hosts: tuple[str, ...] = _setting(
        SERVICE_HOSTS,
        list_of(f"a list of whole host names such as {SERVICE_HOSTS[0]}", service_host),
        "hosts of the Bot Framework that messages may be sent to",
    )
    admin_channel: str = _setting(
        "",
        text("the id of a channel, such as 19:abc@thread.tacv2", TEAMS_CHANNEL),
        "channel of administrators in Teams, for what `slack.admin_channel` is in Slack",
        instead="the channels for failures alone, and administrators in person",
    )


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
    act_as_caller: bool = _setting(
        False,
        flag(),
        "make, for each request that changes something, a key of WebNet's in the caller's own name; delete it afterwards",
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
    per_workspace_per_minute: int = _setting(
        600, whole(1, 100_000), "commands that all users of one workspace may run in a minute"
    )
    workers: int = _setting(
        16, whole(1, 256), "commands that run at the same time; one workspace may hold half of them"
    )
    queue: int = _setting(
        256, whole(1, 100_000), "commands that wait for a worker; further ones are refused, and their callers notified"
    )
    confirm_over: int = _setting(
        5, whole(1, 1_000), "devices that a job is started on without a question; for more, a button has to be pressed"
    )
    most_devices: int = _setting(200, whole(1, 1_000), "devices that one command may name; more are refused")
    time_zone: str = _setting(
        "UTC",
        TIME_ZONE,
        "time zone of the dates and times that are typed or filled into forms, such as `changes since 08:00`",
    )
    visibility_of: Mapping[str, str] = _each(
        SUBCOMMAND,
        VISIBILITY,
        "visibility of single subcommands, where it differs",
    )
    roles: Mapping[str, str] = _each(
        SUBCOMMAND,
        ROLE,
        "least role in WebNet for each subcommand: viewer, operator or admin",
    )
    approval: Mapping[str, ApprovalRule] = _each(
        SUBCOMMAND,
        APPROVAL,
        'subcommands that a second person approves first, such as backup = { over = 50, role = "admin" }: on more than '
        "`over` devices, or always without it; `role` is the least role of that person",
    )


@dataclass(frozen=True, kw_only=True)
class Approvals:
    channel: str = _setting(
        "",
        text("the id of a channel, such as C0123456789 or 19:abc@thread.tacv2", f"{SLACK_CHANNEL}|{TEAMS_CHANNEL}"),
        "channel of Slack or Teams in which requests of direct messages wait for approval; those of the other chat are shown there, too",
        instead="they are refused",
    )
    expires_min: int = _setting(60, whole(1, 1_440), "minutes that a request waits for approval")
    watch_commits: bool = _setting(
        True,
        flag(),
        "notify the channels for failures, and those of administrators, of a config that is committed in WebNet itself",
    )


@dataclass(frozen=True, kw_only=True)
class Show:
    allow: Mapping[str, tuple[str, ...]] = _each(
        PLATFORM,
        list_of(
            'a list such as ["^show ip .+", "^ping .+"]: patterns of RE2 that hold three letters or digits and do not fit an '
            "empty line",
            lambda pattern: LinePattern(f"any: {pattern}").check(),
            split=r"\n",
        ),
        "what a command that `show` sends may begin with: one of the patterns must fit all of it, up to its first pipe; in the "
        "variable one a line",
        instead="what stands under [what may be sent](security.md#what-show-may-send)",
    )
    saved: Mapping[str, Mapping[str, str]] = _each(
        SAVED,
        COMMANDS,
        "commands that `show` sends by a name of one word, beside those of the bot; in the variable one a line, as in "
        "`ios: show ip bgp summary`",
        instead="what stands under [saved commands](commands.md#saved-commands)",
    )

    @property
    def commands(self) -> ShowCommands:
        return ShowCommands(Allow(self.allow), Saved(self.saved))


@dataclass(frozen=True, kw_only=True)
class Notifications:
    poll_interval_s: float = _setting(10.0, number(0.1, 3_600), "seconds between two looks for news in WebNet")
    card_interval_s: float = _setting(
        2.0, number(0.1, 3_600), "seconds between two reads of a job that has a card, in its first two minutes"
    )
    digest_over: int = _setting(5, whole(1, 1_000), "more notices than this for one channel become one message")
    digest_pause_s: float = _setting(
        30.0, number(1, 600), "seconds that a channel's next notices are gathered for after such a message"
    )
    live_logs: int = _setting(5, whole(1, 20), "logs of running jobs that are followed at a time in a workspace")


@dataclass(frozen=True, kw_only=True)
class Redaction:
    words: tuple[str, ...] = _setting(
        (),
        list_of("a list of texts of three characters or more", check_word, split=r"\n"),
        "texts that are hidden wherever they stand, in any case, beside what the bot hides; in the variable one a line",
        secret=True,
    )
    patterns: tuple[str, ...] = _setting(
        (),
        list_of(
            'a list such as ["acme-key (?P<secret>[0-9A-F]+)"]: patterns of RE2 with a group named secret that do not fit an '
            "empty line",
            check_pattern,
            split=r"\n",
        ),
        "what is hidden where a pattern fits a part of a line: its group named secret; in the variable one a line",
    )

    @property
    def own(self) -> Own:
        return Own(self.words, self.patterns)


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
class Configs:
    history_days: int = _setting(90, DAYS, "days that earlier versions of the devices' configs are kept, redacted")


@dataclass(frozen=True, kw_only=True)
class Retention:
    audit_days: int = _setting(365, DAYS, "days that rows of the audit log are kept")
    outbox_days: int = _setting(30, DAYS, "days that settled deliveries are kept")


@dataclass(frozen=True, kw_only=True)
class Reports:
    backup_days: int = _setting(2, DAYS, "days after which a report names a device without a newer backup")


@dataclass(frozen=True, kw_only=True)
class Reminders:
    after_min: int = _setting(
        0, whole(0, 10_080), "minutes after which a channel is reminded once of a fault that nobody is on; 0 for never"
    )


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
    teams: Teams = field(default_factory=Teams)
    webnet: WebNet = field(default_factory=WebNet)
    store: Store = field(default_factory=Store)
    http: Http = field(default_factory=Http)
    commands: Commands = field(default_factory=Commands)
    approvals: Approvals = field(default_factory=Approvals)
    show: Show = field(default_factory=Show)
    notifications: Notifications = field(default_factory=Notifications)
    redaction: Redaction = field(default_factory=Redaction)
    drift: Drift = field(default_factory=Drift)
    reports: Reports = field(default_factory=Reports)
    configs: Configs = field(default_factory=Configs)
    reminders: Reminders = field(default_factory=Reminders)
    retention: Retention = field(default_factory=Retention)
    audit: Audit = field(default_factory=Audit)
    tls: Tls = field(default_factory=Tls)
    logging: Logging = field(default_factory=Logging)

    def __post_init__(self) -> None:
        bundle = self.webnet.ca_bundle or self.tls.ca_bundle
        object.__setattr__(self, "webnet", replace(self.webnet, ca_bundle=bundle))

    @property
    def admin_channels(self) -> tuple[str, ...]:
        """Returns the channel of administrators in each chat that has one."""
        return tuple(filter(None, (self.slack.admin_channel, self.teams.admin_channel)))

    def secrets(self) -> Iterator[str]:
        """Returns every secret that is set, for redaction; of the database's URL only the password."""
        yield from filter(None, (self.slack.app_token, self.webnet.webhook_secret, self.webnet.api_key))
        yield from self.store.encryption_keys
        password = urlsplit(self.store.url).password
        if password:
            yield from {password, unquote(password)}


SECTIONS: Mapping[str, Any] = {
    "slack": Slack,
    "teams": Teams,
    "webnet": WebNet,
    "store": Store,
    "http": Http,
    "commands": Commands,
    "approvals": Approvals,
    "show": Show,
    "notifications": Notifications,
    "redaction": Redaction,
    "drift": Drift,
    "reports": Reports,
    "configs": Configs,
    "reminders": Reminders,
    "retention": Retention,
    "audit": Audit,
    "tls": Tls,
    "logging": Logging,
}


# --- the table, for documentation and messages


@dataclass(frozen=True, slots=True)
class Setting:
    """One row of the table. `default` is written as in TOML, and empty where there is none; `instead` says what holds then. `keys` names
    what there is a value for each of, and is empty for a single value."""

    name: str
    variable: str
    default: str
    instead: str
    values: str
    meaning: str
    secret: bool
    keys: str
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
        keys=item.metadata.get("keys", ""),
        kind=kind,
    )


def _variable(name: str) -> str:
    return PREFIX + name.replace(".", "__").upper()


def _toml(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return json.dumps(value, ensure_ascii=False)  # texts, numbers, true and false are written as in TOML


def reference() -> list[Setting]:
    """Returns every setting in the order of config.toml."""
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
            lines += _table_lines(row, of_subcommands.get(row.name, {})) if row.keys else _line(row)
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
