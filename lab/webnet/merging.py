"""Merges config lines into a config, about as devices do: a line below a section's heading goes into that section, `no` takes a
line away, and what is there already changes nothing."""

from collections.abc import Iterator

_END = "end"  # the last line of some configs


def merged(config: str, snippet: str) -> str:
    """Returns the config with these lines."""
    lines = config.rstrip("\n").split("\n")
    for heading, inner in _sections(snippet):
        if not inner:
            _put(lines, heading, 0, len(lines))
            continue
        at = _place(lines, heading)
        for line in inner:
            end = next((n for n in range(at + 1, len(lines)) if not lines[n].startswith(" ")), len(lines))
            _put(lines, line, at + 1, end)
    return "\n".join(lines) + "\n"


def _sections(snippet: str) -> Iterator[tuple[str, list[str]]]:
    """Yields each line that is not indented, with the lines below it that are."""
    heading, inner = "", list[str]()
    for line in filter(str.strip, snippet.split("\n")):
        if line.startswith(" ") and heading:
            inner.append(line)
            continue
        if heading:
            yield heading, inner
        heading, inner = line, []
    if heading:
        yield heading, inner


def _place(lines: list[str], heading: str) -> int:
    """Returns where the section stands, which is made at the end if there is none."""
    if heading not in lines:
        lines.insert(_last(lines), heading)
    return lines.index(heading)


def _put(lines: list[str], line: str, start: int, end: int) -> None:
    indent, words = line[: len(line) - len(line.lstrip())], line.strip()
    if words.startswith("no "):
        unwanted = indent + words.removeprefix("no ")
        kept = [each for each in lines[start:end] if each != unwanted]
        kept += [line] if len(kept) == end - start and indent else []
        lines[start:end] = kept
    elif line not in lines[start:end]:
        lines.insert(end if indent else _last(lines), line)


def _last(lines: list[str]) -> int:
    return len(lines) - 1 if lines and lines[-1] == _END else len(lines)
