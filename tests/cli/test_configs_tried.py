"""`configs redact` and `configs diff`: what the bot would hide and show of somebody's own files."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.test_project import ROOT

OLD = "! Last configuration change at 10:00\nhostname a\nenable secret 5 $1$abcd$efghijkl\nntp clock-period 17\n"


def test_a_file_is_printed_without_its_secrets(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text(OLD)
    for platform in ("", "ios", "junos"):
        words = ["configs", "redact", str(file), *(["--platform", platform] if platform else [])]
        assert run(words).stdout == OLD.replace("$1$abcd$efghijkl", "<redacted>")


def test_standard_input_needs_no_settings_and_bytes_that_are_no_text_stay(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "main.py"), "configs", "redact"],
        input=b"caf\xe9 \xff\r\nusername a password 0 h\xe9llo1\r\n",
        capture_output=True,
        check=True,
        cwd=tmp_path,
        timeout=60,
    )
    assert done.stdout == b"caf\xe9 \xff\r\nusername a password 0 <redacted>\r\n"


def test_what_is_no_text_is_refused_and_not_written_to_the_terminal(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "ls"
    file.write_bytes(b"\x7fELF\0\x1b[2J")
    refused = run(["configs", "redact", str(file)], code=2)
    assert (refused.stdout, "it holds a NUL byte" in refused.stderr) == ("", True)


def test_a_log_is_redacted_as_what_is_shown_of_it(run: Run) -> None:
    assert run("configs redact --log", input="ERROR password=abc1\n").stdout == "ERROR password=<redacted>\n"


def test_words_and_patterns_of_the_settings_are_hidden_and_counted(run: Run, config: Path) -> None:
    config.write_text("[redaction]\nwords = ['Tambora']\npatterns = ['acme-key (?P<secret>[0-9A-F]+)']\n")
    done = run("configs redact", input="acme-key 12AB of tambora\n")
    assert done.stdout == "acme-key <redacted> of <redacted>\n"
    assert done.stderr == "Word 1 of [redaction] fits in 1 place.\nPattern 1 of [redaction] fits in 1 place.\n"


@pytest.mark.parametrize(
    ("new", "code", "said"),
    [
        (OLD, 0, "Nothing differs.\n"),
        (OLD.replace("\n", " \r\n"), 0, "8 volatile lines differ: --all shows them.\n"),
        (OLD.replace("10:00", "10:05").replace(" 17", " 19"), 0, "4 volatile lines differ: --all shows them.\n"),
        (
            OLD.replace("10:00", "10:05").replace("efgh", "hgfe"),
            1,
            """From line 2
  hostname a
- enable secret 5 <redacted: changed>
+ enable secret 5 <redacted: changed>
  ntp clock-period 17

+1 −1 in 1 place.
2 volatile lines differ, too: --all shows them.
""",
        ),
    ],
)
def test_a_comparison_says_what_counts_and_how_much_does_not(
    run: Run, tmp_path: Path, new: str, code: int, said: str
) -> None:
    paths = [tmp_path / "old", tmp_path / "new"]
    for path, text in zip(paths, (OLD, new), strict=True):
        path.write_bytes(text.encode())
    assert run(["configs", "diff", *map(str, paths)], code=code).stdout == said


def test_all_lines_are_shown_if_asked_for(run: Run, tmp_path: Path) -> None:
    paths = [tmp_path / "old", tmp_path / "new"]
    for path, time in zip(paths, ("10:00", "10:05"), strict=True):
        path.write_text(OLD.replace("10:00", time))
    shown = run(["configs", "diff", *map(str, paths), "--all"], code=1).stdout
    assert "- ! Last configuration change at 10:00\n+ ! Last configuration change at 10:05\n" in shown


@pytest.mark.parametrize(
    "words", ["configs redact no-such-file", "configs redact --platform iox", "configs diff no-such-file other"]
)
def test_what_cannot_be_read_or_is_not_known_ends_with_2(run: Run, words: str) -> None:
    run(words, code=2)
