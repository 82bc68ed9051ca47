from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.text import cut_escaped, escape, inbound


def test_what_leaves_cannot_mention_or_link() -> None:
    assert escape("<!channel> & <@U1> &lt;") == "&lt;!channel&gt; &amp; &lt;@U1&gt; &amp;lt;"


def test_what_leaves_is_clean() -> None:
    assert escape("a\u202eb\x00") == "ab\ufffd"


@pytest.mark.parametrize(
    ("arrived", "typed"),
    [
        ("status core-rtr-01", "status core-rtr-01"),
        ("status <http://core.acme.net|core.acme.net>", "status core.acme.net"),
        ("status <http://core.acme.net>", "status http://core.acme.net"),
        ("search <mailto:noc@acme.net|noc@acme.net>", "search noc@acme.net"),
        ("ping <tel:10101|10.1.0.1>", "ping 10.1.0.1"),
        ("status <http://h|>", "status http://h"),
        ("status <@U0ALICE|alice> <#C0NOC|noc> <!channel>", "status <@U0ALICE|alice> <#C0NOC|noc> <!channel>"),
        ("search a &lt;b&gt; &amp;&amp; c", "search a <b> && c"),
        ("search &amp;lt;", "search &lt;"),
        ("search &lt;http://h|h&gt;", "search <http://h|h>"),
        ("search <http://h/?a=1&amp;b=2|h/?a=1&amp;b=2>", "search h/?a=1&b=2"),
        ("<<>>< > <| <a", "<<>>< > <| <a"),
    ],
)
def test_what_arrives_is_read_as_it_was_typed(arrived: str, typed: str) -> None:
    assert inbound(arrived) == typed


@given(st.text())
def test_escaping_is_undone_exactly(text: str) -> None:
    assert inbound(escape(text)) == inbound(escape(inbound(escape(text))))


@given(st.text(alphabet="&<>ab", max_size=20), st.integers(0, 40))
def test_no_cut_goes_through_an_entity(text: str, limit: int) -> None:
    shortened = cut_escaped(escape(text), limit)
    assert len(shortened) <= limit
    assert text.startswith(inbound(shortened).removesuffix("…"))


def test_a_million_open_brackets_are_read_at_once() -> None:
    assert inbound("<" * 1_000_000) == "<" * 1_000_000
