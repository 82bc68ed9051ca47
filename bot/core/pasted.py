"""Finds what editors, wikis, and copy and paste put into a value that was meant to be plain. Pure; nothing here repeats a value."""

from __future__ import annotations

_ODD = {
    "a typographic dash": "\u2010\u2011\u2012\u2013\u2014\u2015\u2212",
    "a typographic quotation mark": "\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u00ab\u00bb\u2039\u203a",
    "a non-breaking blank": "\u00a0\u2007\u202f",
    "an invisible character": "\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\ufeff",
}
_AROUND = "\ufeff\u00ad\u200b\u200c\u200d\u200e\u200f\u2060"  # what has no width, and str.strip does not know
_QUOTES = ('"', "'", "`", "\u201c", "\u201d", "\u201e", "\u2018", "\u2019", "\u00ab")


def trimmed(text: str) -> str:
    """Returns the text without white space and what has no width at both ends."""
    before = ""
    while text != before:
        before, text = text, text.strip().strip(_AROUND)
    return text


def odd(text: str) -> str:
    """Says what no keyboard wrote, such as "line 2 holds a typographic dash (U+2013): type it again"; empty if there is none."""
    lines = text.splitlines()
    for number, line in enumerate(lines, start=1):
        for what, characters in _ODD.items():
            found = next((character for character in line if character in characters), "")
            if found:
                where = f"line {number}" if len(lines) > 1 else "it"
                return f"{where} holds {what} (U+{ord(found):04X}), which an editor or a wiki put there: type it again"
    return ""


def secret(text: str) -> str:
    """Returns a secret of one line, trimmed. Raises ValueError with a sentence that completes "<place>: "."""
    plain = trimmed(text)
    lines = [line for line in plain.splitlines() if line.strip()]
    if len(lines) > 1:
        raise ValueError(f"it holds {len(lines)} lines, and a secret is one: leave only the secret there")
    if found := odd(unquoted(plain)):
        raise ValueError(found)
    return plain


def unquoted(text: str) -> str:
    """Returns the text as it is. Raises ValueError if it begins with a quotation mark."""
    if text.startswith(_QUOTES):
        raise ValueError("the value begins with a quotation mark; write it without")
    return text
