"""Files as editors, wikis, and copy and paste leave them: each works, or is named in one sentence that repeats nothing of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.settings.files import load_env, secret_of, toml_of


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "file"


@pytest.mark.parametrize(
    "written",
    [
        "krakatoa",
        "krakatoa\n",
        "\ufeffkrakatoa\r\n",
        "  krakatoa \t\r\n\r\n",
        "\u00a0krakatoa\u00a0",
        "\u200bkrakatoa\u2060\n",
    ],
)
def test_what_stands_around_a_secret_does_not_count(file: Path, written: str) -> None:
    file.write_bytes(written.encode())
    assert secret_of(file) == "krakatoa"


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("krakatoa\nkrakatoa2\n", "it holds 2 lines, and a secret is one: leave only the secret there"),
        ("kraka\u2013toa", "it holds a typographic dash (U+2013), which an editor or a wiki put there: type it again"),
        ("kraka\u00a0toa", "it holds a non-breaking blank (U+00A0), which"),
        ("kraka\u200btoa", "it holds an invisible character (U+200B), which"),
        ("krakatoa\u201d", "it holds a typographic quotation mark (U+201D), which"),
        ('"krakatoa"', "the value begins with a quotation mark; write it without"),
        ("\u201ekrakatoa\u201c", "the value begins with a quotation mark; write it without"),
        ("\r\n \n", "is empty; write the secret into it"),
    ],
)
def test_what_stands_inside_a_secret_is_named(file: Path, written: str, says: str) -> None:
    file.write_bytes(written.encode())
    with pytest.raises(ValueError, match="file") as refused:
        secret_of(file)
    assert says in str(refused.value)
    assert "kraka" not in str(refused.value)


@pytest.mark.parametrize("raw", ["krakatoa".encode("utf-16"), b"krakato\xe9"])
def test_another_encoding_is_named(file: Path, raw: bytes) -> None:
    file.write_bytes(raw)
    for read in (secret_of, toml_of):
        with pytest.raises(ValueError, match="is not UTF-8 text; save it as such"):
            read(file)


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("[webnet]\nurl = \u201chttp://h\u201d\n", "in line 2, it holds a typographic quotation mark (U+201C)"),
        ("[webnet]\nurl\u00a0= 'http://h'\n", "in line 2, it holds a non-breaking blank (U+00A0)"),
        ("[webnet]\napi_key = krakatoa\n", "see line 2; a text stands in straight quotation marks"),
        ("[webnet]\napi_key = 'krakatoa\n", "see line 2; a text stands in straight quotation marks"),
        ("[webnet]\nkrakatoa = 1\nkrakatoa = 2\n", "line 3 sets again what is set above it; keep one of the two"),
        ("[webnet]\n[webnet]\n", "line 2 sets again what is set above it; keep one of the two"),
        ("[webnet", "see line 1; "),
    ],
)
def test_what_is_no_toml_is_named_with_its_line_in_our_own_words(file: Path, written: str, says: str) -> None:
    file.write_text(written, encoding="utf-8")
    with pytest.raises(ValueError, match="is not valid TOML") as refused:
        toml_of(file)
    assert says in str(refused.value)
    assert "krakatoa" not in str(refused.value)


def test_toml_may_begin_with_a_byte_order_mark_and_end_lines_as_windows_does(file: Path) -> None:
    file.write_bytes("\ufeff[webnet]\r\nurl = 'http://h'\r\n".encode())
    assert toml_of(file) == {"webnet": {"url": "http://h"}}


def test_a_file_of_variables_is_read_as_a_shell_would(file: Path) -> None:
    lines = [
        "# a comment", "", "export A=1", "B='two words' # why", 'C="3"', "D=4 # why", "E = 5 ", "F=a#b", "G=", "H=a=b="
    ]  # fmt: skip
    file.write_bytes(("\ufeff" + "\r\n".join(lines)).encode())
    found: dict[str, str] = {}
    load_env(file, found)
    assert found == {"A": "1", "B": "two words", "C": "3", "D": "4", "E": "5", "F": "a#b", "G": "", "H": "a=b="}


def test_what_is_set_already_wins_whichever_way_it_is_set(file: Path) -> None:
    file.write_text("A=file\nB_FILE=file\nC=file\nD=file\n", encoding="utf-8")
    found = {"A": "set", "B": "set", "C_FILE": "set", "D": " "}
    load_env(file, found)
    assert found == {"A": "set", "B": "set", "C_FILE": "set", "D": "file"}


def test_a_folder_and_no_file_are_no_variables(tmp_path: Path) -> None:
    found: dict[str, str] = {}
    load_env(tmp_path, found)
    load_env(tmp_path / ".env", found)
    assert found == {}


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("krakatoa", "line 2 is neither a comment nor NAME=value"),
        ("KRAKA\u2013TOA=1", "line 2 is neither a comment nor NAME=value"),
        ("A='krakatoa", "line 2: the value must end with the quotation mark that it begins with"),
        ("A='krakatoa' krakatoa", "line 2: the value must end with the quotation mark that it begins with"),
    ],
)
def test_a_line_that_is_no_variable_is_named_without_what_it_holds(file: Path, line: str, says: str) -> None:
    file.write_text(f"B=1\n{line}\n", encoding="utf-8")
    with pytest.raises(ValueError, match="file") as refused:
        load_env(file, {})
    assert says in str(refused.value)
    assert "kraka" not in str(refused.value).lower()
