"""The members and channels that every lab starts with."""

from __future__ import annotations

from lab.slack.world import Member, World


def acme_and_globex(world: World) -> None:
    app = world.add_app("A0WEBNET", "xapp-lab", "lab-signing-secret")
    names = ("Alice", "Oscar", "Vera", "Gina", "Ivan", "Bob", "Nick", "Mallory")
    members = [Member(f"U0{name.upper()}", name.lower(), name) for name in names]
    acme = world.add_team("T0ACME", "Acme", "xoxb-lab-acme", app, members)
    world.add_channel(acme, "C0NOC", "noc")
    world.add_channel(acme, "C0ALERTS", "alerts")
    world.add_channel(acme, "C0PRIVATE", "private", private=True, bot_member=False, members=["U0ALICE", "U0OSCAR"])
    both = [p for p in members if p.name in ("gina", "bob")]
    globex = world.add_team("T0GLOBEX", "Globex", "xoxb-lab-globex", app, both)
    world.add_channel(globex, "C0GXNOC", "gx-noc")
