"""What the documentation says of netconan is what the pinned one does on the same lines."""

from __future__ import annotations

from importlib.metadata import version

import pytest

from tests.golden import golden_text
from tools import corpus


@pytest.mark.filterwarnings("ignore:'crypt' is deprecated")  # of passlib, which netconan needs
def test_golden_of_netconan_on_the_same_lines() -> None:
    hide, rows = corpus.netconan(), [version("netconan")]
    for name in corpus.TITLES:
        found = corpus.line_by_line(hide, corpus.marked(name))
        rows.append(f"{name}\t{found.survived}\t{found.touched}")
    golden_text(corpus.NETCONAN, "\n".join(rows) + "\n")


def test_a_secret_survives_where_it_can_be_read_in_its_line() -> None:
    text = "enable secret ⟦abcdefg⟧\nkey ⟦one\n two⟧\nno password\nhostname a"

    def hides(given: str) -> str:
        return given.replace("abcdefg", "x").replace("no password", "y")

    assert corpus.line_by_line(hides, text) == corpus.Counts(secrets=2, survived=1, alike=1, touched=1)
