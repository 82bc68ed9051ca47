from __future__ import annotations

import base64
import dataclasses
from collections.abc import Mapping
from pathlib import Path

import pytest

import handlers
from bot.settings.load import DEFAULT_FILE, ConfigError, Settings, load, subcommands
from bot.settings.table import reference, template
from tests.golden import golden_text
from tools.docs import of_subcommands

SHIPPED = Path(__file__).parents[2] / "config.toml"
KEYS = [base64.urlsafe_b64encode(bytes([n]) * 32).decode() for n in (1, 2)]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def read(path: Path, toml: str = "", environ: Mapping[str, str] | None = None) -> Settings:
    path.write_text(toml, encoding="utf-8")
    return load(path, environ or {})


def problems(path: Path, toml: str = "", environ: Mapping[str, str] | None = None) -> list[str]:
    """What is wrong, without the folder of the file."""
    with pytest.raises(ConfigError) as caught:
        read(path, toml, environ)
    return [problem.replace(f"{path.parent}/", "") for problem in caught.value.problems]


# --- what comes with the bot


def test_golden_the_shipped_file_is_made_from_the_table() -> None:
    golden_text(SHIPPED, template(of_subcommands()))


def test_the_shipped_file_says_what_holds_without_any(config: Path) -> None:
    assert load(SHIPPED, {}) == read(config) == Settings()


def test_every_setting_has_its_default_its_values_and_a_meaning_of_one_line() -> None:
    rows = reference()
    assert len({row.name for row in rows}) == len(rows)
    for row in rows:
        assert row.default or row.secret or row.instead or row.keys, row.name
        assert row.meaning, row.name
        assert row.values, row.name
        assert "\n" not in row.meaning, row.name


def test_settings_cannot_be_changed(config: Path) -> None:
    settings = read(config)
    with pytest.raises(dataclasses.FrozenInstanceError):
        settings.http.port = 1  # type: ignore[misc]
    with pytest.raises(TypeError):
        settings.commands.roles["ping"] = "viewer"  # type: ignore[index]


# --- where a value comes from


def test_a_variable_overrides_the_file_and_the_file_the_default(config: Path) -> None:
    settings = read(config, "[http]\nport = 9000\nhost = '0.0.0.0'", {"WEBNET_BOT_HTTP__PORT": "9001"})
    assert (settings.http.port, settings.http.host, settings.http.enabled) == (9001, "0.0.0.0", False)


def test_every_kind_of_value_can_come_from_a_variable(config: Path) -> None:
    settings = read(
        config,
        "",
        {
            "WEBNET_BOT_SLACK__SOCKET_MODE": "off",
            "WEBNET_BOT_HTTP__ENABLED": "TRUE",
            "WEBNET_BOT_HTTP__TRUSTED_PROXIES": "10.0.0.0/8, ::1",
            "WEBNET_BOT_WEBNET__TIMEOUT_S": "2.5",
            "WEBNET_BOT_COMMANDS__ROLES__PING": "admin",
            "WEBNET_BOT_COMMANDS__VISIBILITY_OF__STATUS": "ephemeral",
            "WEBNET_BOT_LOGGING__LEVEL": "DEBUG",
            "WEBNET_BOT_STORE__ENCRYPTION_KEYS": ",".join(KEYS),
            "WEBNET_BOT_AUDIT__STORE_QUERIES": " ",
            "HOME": "/root",
        },
    )
    assert (settings.slack.socket_mode, settings.http.enabled) == (False, True)
    assert settings.http.trusted_proxies == ("10.0.0.0/8", "::1")
    assert settings.webnet.timeout_s == 2.5
    assert settings.commands.roles == {"ping": "admin"}
    assert settings.commands.visibility_of == {"status": "ephemeral"}
    assert settings.logging.level == "debug"
    assert settings.store.encryption_keys == tuple(KEYS)
    assert settings.audit.store_queries is True


def test_what_show_may_send_is_said_for_each_platform_and_each_name(config: Path) -> None:
    toml = "[show.allow]\nIOS = ['^show ip .+']\n[show.saved]\nBGP = { ios = 'show ip bgp all', Junos = 'show bgp summary' }"
    variables = {
        "WEBNET_BOT_SHOW__ALLOW__COMWARE": "^display .+\n^ping 10\\..+",
        "WEBNET_BOT_SHOW__SAVED__UP": "ios: show ip route ::1\ncomware: display version",
    }
    show = read(config, toml, variables).show
    assert show.allow == {"ios": ("^show ip .+",), "comware": ("^display .+", "^ping 10\\..+")}
    assert show.saved == {
        "bgp": {"ios": "show ip bgp all", "junos": "show bgp summary"},
        "up": {"ios": "show ip route ::1", "comware": "display version"},
    }
    assert show.commands.words("up", "IOS") == "show ip route ::1"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (
            "allow = ['^show']",
            "config.toml: show.allow must be a section: write [show.allow] and a line for each platform below",
        ),
        ("allow.ios = '^show ('", "config.toml: show.allow.ios must be a list such as"),
        ("allow.ios = ['^.*']", "config.toml: show.allow.ios must be a list such as"),
        (
            "allow.'ios xe' = ['^show .+']",
            "show.allow.ios xe: the name of a platform is one word of letters, digits, _ and -",
        ),
        ("saved.bgp = 'show ip bgp'", "show.saved.bgp must be a command for each platform, such as { ios ="),
        ("saved.bgp = {}", "show.saved.bgp must be a command for each platform"),
        ("saved.bgp.ios = ['show ip bgp']", "show.saved.bgp must be a command for each platform"),
        (
            "saved.save.ios = 'write memory'",
            "show.saved.save: `write memory` is not sent to a device with the platform ios: only what begins",
        ),
        (
            "saved.x.eos = 'show run | bash'",
            "show.saved.x: `show run | bash` is not sent to a device with the platform eos: only begin,",
        ),
        (
            "saved.x.other = 'display version'",
            "to a device with the platform other: only what begins with `show` may be.",
        ),
        ("alow.ios = ['^show .+']", "config.toml: show.alow: there is no such setting"),
    ],
)
def test_what_show_cannot_send_is_refused_at_the_start(config: Path, written: str, said: str) -> None:
    assert said in problems(config, f"[show]\n{written}")[0]


def test_what_else_is_secret_can_be_said_a_line_each(config: Path) -> None:
    variables = {
        "WEBNET_BOT_REDACTION__WORDS": "Acme 2026, inc\nkrakatoa",
        "WEBNET_BOT_REDACTION__PATTERNS": "key (?P<secret>[A-F, ]+)",
    }
    own = read(config, "", variables).redaction.own
    assert (own.words, own.patterns) == (("Acme 2026, inc", "krakatoa"), ("key (?P<secret>[A-F, ]+)",))
    assert "krakatoa" not in repr(read(config, "", variables))


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("words = ['ok-word', 'ab']", "redaction.words must be a list of texts of three characters or more"),
        ("patterns = ['a(']", "redaction.patterns must be a list such as"),
        ("patterns = ['acme-key [0-9A-F]+']", "with a group named secret that do not fit an empty line, not"),
        ("patterns = ['(?P<secret>x*)']", "with a group named secret that do not fit an empty line, not"),
    ],
)
def test_what_cannot_be_looked_for_is_refused(config: Path, written: str, said: str) -> None:
    (problem,) = problems(config, f"[redaction]\n{written}")
    assert said in problem
    assert "ok-word" not in problem


def test_a_secret_can_come_from_a_file(config: Path, tmp_path: Path) -> None:
    secret = tmp_path / "keys"
    secret.write_text("\n".join(KEYS) + "\n")
    settings = read(config, "", {"WEBNET_BOT_STORE__ENCRYPTION_KEYS_FILE": str(secret)})
    assert settings.store.encryption_keys == tuple(KEYS)


@pytest.mark.parametrize("start", ["\ufeff", "", "\r\n"])
def test_a_secret_file_may_begin_and_end_as_editors_write_it(config: Path, tmp_path: Path, start: str) -> None:
    key = tmp_path / "key"
    key.write_bytes(f"{start}lab-key\r\n".encode())
    config.write_bytes("\ufeff[commands]\r\nworkers = 3\r\n".encode())
    settings = load(config, {"WEBNET_BOT_WEBNET__API_KEY_FILE": str(key)})
    assert (settings.webnet.api_key, settings.commands.workers) == ("lab-key", 3)


@pytest.mark.parametrize(
    "contents",
    [
        "old-key\nlab-key",
        "lab key",
        "lab\u2013key",
        "lab-k\u00e9y",
        '"lab-key"',
        "\u201clab-key\u201d",
        "`lab-key`",
        "lab\u200bkey",
    ],
)
def test_a_key_that_cannot_stand_in_a_header_is_refused_and_not_shown(
    config: Path, tmp_path: Path, contents: str
) -> None:
    key = tmp_path / "key"
    key.write_text(contents, encoding="utf-8")
    config.write_text("", encoding="utf-8")
    for environ in (
        {"WEBNET_BOT_WEBNET__API_KEY_FILE": str(key)},
        {"WEBNET_BOT_WEBNET__API_KEY": contents},
        {"WEBNET_BOT_SLACK__APP_TOKEN": f"xapp-{contents}"},
    ):
        with pytest.raises(ConfigError) as refused:
            load(config, environ)
        (problem,) = refused.value.problems
        assert next(iter(environ)) in problem
        assert "lab" not in problem


def test_what_is_not_given_follows_from_another_setting(config: Path) -> None:
    settings = read(config, "[webnet]\nurl = 'https://webnet.acme.net/'\nca_bundle = ''\n[http]\nport = 9000")
    assert settings.webnet.public_url == "https://webnet.acme.net"
    assert settings.webnet.job_page(41) == "https://webnet.acme.net/jobs/41/"
    assert settings.http.metrics_port == 9000
    elsewhere = read(config, "[webnet]\npublic_url = 'https://ui.acme.net'\njob_url = '{public_url}/#/job/{id}'")
    assert elsewhere.webnet.job_page(41) == "https://ui.acme.net/#/job/41"


def test_every_subcommand_can_be_named_and_nothing_else_in_the_folder_of_handlers() -> None:
    assert subcommands() == {*handlers.discover()}


# --- what is refused


def test_all_problems_are_reported_at_once_with_place_and_remedy(config: Path, tmp_path: Path) -> None:
    reported = problems(
        config,
        """
        slack = "on"
        [webnets]
        url = "http://h"
        [http]
        port = "8080"
        metrics_prot = 1
        [commands.roles]
        bakcup = "admin"
        ping = "root"
        [commands]
        visibility_of = "ephemeral"
        [notifications]
        timeout_s = 5
        [retention]
        audit_days = 0
        """,
        {
            "WEBNET_BOT_WEBNET__TIMEOUT": "5",
            "WEBNET_BOT_SLACK_COMMAND": "/net",
            "WEBNET_BOT_COMMANDS__ROLES__PIGN": "admin",
            "WEBNET_BOT_HTTP__ENABLED": "maybe",
            "WEBNET_BOT_WEBNET__API_KEY_FILE": str(tmp_path / "none"),
        },
    )
    assert reported == [
        "config.toml: slack must be a section: write [slack] and its settings below",
        "config.toml: [webnets]: there is no such section; did you mean webnet?",
        "config.toml: http.metrics_prot: there is no such setting; did you mean http.metrics_port?",
        "config.toml: commands.roles.bakcup: there is no such subcommand; did you mean backup?",
        (
            "config.toml: commands.visibility_of must be a section: "
            "write [commands.visibility_of] and a line for each subcommand below"
        ),
        "config.toml: notifications.timeout_s: there is no such setting; did you mean webnet.timeout_s?",
        "WEBNET_BOT_COMMANDS__ROLES__PIGN: there is no such setting; did you mean WEBNET_BOT_COMMANDS__ROLES__PING?",
        'WEBNET_BOT_HTTP__ENABLED must be true or false, not "maybe"',
        "WEBNET_BOT_SLACK_COMMAND: there is no such setting; did you mean WEBNET_BOT_SLACK__COMMAND?",
        "WEBNET_BOT_WEBNET__API_KEY_FILE: none: there is no such file; name the right one, or make it",
        "WEBNET_BOT_WEBNET__TIMEOUT: there is no such setting; did you mean WEBNET_BOT_WEBNET__TIMEOUT_S?",
        'config.toml: http.port must be a whole number from 1 to 65535, not "8080"',
        'config.toml: commands.roles.ping must be one of viewer, operator, admin, not "root"',
        "config.toml: retention.audit_days must be a whole number from 1 to 36500, not 0",
    ]


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("slack.api_url", '"slack.com/api"'),
        ("slack.app_token", '"xoxb-1"'),
        ("slack.command", '"webnet"'),
        ("slack.command", '"/Web Net"'),
        ("slack.socket_mode", "1"),
        ("slack.connections", "0"),
        ("slack.connections", "true"),
        ("slack.connections", "2.0"),
        ("webnet.url", '"ftp://h"'),
        ("webnet.url", '"http://"'),
        ("webnet.url", '"http://h:99999"'),
        ("webnet.url", '"http://h/?a=b"'),
        ("webnet.url", '"http://user:pass@h"'),
        ("webnet.job_url", '"{public_url}/jobs/"'),
        ("webnet.job_url", '"{public_url}/{ids}/{id}"'),
        ("webnet.job_url", '"/jobs/{id}"'),
        ("webnet.timeout_s", "0"),
        ("webnet.timeout_s", "nan"),
        ("webnet.timeout_s", "1" + "0" * 400),
        ("webnet.timeout_s", '"10"'),
        ("webnet.ca_bundle", '"/nowhere/ca.pem"'),
        ("store.url", '"mysql://h/db"'),
        ("store.url", '"sqlite://"'),
        ("store.encryption_keys", '["short"]'),
        ("store.encryption_keys", '["é"]'),
        ("store.encryption_keys", "[1]"),
        ("http.host", '""'),
        ("http.metrics_port", "65536"),
        ("http.trusted_proxies", '["10.0.0.0/99"]'),
        ("commands.visibility", '"secret"'),
        ("commands.workers", "-1"),
        ("notifications.poll_interval_s", "inf"),
        ("logging.level", '"loud"'),
        ("logging.format", "1979-05-27"),
    ],
)
def test_a_value_of_another_kind_is_refused(config: Path, setting: str, value: str) -> None:
    section, key = setting.split(".")
    (problem,) = problems(config, f"[{section}]\n{key} = {value}")
    assert problem.startswith(f"config.toml: {setting} must be ")


@pytest.mark.parametrize(
    "url", ["sqlite:////var/lib/b.db", "postgresql://u:p@h:5432/db", "postgresql:///db?host=/run/pg"]
)
def test_both_databases_are_accepted(config: Path, url: str) -> None:
    assert read(config, f"[store]\nurl = '{url}'").store.url == url


def test_a_bot_nothing_could_reach_is_refused(config: Path) -> None:
    (problem,) = problems(config, "[slack]\nsocket_mode = false")
    assert problem.startswith("config.toml: slack.socket_mode: this and http.enabled are both off")
    assert read(config, "[slack]\nsocket_mode = false\n[http]\nenabled = true").http.enabled


def test_a_missing_file_is_refused_with_what_to_do(config: Path) -> None:
    with pytest.raises(ConfigError, match=r"config\.toml: there is no such file; name the right one, or make it"):
        load(config, {})


def test_a_folder_and_another_encoding_are_refused(config: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        load(tmp_path, {})
    config.write_bytes("[slack]\n# \xe9".encode("latin-1"))
    with pytest.raises(ConfigError, match="is not UTF-8 text"):
        load(config, {})


def test_a_syntax_error_names_file_and_line(config: Path) -> None:
    (problem,) = problems(config, "[slack]\nsocket_mode = yes\n")
    assert problem.startswith("config.toml is not valid TOML: ")
    assert "see line 2" in problem


def test_the_file_of_the_current_folder_may_be_missing_since_every_setting_has_a_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert load(DEFAULT_FILE, {}) == Settings()


def test_a_secret_given_twice_is_refused(config: Path, tmp_path: Path) -> None:
    secret = tmp_path / "key"
    secret.write_text("abc")
    environ = {"WEBNET_BOT_WEBNET__API_KEY": "xyz", "WEBNET_BOT_WEBNET__API_KEY_FILE": str(secret)}
    assert problems(config, "", environ) == [
        "WEBNET_BOT_WEBNET__API_KEY_FILE and WEBNET_BOT_WEBNET__API_KEY are both set; unset one of them"
    ]


def test_an_empty_secret_file_is_refused(config: Path, tmp_path: Path) -> None:
    secret = tmp_path / "key"
    secret.write_bytes(b"\n")
    (problem,) = problems(config, "", {"WEBNET_BOT_WEBNET__API_KEY_FILE": str(secret)})
    assert "is empty" in problem
    secret.write_bytes(b"\xff")
    (problem,) = problems(config, "", {"WEBNET_BOT_WEBNET__API_KEY_FILE": str(secret)})
    assert "is not UTF-8 text" in problem


def test_no_secret_is_ever_shown(config: Path) -> None:
    settings = read(
        config,
        f"""
        [slack]
        app_token = "xapp-canary"
        [webnet]
        api_key = "key-canary"
        webhook_secret = "hook-canary"
        [store]
        url = "postgresql://bot:p%40ss-canary@db/bot"
        encryption_keys = ["{KEYS[0]}"]
        """,
    )
    assert "canary" not in repr(settings)
    assert KEYS[0] not in repr(settings)
    assert set(settings.secrets()) == {
        "xapp-canary", "key-canary", "hook-canary", "p%40ss-canary", "p@ss-canary", KEYS[0]
    }  # fmt: skip
    wrong = {
        "WEBNET_BOT_SLACK__APP_TOKEN": "canary",
        "WEBNET_BOT_STORE__URL": "canary",
        "WEBNET_BOT_STORE__ENCRYPTION_KEYS": "canary",
        "WEBNET_BOT_WEBNET__URL": "http://user:canary@host",
    }
    reported = problems(config, "", wrong)
    assert len(reported) == 4
    assert "canary" not in "".join(reported[:3])
