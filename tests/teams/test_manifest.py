"""The app package: Microsoft's published schema, the limits of its documentation, and icons of the sizes that Teams asks for."""

from __future__ import annotations

import json
import struct
from io import BytesIO
from zipfile import ZipFile

import pytest

import handlers
from bot.teams.manifest import SUGGESTED, manifest, package
from lab.teams.activities import ACME_APP
from tests.teams.schemas import manifest_problems

SITE = "https://bot.example/"


def test_the_package_holds_a_manifest_within_every_limit_and_two_icons() -> None:
    assert {name for name, _ in SUGGESTED} <= set(handlers.discover())
    made = package(manifest(ACME_APP.upper(), SITE, SUGGESTED))
    with ZipFile(BytesIO(made)) as packed:
        files = {name: packed.read(name) for name in packed.namelist()}
    assert sorted(files) == ["color.png", "manifest.json", "outline.png"]
    for name, side in (("color.png", 192), ("outline.png", 32)):
        assert files[name].startswith(b"\x89PNG\r\n\x1a\n")
        assert struct.unpack(">II", files[name][16:24]) == (side, side)
    found = json.loads(files["manifest.json"])
    assert manifest_problems(found) == []
    assert found["id"] == found["bots"][0]["botId"] == ACME_APP
    assert found["bots"][0]["scopes"] == ["personal", "team", "groupChat"]
    assert len(found["name"]["short"]) <= 30
    assert len(found["description"]["short"]) <= 80
    assert len(found["developer"]["name"]) <= 32
    (suggested,) = found["bots"][0]["commandLists"]
    assert 0 < len(suggested["commands"]) <= 10
    assert all(len(each["title"]) <= 32 and len(each["description"]) <= 128 for each in suggested["commands"])
    assert made == package(manifest(ACME_APP, SITE, SUGGESTED))


@pytest.mark.parametrize(("app", "site"), [("webnet", SITE), (ACME_APP, "http://bot.example/"), (ACME_APP, "")])
def test_what_teams_would_refuse_is_refused_here(app: str, site: str) -> None:
    with pytest.raises(ValueError, match=r"app|https"):
        manifest(app, site, [])
