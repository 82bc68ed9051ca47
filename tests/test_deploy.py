"""What stands in deploy/ fits the program: every setting, port, path and figure that is named there exists."""

from __future__ import annotations

import configparser
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.app.command_queue import DRAIN_S
from bot.core.metrics import Metrics
from bot.http.connections import MOST_WAITING
from bot.http.limits import MAX_BODY
from bot.http.parts import PREFIX
from bot.settings.load import ConfigError, load
from bot.settings.table import reference
from tests.test_project import text_of

DEPLOY = Path(__file__).parent.parent / "deploy"
VARIABLES = {row.variable for row in reference()} | {f"{row.variable}_FILE" for row in reference() if row.secret}


def documents(name: str) -> list[Any]:
    return list(yaml.safe_load_all((DEPLOY / name).read_text(encoding="utf-8")))


def compose() -> dict[str, Any]:
    (found,) = documents("compose.yaml")
    return found


def kubernetes() -> list[dict[str, Any]]:
    return [each for path in sorted(DEPLOY.glob("kubernetes/*.yaml")) for each in documents(f"kubernetes/{path.name}")]


def of_kind(kind: str) -> dict[str, Any]:
    (found,) = (each for each in kubernetes() if each["kind"] == kind)
    return found


def pods() -> Iterator[dict[str, Any]]:
    for each in kubernetes():
        if each["kind"] in {"Deployment", "Job"}:
            yield each["spec"]["template"]["spec"]


# --- settings


def test_every_variable_is_one_of_the_settings() -> None:
    of_compose = {name for service in compose()["services"].values() for name in service.get("environment", {})}
    of_pods = {each["name"] for pod in pods() for container in pod["containers"] for each in container["env"]}
    ours = {name for name in of_compose | of_pods if name.startswith("WEBNET_BOT_")}
    assert len(ours) > 10
    assert ours - VARIABLES == set()
    assert not {name for name in of_pods if not name.startswith("WEBNET_BOT_")}


def of_services() -> dict[str, str]:
    """The variables that Kubernetes gives each container of a namespace for the Services there, ours and one beside it."""
    service = of_kind("Service")
    made = {}
    for name in (service["metadata"]["name"], f"{service['metadata']['name']}-metrics"):
        prefix = name.upper().replace("-", "_")
        made |= {
            f"{prefix}_SERVICE_HOST": "10.96.3.7",
            f"{prefix}_SERVICE_PORT": "80",
            f"{prefix}_PORT": "tcp://10.96.3.7:80",
        }
        for port in service["spec"]["ports"]:
            link = f"{prefix}_PORT_{port['port']}_TCP"
            made |= {
                f"{prefix}_SERVICE_PORT_{port['name'].upper()}": str(port["port"]),
                link: f"tcp://10.96.3.7:{port['port']}",
                f"{link}_PROTO": "tcp",
                f"{link}_PORT": str(port["port"]),
                f"{link}_ADDR": "10.96.3.7",
            }
    return made


def test_the_settings_of_the_pods_load_beside_the_variables_of_their_service(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text("", encoding="utf-8")
    for pod in pods():
        assert pod["enableServiceLinks"] is False
        for container in pod["containers"]:
            own = {}
            for each in container["env"]:
                value = each["value"]
                if each["name"].endswith("_FILE"):
                    secret = tmp_path / Path(value).name
                    secret.write_text(SECRETS.get(secret.name, "a-secret-value"), encoding="utf-8")
                    value = str(secret)
                own[each["name"]] = value
            assert load(config, own | of_services()).store.url == SECRETS["store_url"]


SECRETS = {
    "store_url": "postgresql://webnet_bot:word@db.example.net/webnet_bot",
    "encryption_keys": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
    "slack_app_token": "xapp-1-A0-1",
}


@pytest.mark.parametrize(
    "variable",
    ["WEBNET_BOT_PORT", "WEBNET_BOT_HTTP_PORT", "WEBNET_BOT_HTTP__PROT", "WEBNET_BOT_SERVICE", "WEBNET_BOT_X"],
)
def test_a_variable_that_was_mistyped_is_still_said(tmp_path: Path, variable: str) -> None:
    config = tmp_path / "config.toml"
    config.write_text("", encoding="utf-8")
    with pytest.raises(ConfigError, match=f"{variable}: there is no such setting"):
        load(config, {variable: "8080"})


def test_what_is_filled_with_secrets_is_neither_committed_nor_sent_to_a_build() -> None:
    ignored = text_of(".gitignore").split()
    assert {"/deploy/secrets/", "/deploy/seed.toml", "/seed.toml", ".env"} <= set(ignored)
    sent = [line for line in text_of(".dockerignore").split("\n") if line.startswith("!deploy")]
    copied = re.findall(r"^COPY .*?(deploy\S*) ", text_of("Dockerfile"), re.MULTILINE)
    assert sent == [f"!{each}" for each in copied]


def test_no_secret_stands_in_a_variable() -> None:
    secret = {row.variable for row in reference() if row.secret}
    named = {name for service in compose()["services"].values() for name in service.get("environment", {})}
    named |= {each["name"] for pod in pods() for container in pod["containers"] for each in container["env"]}
    assert secret & named == set()


def test_every_secret_that_is_named_is_mounted() -> None:
    found = compose()
    for service in found["services"].values():
        files = [value for value in service.get("environment", {}).values() if str(value).startswith("/run/secrets/")]
        assert {Path(file).name for file in files} <= set(service["secrets"]) <= set(found["secrets"])


# --- Compose


def test_compose_migrates_before_it_runs_and_waits_for_what_is_running() -> None:
    services = compose()["services"]
    assert services["migrate"]["command"] == ["db", "migrate"]
    assert services["bot"]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
    assert int(services["bot"]["stop_grace_period"].removesuffix("s")) > DRAIN_S
    assert all(port.startswith("127.0.0.1:") for port in services["bot"]["ports"])
    assert services["bot"]["read_only"] is True


# --- Kubernetes


def test_two_replicas_are_probed_where_the_bot_answers() -> None:
    deployment = of_kind("Deployment")
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    assert deployment["spec"]["replicas"] == 2
    paths = {name: container[name]["httpGet"]["path"] for name in ("startupProbe", "livenessProbe", "readinessProbe")}
    assert paths == {"startupProbe": "/healthz", "livenessProbe": "/healthz", "readinessProbe": "/readyz"}
    ports = {each["name"]: each["containerPort"] for each in container["ports"]}
    settings = {each["name"]: each["value"] for each in container["env"]}
    assert ports == {"http": 8080, "metrics": int(settings["WEBNET_BOT_HTTP__METRICS_PORT"])}
    assert deployment["spec"]["template"]["metadata"]["annotations"]["prometheus.io/port"] == str(ports["metrics"])
    assert deployment["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] > DRAIN_S


def test_selectors_and_names_of_kubernetes_fit_each_other() -> None:
    deployment, service, ingress = (of_kind(kind) for kind in ("Deployment", "Service", "Ingress"))
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    for selector in (
        deployment["spec"]["selector"]["matchLabels"],
        service["spec"]["selector"],
        of_kind("PodDisruptionBudget")["spec"]["selector"]["matchLabels"],
    ):
        assert selector == labels
    assert of_kind("Job")["spec"]["template"]["metadata"]["labels"] != labels  # no request goes to it
    paths = ingress["spec"]["rules"][0]["http"]["paths"]
    assert [(each["path"], each["pathType"]) for each in paths] == [
        (f"{PREFIX}/", "Prefix"),
        ("/api/messages", "Exact"),
    ]
    assert {each["backend"]["service"]["name"] for each in paths} == {service["metadata"]["name"]}


@pytest.mark.parametrize("pod", list(pods()), ids=lambda pod: pod["containers"][0]["name"])
def test_pods_run_without_rights(pod: dict[str, Any]) -> None:
    (container,) = pod["containers"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] == 10001
    assert "USER 10001:10001" in text_of("Dockerfile")
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert pod["automountServiceAccountToken"] is False


# --- nginx


def test_nginx_gives_the_bot_its_prefix_and_says_whose_request_it_is() -> None:
    text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    text = re.sub(r"#.*", "", text)
    assert text.count("{") == text.count("}")
    statements = [line.strip() for line in text.splitlines() if line.strip()]
    assert [line for line in statements if line[-1] not in "{};"] == []
    (block,) = re.findall(rf"location {re.escape(PREFIX)}/ {{(.*?)\n    }}", text, re.DOTALL)
    for needed in ("X-Forwarded-For $proxy_add_x_forwarded_for", "X-Forwarded-Proto $scheme", "Host $host"):
        assert f"proxy_set_header {needed};" in block
    assert f"client_max_body_size {MAX_BODY // 1024**2}m;" in block


# --- figures


def expressions() -> Iterator[str]:
    (rules,) = documents("alerts.yaml")
    for group in rules["groups"]:
        for rule in group["rules"]:
            yield rule["expr"]
    dashboard = json.loads((DEPLOY / "grafana.json").read_text(encoding="utf-8"))
    for panel in dashboard["panels"]:
        for target in panel["targets"]:
            yield target["expr"]


def test_every_figure_that_is_asked_for_is_counted_with_these_labels() -> None:
    families = {family.name: family for family in Metrics().families()}
    asked = set()
    for expression in expressions():
        assert expression.count("(") == expression.count(")")
        for name in re.findall(r"\bwebnet_bot_\w+", expression):
            family = name if name in families else re.sub("_(bucket|count|sum)$", "", name)
            assert family in families, name
            asked.add(family)
        for labels in re.findall(r"webnet_bot_(\w+?)(?:_bucket)?\{(\w+)[=~]", expression):
            assert labels[1] in families[f"webnet_bot_{labels[0]}"].labels
    assert set(families) - asked == set()  # the dashboard shows all of them


def test_every_alert_says_what_it_means_and_is_explained() -> None:
    (rules,) = documents("alerts.yaml")
    page = text_of("docs/operations.md")
    for rule in rules["groups"][0]["rules"]:
        assert rule["annotations"]["summary"].endswith((".", "}}"))
        assert rule["labels"]["severity"] in {"warning", "critical"}
        assert f"| `{rule['alert']}` |" in page


def test_panels_of_the_dashboard_lie_beside_each_other() -> None:
    panels = json.loads((DEPLOY / "grafana.json").read_text(encoding="utf-8"))["panels"]
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels]
    assert len(set(places)) == len({panel["id"] for panel in panels}) == len(panels)


def test_the_unit_waits_for_the_clock_and_allows_a_thousand_connections() -> None:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]  # the names keep their capitals
    unit.read_string((DEPLOY / "webnet-bot.service").read_text(encoding="utf-8"))
    assert "time-sync.target" in unit["Unit"]["After"].split()
    assert "time-sync.target" in unit["Unit"]["Wants"].split()
    assert int(unit["Service"]["LimitNOFILE"]) >= 4 * MOST_WAITING
