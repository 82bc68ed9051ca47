"""How soon a form opens, beside the modal of `config` in the same run: typed and by its button, from the act to what is to be seen."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from rich.table import Table

from benchmarks.kit import Effort, percentile, spread, table
from bot.core.message import Button, Buttons, sentence
from bot.slack.render import payload
from lab.slack import Interaction, Message, plain
from lab.slack.view import View
from tests.e2e.rig import Rig, rig

USER = "U0OSCAR"
ACTS = 100  # of each in a round
YARDSTICK = "the modal of `config`, with the config"


def measured(effort: Effort) -> Iterable[Table]:
    acts = effort.scaled(ACTS, 10)
    with tempfile.TemporaryDirectory(prefix="webnet-bot-") as folder, rig(f"sqlite:///{Path(folder)}/store.db") as bot:
        offered = _offered(bot)
        ways: dict[str, Callable[[], float]] = {
            YARDSTICK: lambda: _ms(bot, _pressed(bot, offered, "Config"), _filled),
            "the modal of `config`, still empty": lambda: _ms(
                bot, _pressed(bot, offered, "Config"), lambda _: True, _filled
            ),
            "a form, by its button": lambda: _ms(bot, _pressed(bot, offered, "Fill in"), _is_form),
            "a form, by `config` without a device": lambda: _ms(bot, lambda: bot.say(USER, "config"), _is_form),
        }
        rounds = [_round(ways, acts) for _ in range(effort.rounds)]
    rows = []
    for name in ways:
        p50, p95 = ([percentile(each[name], percent) for each in rounds] for percent in (50, 95))
        ratio = [percentile(each[name], 95) / percentile(each[YARDSTICK], 95) for each in rounds]
        rows.append((name, spread(p50, ",.1f"), spread(p95, ",.1f"), spread(ratio)))
    yield table(
        f"{acts} windows of each kind, {effort.rounds} times; a form may need twice the time of the first",
        "",
        "p50, ms",
        "p95, ms",
        "p95 beside the first",
        rows=rows,
    )


def _round(ways: Mapping[str, Callable[[], float]], acts: int) -> Mapping[str, list[float]]:
    """Does one after the other, so that what disturbs one disturbs all; the first of each is no measurement."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(acts + 1):
        for name, way in ways.items():
            times[name].append(way())
    return {name: found[1:] for name, found in times.items()}


def _offered(bot: Rig) -> Message:
    buttons = Buttons(
        (Button("Config", command="config #5", modal=True), Button("Fill in", command="config #5", form=True))
    )
    bot.api.call("chat.postMessage", "xoxb-lab-acme", channel="C0NOC", **payload(sentence("To be measured.", buttons)))
    return bot.slack.wait_message("C0NOC", "To be measured.")


def _pressed(bot: Rig, offered: Message, label: str) -> Callable[[], Interaction]:
    return lambda: bot.slack.click(USER, offered, label)


def _filled(view: View) -> bool:
    return "Loading" not in plain({"blocks": view.blocks})


def _is_form(view: View) -> bool:
    return str(view.content.get("callback_id")).startswith("webnet:form:")


def _ms(
    bot: Rig, act: Callable[[], Interaction], seen: Callable[[View], bool], after: Callable[[View], bool] | None = None
) -> float:
    """Returns how long it took until the window was `seen`; waits for what comes `after` that before the next act."""
    began = time.perf_counter()
    done = act()

    def shows(what: Callable[[View], bool]) -> bool:
        view = bot.slack.open_view(USER)
        return view is not None and view.id == done.view_id and what(view)

    done.until(lambda: shows(seen), 10.0, "the window")
    took_ms = (time.perf_counter() - began) * 1000
    done.until(lambda: shows(after or seen), 10.0, "all of the window")
    return took_ms
