"""What keeps `run` from starting is said in one sentence each, before anything is connected."""

from __future__ import annotations

from pathlib import Path

import pytest

import main
from bot import tls
from tests.cli.conftest import Run

assert main.run_command.__name__ == "run_command"  # the import gives the command line its `run`


@pytest.fixture(autouse=True)
def nowhere(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Both addresses are ones that a proxy would be asked for."""
    for name in ("NO_PROXY", "no_proxy", "ALL_PROXY", "HTTPS_PROXY", *tls.VARIABLES):
        monkeypatch.delenv(name, raising=False)
    environment["WEBNET_BOT_WEBNET__URL"] = "https://webnet.invalid"
    environment["WEBNET_BOT_SLACK__API_URL"] = "https://slack.com/api/"


def test_a_socks_proxy_is_refused_for_each_address_without_its_password(run: Run, environment: dict[str, str]) -> None:
    environment["ALL_PROXY"] = "socks5://somebody:krakatoa@127.0.0.1:1080"
    said = " ".join(run("run", code=2).output.split())
    for host in ("webnet.invalid", "slack.com"):
        assert f"The environment names a proxy of the kind socks5 for {host}; only http and https proxies" in said
        assert f"or name {host} in NO_PROXY" in said


def test_certificates_that_cannot_be_read_are_refused(run: Run, environment: dict[str, str], tmp_path: Path) -> None:
    broken = tmp_path / "broken.pem"
    broken.write_text("no certificate", encoding="utf-8")
    environment["SSL_CERT_FILE"] = str(broken)
    assert "SSL_CERT_FILE names" in run("run", code=2).output
    environment["WEBNET_BOT_TLS__CA_BUNDLE"] = str(broken)
    said = " ".join(run("run", code=2).output.split())
    assert "WEBNET_BOT_TLS__CA_BUNDLE must be the path of a file with certificates in PEM form" in said


def test_a_rule_of_approval_that_asks_nobody_is_refused(run: Run, environment: dict[str, str]) -> None:
    environment["WEBNET_BOT_COMMANDS__APPROVAL__HELP"] = "{}"
    environment["WEBNET_BOT_COMMANDS__APPROVAL__BACKUP"] = "{ over = 50 }"
    assert "commands.approval.help: `help` changes nothing in WebNet" in run("run", code=2).output
    environment["WEBNET_BOT_COMMANDS__APPROVAL__HELP"] = "{ above = 5 }"
    assert "WEBNET_BOT_COMMANDS__APPROVAL__HELP must be a table such as { over = 50" in run("run", code=2).output
