"""What is not Python: the wheel, the image, the service, the Makefile, and what no file may hold."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from configparser import ConfigParser
from pathlib import Path
from zipfile import ZipFile

import pytest

from bot.app.command_queue import DRAIN_S
from bot.cli.seed_file import SeedFile
from store.database import Store
from store.leases import INSTANCE

ROOT = Path(__file__).parent.parent
PACKAGES = ("bot", "handlers", "lab", "store")
BIN = Path(sys.executable).parent


def run(*command: str | Path, cwd: Path = ROOT, **environ: str) -> str:
    """What it prints. Nothing of our settings and no proxy is handed on."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WEBNET_BOT_")}
    done = subprocess.run(
        command,
        cwd=cwd,
        env=kept | environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


# --- the wheel


def test_the_wheel_is_built_without_an_index_holds_everything_and_runs(tmp_path: Path) -> None:
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path)
    (wheel,) = tmp_path.glob("*.whl")
    needed = {path.relative_to(ROOT).as_posix() for package in PACKAGES for path in sources(ROOT / package)}
    assert {*needed, "main.py", "config.toml"} - set(ZipFile(wheel).namelist()) == set()
    assert "lab/webnet/seed/recorded.json" in needed
    assert "store/migrations/0001_initial.py" in needed

    site, empty = tmp_path / "site", tmp_path / "empty"
    empty.mkdir()
    run(
        BIN / "uv",
        "pip",
        "install",
        "--offline",
        "--no-deps",
        "--no-index",
        "--python",
        sys.executable,
        "--target",
        site,
        wheel,
    )
    program = site / "bin" / "webnet-bot"
    assert "Usage: webnet-bot" in run(program, "--help", cwd=empty, PYTHONPATH=str(site))
    manifest = run(program, "manifest", "--config", site / "config.toml", cwd=empty, PYTHONPATH=str(site))
    assert '"command": "/webnet"' in manifest


def sources(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file() and path.parent.name != "__pycache__")


# --- the image


def instructions(name: str = "Dockerfile") -> list[tuple[str, str]]:
    joined = re.sub(r"\\\n", " ", re.sub(r"^#.*\n", "", text_of(name), flags=re.MULTILINE))
    return [(word, rest) for word, _, rest in (line.strip().partition(" ") for line in joined.splitlines()) if word]


def test_the_image_copies_what_is_there_and_not_ignored() -> None:
    allowed = {line[1:] for line in text_of(".dockerignore").splitlines() if line.startswith("!")}
    copied = [rest.split()[:-1] for word, rest in instructions() if word == "COPY" and not rest.startswith("--from")]
    names = [name for found in copied for name in found]
    assert [name for name in names if not (ROOT / name).exists()] == []
    assert [name for name in names if name not in allowed and name.split("/")[0] not in allowed] == []
    assert set(PACKAGES) <= set(names)


def test_the_image_runs_as_nobody_special_and_hears_a_stop() -> None:
    found = dict(instructions())  # the last of each, which is the final image's
    assert found["USER"] == "10001:10001"
    assert found["ENTRYPOINT"] == '["webnet-bot"]'
    assert found["STOPSIGNAL"] == "SIGTERM"
    assert all(":" in rest.split()[0] for word, rest in instructions() if word == "FROM")


def test_the_image_puts_the_store_into_its_volume() -> None:
    (pattern, instead) = re.findall(r"sed 's\|\^(.*?)\$\|(.*?)\|' config\.toml", text_of("Dockerfile"))[0]
    lines = [line for line in text_of("config.toml").splitlines() if line == pattern]
    assert len(lines) == 1
    volume = dict(instructions())["VOLUME"]
    assert tomllib.loads(instead)["url"].startswith(f"sqlite:///{volume}/")


def test_the_health_check_tells_whether_a_bot_lives(store: Store, store_url: str, tmp_path: Path) -> None:
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "WEBNET_BOT_STORE__URL": store_url}

    def alive() -> int:
        config = (tmp_path if (tmp_path / "config.toml").exists() else ROOT) / "config.toml"
        command = [sys.executable, ROOT / "deploy" / "alive.py", config]
        return subprocess.run(
            command, cwd=tmp_path, env=environ, capture_output=True, timeout=60, check=False
        ).returncode

    assert alive() == 1
    url = environ.pop("WEBNET_BOT_STORE__URL")
    (tmp_path / ".env").write_text(f"WEBNET_BOT_STORE__URL={url}\n", encoding="utf-8")
    (tmp_path / "config.toml").write_text(text_of("config.toml"), encoding="utf-8")
    store.leases.acquire(f"{INSTANCE}somebody", "somebody", 30)
    assert alive() == 0


# --- the service


def unit() -> ConfigParser:
    found = ConfigParser(strict=False, interpolation=None)
    found.optionxform = str  # type: ignore[assignment, method-assign]
    found.read_string(text_of("deploy/webnet-bot.service"))
    return found


def test_the_service_gives_a_stop_time_to_drain_and_does_not_restart_on_wrong_settings() -> None:
    service = unit()["Service"]
    assert int(service["TimeoutStopSec"]) > DRAIN_S + 10
    assert service["KillSignal"] == "SIGTERM"
    assert (service["Restart"], service["RestartPreventExitStatus"]) == ("on-failure", "2")
    assert service["ProtectSystem"] == "strict"


def test_systemd_takes_the_service(tmp_path: Path) -> None:
    systemd = shutil.which("systemd-analyze")
    if systemd is None:
        pytest.skip("there is no systemd on this machine")
    program = unit()["Service"]["ExecStart"].split()[0]
    copy = tmp_path / "webnet-bot.service"
    copy.write_text(text_of("deploy/webnet-bot.service").replace(program, sys.executable), encoding="utf-8")
    done = subprocess.run([systemd, "verify", copy], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, [line for line in done.stderr.splitlines() if copy.name in line]) == (0, [])


# --- the seed file, the Makefile, CI


def test_the_example_of_a_seed_file_is_one() -> None:
    environ = {"ACME_BOT_TOKEN": "xoxb-1", "ACME_SIGNING_SECRET": "secret"}
    seed = SeedFile(ROOT / "deploy" / "seed.example.toml", environ)
    assert seed.problems == []
    assert len(seed.workspaces[0].users) == len(seed.workspaces[0].channels) == 1


def test_the_makefile_names_extras_and_groups_that_there_are() -> None:
    project = tomllib.loads(text_of("pyproject.toml"))
    named = set(re.findall(r"--extra (\w+)", text_of("Makefile")))
    assert named <= set(project["project"]["optional-dependencies"])
    assert set(re.findall(r"--group (\w+)", text_of("Makefile"))) <= set(project["dependency-groups"])


def test_what_is_installed_is_pinned_by_hash() -> None:
    for path in (ROOT / "requirements").glob("*.txt"):
        pinned = re.split(r"^(?=\w)", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
        assert pinned
        assert [
            entry.split()[0] for entry in pinned if "==" not in entry.split()[0] or "--hash=sha256:" not in entry
        ] == []


def test_ci_is_a_script_that_stops_at_the_first_failure() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert "set -euo pipefail" in script.read_text(encoding="utf-8")
    run("bash", "-n", script)


# --- what no file may hold. The patterns are written so that this file does not match.

FORBIDDEN = {
    "a package index or registry": r"py(?:)pi\.org|python(?:)hosted\.org|npm(?:)js\.(?:org|com)|deb\.(?:)debian\.org|(?:ghcr|quay|docker|gcr)\.i(?:)o\b",
    "a path of one machine": r"(?<![\w.])/(?:ro(?:)ot|ho(?:)me|Us(?:)ers|wo(?:)rk)/",
    "a token of Slack": r"xox[a-z]-\d{8,}-\w{8,}|xapp-\d-[A-Z0-9]{8,}-\d{8,}",
    "a key of a cloud": r"\bAK(?:)IA[0-9A-Z]{16}\b",
    "a private key": r"-BEGIN [A-Z ]*PRIVATE K(?:)EY-----\n[A-Za-z0-9+/=]{40}",
}


def committed() -> Iterator[Path]:
    """What git has or would take; without git, what a checkout holds."""
    if shutil.which("git") and (ROOT / ".git").exists():
        names = run("git", "ls-files", "-co", "--exclude-standard", "-z").split("\0")
        yield from (ROOT / name for name in names if name and (ROOT / name).is_file())
    else:
        skipped = {"__pycache__", ".venv", ".git"}
        yield from (p for p in ROOT.rglob("*") if p.is_file() and not skipped & set(p.relative_to(ROOT).parts))


def test_no_file_holds_what_must_not_leave_a_machine() -> None:
    found = []
    for path in committed():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [
            f"{path.relative_to(ROOT)}: {what}" for what, pattern in FORBIDDEN.items() if re.search(pattern, text)
        ]
    assert found == []


def test_the_patterns_find_what_they_are_for() -> None:
    bad = [
        "https://py" + "pi.org/simple",
        "/ro" + "ot/x",
        "xoxb-" + "1234567890-abcdefghij",
        "AK" + "IA0123456789ABCDEF",
    ]
    assert all(any(re.search(pattern, text) for pattern in FORBIDDEN.values()) for text in bad)


# --- words. A name of ours says what the thing is by the word table of docs/architecture.md.

BANNED = {
    "anew": "again",
    "asker": "requester",
    "auditing": "audit log",
    "corridor": "pipeline",
    "courier": "deliver",
    "house": "layer, module, package",
    "letter": "delivery",
    "owe": "enqueue",
    "owed": "waiting",
    "parcel": "delivery",
    "people": "callers, users",
    "person": "caller, user",
    "room": "module, layer",
    "storey": "layer",
    "take": "claim, accept, receive",
    "told": "notified, delivered",
    "turn": "claim, tick, poll",
    "verdict": "outcome",
}
CLEAN = (
    "benchmarks",
    "bot",
    "handlers",
    "lab",
    "main.py",
    "store",
    "tests/app",
    "tests/browser",
    "tests/cli",
    "tests/configs",
    "tests/delivery",
    "tests/e2e",
    "tests/faults.py",
    "tests/faults_feeds.py",
    "tests/feeds",
    "tests/http",
    "tests/lab",
    "tests/redaction",
    "tests/settings",
    "tests/slack",
    "tests/soak",
    "tests/store",
    "tests/test_deploy.py",
    "tests/webnet",
    "tools",
)
# Words that are banned where they mean one of ours, and plain English in the names of these.
PLAIN = {"people", "person", "room", "take", "turn"}
PLAIN_IN = (
    "bot/cli",
    "bot/faults.py",
    "bot/teams",
    "handlers/take.py",
    "tests/browser",
    "tests/cli",
    "tests/e2e",
    "tests/http",
    "tests/redaction",
    "tests/soak",
)


def names_of(path: Path) -> Iterator[str]:
    """The module, its classes, its functions and their arguments."""
    yield path.stem
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg


def parts_of(name: str) -> set[str]:
    """The words of a name in snake_case or CamelCase, in lower case and singular as well."""
    words = {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)}
    return words | {word.removesuffix("s") for word in words}


def test_names_keep_to_the_word_table() -> None:
    roots = [ROOT / name for name in CLEAN]
    modules = [path for root in roots for path in ([root] if root.is_file() else sorted(root.rglob("*.py")))]
    assert len(modules) > 30
    found = {
        f"{path.relative_to(ROOT)}:{word}"
        for path in modules
        for name in names_of(path)
        for word in parts_of(name) & BANNED.keys()
    }
    assert {each for each in found if not (each.startswith(PLAIN_IN) and each.rpartition(":")[2] in PLAIN)} == set()


def test_a_banned_word_is_found_as_a_whole_part_of_a_name(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text("class LetterBox:\n    def count_parcels(self, toldest): ...\n", encoding="utf-8")
    assert {word for name in names_of(module) for word in parts_of(name) & BANNED.keys()} == {"letter", "parcel"}
