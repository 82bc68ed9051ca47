"""What changed, since when a line stands there, and the diffs of points in time and of two devices, from a line in Slack to what appears
there."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.redaction.redactor import RULES_VERSION
from bot.settings.table import Settings
from lab.slack import plain
from store.configs import Config
from tests.e2e.rig import Rig, rig
from tests.e2e.test_configs import buttons, modal

DEVICE, TWIN, GLOBEX = 37, 49, 132  # which have no config in the lab
ZONE = ZoneInfo("Europe/Berlin")
IOS = """hostname {name}
enable secret 9 <redacted>
interface GigabitEthernet0/0
 description {port}
ntp server 10.0.0.{ntp}
end
"""


def keep(
    bot: Rig, device: int, hours: float, port: str, ntp: int = 1, *, secret: str = "a", stored: bool = True
) -> None:
    """A config of so many hours ago, in the copy and, unless WebNet has deleted it, there."""
    at = datetime.now(UTC) - timedelta(hours=hours)
    row = bot.webnet.row("devices", device)
    text = IOS.format(name=row["hostname"], port=port, ntp=ntp)
    number = bot.webnet.store_config(device, text, created_at=at.isoformat())["id"] if stored else 900_000 + device
    shared = {"hash": "", "read_at": at, "rules": RULES_VERSION, "fingerprints": secret * 32}
    bot.store.configs.put(
        Config(device=device, customer=row["customer"], snapshot=number, text=text, created_at=at, **shared)
    )


@pytest.fixture(scope="module")
def bot(module_store_url: str) -> Iterator[Rig]:
    def in_berlin(settings: Settings) -> Settings:
        return replace(settings, commands=replace(settings.commands, time_zone=str(ZONE)))

    with rig(module_store_url, change=in_berlin) as running:
        running.slack.world.grants["xoxb-lab-acme"].scopes += ("files:write",)
        running.copied()
        assert not any(running.store.configs.history(1, device) for device in (DEVICE, TWIN))
        keep(running, DEVICE, 72, "first of all", stored=False)
        keep(running, DEVICE, 50, "before")
        keep(running, DEVICE, 5, "to core")
        keep(running, DEVICE, 1, "to core", ntp=2)
        keep(running, TWIN, 40, "twin", secret="b")
        keep(running, TWIN, 30, "twin", secret="c")
        keep(running, GLOBEX, 2, "of globex")
        keep(running, GLOBEX, 1, "of globex only")
        yield running


def name(bot: Rig, device: int) -> str:
    return str(bot.webnet.row("devices", device)["hostname"])


def test_changes_lists_what_changed_and_each_diff_is_one_click_away(bot: Rig) -> None:
    message = bot.ask("U0VERA", "changes")
    said = plain(message)
    assert message.ephemeral_to == "U0VERA"
    assert re.search(r"2 changes on 1 device since \d{4}-\d\d-\d\d \d\d:\d\d Europe/Berlin\.", said)
    assert "of globex" not in said
    assert buttons(message) == [f"{name(bot, DEVICE)} +1 −1"] * 2 + ["All as CSV"]
    bot.slack.click("U0VERA", message, f"{name(bot, DEVICE)} +1 −1")
    _, opened = modal(bot, "U0VERA", "ntp server")
    assert "- ntp server 10.0.0.1\n+ ntp server 10.0.0.2" in opened
    assert "4 changes on 2 devices" in plain(bot.ask("U0VERA", "changes 3d"))
    assert '1 change on 1 device with `"TO core"` since' in plain(bot.ask("U0VERA", 'changes 3d "TO core"'))
    assert "No change with" in plain(bot.ask("U0VERA", "changes 3d of globex"))
    assert "cannot be: name a time that has passed" in plain(bot.ask("U0VERA", f"changes since {day(-48)}"))


def test_what_is_meant_as_a_time_is_no_text_and_what_names_a_device_offers_its_changes(bot: Rig) -> None:
    for written in (day(72), f"{day(72)} 00:30", f"since:{day(72)}"):
        assert "4 changes on 2 devices since" in plain(bot.ask("U0VERA", f"changes {written}"))
    for wrong in ("25:00", "0h", "99999d", "since tomorrow", "2026-13-40"):
        assert plain(bot.ask("U0VERA", f"changes {wrong}")).startswith(f"`{wrong}` is not understood: how far back")
    assert 'No change with `"25:00"`'.replace('"', "") in plain(bot.ask("U0VERA", 'changes "25:00"'))
    for written in ("72 hours", "last 3 days", f"{day(72)} 0:30"):
        assert "4 changes on 2 devices since" in plain(bot.ask("U0VERA", f"changes {written}"))
    assert re.search(r"since \S+ 08:30 Europe/Berlin", plain(bot.ask("U0VERA", "changes yesterday 08:30")))
    for words, meant in (("tomorrow", "tomorrow"), ("this morning", "morning"), ("nowhere 2h", "2h")):
        said = plain(bot.ask("U0VERA", f"changes {words}"))
        assert f"`{meant}` was searched for as text: how far back stands first, such as `2h`" in said
    device = name(bot, DEVICE)
    asked = bot.ask("U0VERA", f"changes 24h {device}")
    assert f"No change with `{device}` since" in plain(asked)
    assert f"2 changes on 1 device (device:{device}) since" in plain(bot.click("U0VERA", asked, f"Changes of {device}"))
    asked = bot.ask("U0VERA", f"changes {device} description 24h")
    of_it = plain(bot.click("U0VERA", asked, f"Changes of {device}"))
    assert f"1 change on 1 device with `description` (device:{device}) since" in of_it
    assert "`role:core` was searched for as text" in plain(bot.ask("U0VERA", "changes role:core"))


def test_a_device_that_is_chosen_gets_the_whole_command(bot: Rig) -> None:
    device = bot.webnet.row("devices", DEVICE)
    begins, label = device["hostname"][:8], f"{device['hostname']} ({device['mgmt_ip']})"
    offered = bot.ask("U0VERA", f"when {begins} description")
    assert "`description to core`" in plain(bot.click("U0VERA", offered, label))
    offered = bot.ask("U0VERA", f"diff {begins} 60h 24h")
    assert "-  description first of all" in plain(bot.click("U0VERA", offered, label))
    offered = bot.ask("U0VERA", f"diff #{TWIN} {begins}")
    assert "These begin with it:" in plain(offered)
    assert "Secrets are not compared" in plain(bot.click("U0VERA", offered, label))


def day(hours: float) -> str:
    return f"{(datetime.now(ZONE) - timedelta(hours=hours)):%Y-%m-%d}"


def test_a_file_holds_every_change(bot: Rig) -> None:
    message = bot.ask("U0VERA", "changes 3d")
    bot.slack.click("U0VERA", message, "All as CSV").wait_for("It was sent to you as a direct message")
    (upload,) = bot.slack.files.uploads.values()
    assert upload.content is not None
    rows = list(csv.DictReader(io.StringIO(upload.content.decode())))
    assert [(row["device"], row["added"], row["sections"]) for row in rows] == [
        (name(bot, DEVICE), "1", "top level"),
        (name(bot, DEVICE), "1", "interface GigabitEthernet0/0"),
        (name(bot, TWIN), "1", "top level"),
        (name(bot, DEVICE), "1", "interface GigabitEthernet0/0"),
    ]


def test_when_says_since_when_a_line_stands_there(bot: Rig) -> None:
    message = bot.ask("U0VERA", f"when {name(bot, DEVICE)} description")
    said = plain(message)
    assert message.ephemeral_to == "U0VERA"
    assert re.search(
        r"`description to core` in interface GigabitEthernet0/0\nStands there since \d{4}-\d\d-\d\d \d\d:\d\d Europe/Berlin, "
        "snapshot #",
        said,
    )
    assert re.search(r"`description before` in \S+ \S+\nCame by .* Gone by .* Europe/Berlin, snapshot #", said)
    assert "Stood there since before" in said
    assert "Looked through 4 snapshots; the oldest is of " in said
    bot.slack.click("U0VERA", message, buttons(message)[0])
    _, opened = modal(bot, "U0VERA", "description before")
    assert "-  description before\n+  description to core" in opened
    bot.slack.click("U0VERA", message, buttons(message)[-1])  # of a config that WebNet has deleted
    _, opened = modal(bot, "U0VERA", "description first of all")
    assert "-  description first of all\n+  description before" in opened
    assert "No line with `nowhere` stood" in plain(bot.ask("U0VERA", f"when {name(bot, DEVICE)} nowhere"))
    said = plain(bot.ask("U0VERA", f"when {name(bot, DEVICE)} regex:ntp yesterday"))
    assert "`regex:ntp yesterday` was looked for as text: `when` takes a device, words and phrases." in said


def test_a_search_finds_what_came_lately_and_what_stands_no_more(bot: Rig) -> None:
    came = bot.ask("U0VERA", "search since:2d description")
    assert "1 line on 1 device that came since " in plain(came)
    assert buttons(came)[0] == "Show diff"
    gone = bot.ask("U0VERA", 'search was:"description before"')
    assert '1 line on 1 device that stands no more fits `was:"description before"`' in plain(gone)
    assert "gone by " in plain(gone)
    bot.slack.click("U0VERA", gone, "Show diff")
    modal(bot, "U0VERA", "description to core")
    for nothing in ("search since:2h of globex", "search was:twin", "search since:2h was:before"):
        assert "No line that " in plain(bot.ask("U0VERA", nothing))
    assert "No line that fits `was:twin` has gone." in plain(bot.ask("U0VERA", "search was:twin"))


def test_what_a_search_took_as_text_is_said_with_what_to_write(bot: Rig) -> None:
    assert re.search(
        r"came since \S+ 00:30 Europe/Berlin", plain(bot.ask("U0VERA", f"search since:{day(48)} 0:30 description"))
    )
    for words, said in (
        ("nowhere since 3d", "`since 3d` was searched for as text: what came since then is `since:3d`"),
        ("site: fra1 mtu", "`site:` was searched for as text: what stands behind the colon follows it without a blank"),
        ("site=fra1 mtu", "`site=fra1` was searched for as text: the filters are `site:`"),
        ("re:mtu.*", "`re:mtu.*` was searched for as text: a pattern is `search regex:mtu.*`"),
    ):
        assert said in plain(bot.ask("U0VERA", f"search {words}"))
    device = name(bot, DEVICE)
    asked = bot.ask("U0VERA", f"search {device} description")
    assert f"1 line on 1 device (device:{device}) fits" in plain(bot.click("U0VERA", asked, f"Search on {device}"))


def test_what_is_spelled_otherwise_in_a_config_is_offered(bot: Rig) -> None:
    device, written = name(bot, DEVICE), "GigabitEthernet0/0"
    asked = bot.ask("U0VERA", f"search device:{device} gi0/0")
    assert "No line fits `gi0/0`" in plain(asked)
    assert f"1 line on 1 device (device:{device}) fits `{written}`" in plain(
        bot.click("U0VERA", asked, f"Search {written}")
    )
    dashes = device.replace("-", "\u2013")
    asked = bot.ask("U0VERA", f"search 'hostname {dashes}'")
    assert "1 line on 1 device fits" in plain(bot.click("U0VERA", asked, f'Search "hostname {device}"'))
    asked = bot.ask("U0VERA", f"when {device} gi0/0")
    assert f"`interface {written}`" in plain(bot.click("U0VERA", asked, f"When {written}"))
    assert f"interface {written} in the config of {device}" in plain(bot.ask("U0VERA", f"config {device} int g0/0"))
    assert f"sections such as `interface {written}`" in plain(bot.ask("U0VERA", f"config {device} gi0/9"))


def test_a_diff_takes_points_in_time(bot: Rig) -> None:
    device = name(bot, DEVICE)
    since = plain(bot.ask("U0VERA", f"diff {device} 24h"))
    assert "-  description before\n- ntp server 10.0.0.1\n+  description to core\n+ ntp server 10.0.0.2" in since
    assert re.search(r"Between \d{4}-\d\d-\d\d \d\d:\d\d Europe/Berlin and now\.", since)
    between = plain(bot.ask("U0VERA", f"diff {device} 60h 24h"))
    assert "-  description first of all\n+  description before" in between
    alike = plain(bot.ask("U0VERA", f"diff {device} 24h 20h"))
    assert "Nothing changed on" in alike
    assert re.search(r"^Snapshot #\d+ of .+ stood at both\.$", alike, re.MULTILINE)
    early = plain(bot.ask("U0VERA", f"diff {device} {day(24 * 30)} 08:00"))
    assert re.search(r"is known from before \S+ 08:00 Europe/Berlin: the oldest that is known is of ", early)
    assert "`noon` is not understood" in plain(bot.ask("U0VERA", f"diff {device} noon"))
    assert "Between " in plain(bot.ask("U0VERA", f"diff {device} since 24h"))
    assert "+  description before" in plain(bot.ask("U0VERA", f"diff {device} 60h to 24h"))
    last, older = bot.ask("U0VERA", f"diff {device}"), bot.ask("U0VERA", f"diff {device} 2")
    assert "+ ntp server 10.0.0.2" in plain(last)
    assert "+  description to core" in plain(older)


def test_a_diff_of_two_devices_never_says_whether_they_share_a_secret(bot: Rig) -> None:
    message = bot.ask("U0VERA", f"diff {name(bot, DEVICE)} {name(bot, TWIN)}")
    said = plain(message)
    assert f"- hostname {name(bot, DEVICE)}" in said
    assert "+  description twin" in said
    assert "changed" not in said
    assert "Secrets are not compared" in said
    assert re.search(r"^  enable secret 9 <redacted>$", said, re.MULTILINE)
    itself = plain(bot.ask("U0VERA", f"diff #{DEVICE} #{DEVICE}"))
    assert itself.startswith(f"{name(bot, DEVICE)} is the device itself: name another one to compare it with.")
    other = name(bot, GLOBEX)
    assert f"`{other}` is not understood" in plain(bot.ask("U0VERA", f"diff {name(bot, DEVICE)} {other}"))


def test_a_device_of_which_webnet_has_no_config_is_named_with_what_makes_one(bot: Rig) -> None:
    without = name(bot, 61)
    for line in (f"when {without} mtu", f"diff {without} 24h", f"diff {without}", f"diff #{DEVICE} {without}"):
        assert plain(bot.ask("U0VERA", line)) == f"WebNet has no config of {without} yet: a backup makes one."


def test_a_device_that_left_a_moment_ago_shows_nothing(bot: Rig) -> None:
    device = name(bot, TWIN)
    bot.webnet.change("devices", TWIN, touch=False, customer=2)
    try:
        assert device not in plain(bot.ask("U0VERA", "changes 3d"))
        for line in (f"when #{TWIN} hostname", f"diff #{TWIN} 24h"):
            assert plain(bot.ask("U0VERA", line)) == f"There is no device `#{TWIN}` here."
        said = plain(bot.ask("U0VERA", f"diff #{DEVICE} #{TWIN}"))
        assert said.startswith(f"`#{TWIN}` is not understood: ")
    finally:
        bot.webnet.change("devices", TWIN, touch=False, customer=1)
