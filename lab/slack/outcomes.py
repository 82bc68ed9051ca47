"""The effect of an ack's payload: a slash command shows it, a menu uses its options, a modal follows it."""

from __future__ import annotations

from typing import Any

from lab.slack import limits
from lab.slack.interactions import Interaction
from lab.slack.traffic import Ledger, Refused
from lab.slack.views import Views
from lab.slack.world import Channel, Json, Message, World


def show(world: World, ledger: Ledger, views: Views, interaction: Interaction, payload: Any) -> None:
    if interaction.kind == "slash_commands":
        _command(world, ledger, interaction, payload if isinstance(payload, dict) else {})
    elif interaction.payload.get("type") == "block_suggestion":
        _options(ledger, interaction, payload if isinstance(payload, dict) else {})
    elif interaction.payload.get("type") == "view_submission":
        _submission(ledger, views, interaction, payload if isinstance(payload, dict) else {})


def _command(world: World, ledger: Ledger, interaction: Interaction, payload: Json) -> None:
    in_channel = payload.get("response_type") == "in_channel"
    channel = world.teams[interaction.team].channels[interaction.channel]
    if in_channel:
        typed = f"{interaction.payload['command']} {interaction.payload['text']}".strip()
        world.post(channel, interaction.user, typed, [], "typed", cause=interaction)
    if not payload.get("text") and not payload.get("blocks"):
        return
    reader = None if in_channel else interaction.user
    refused = ledger.check("ack", payload, world.teams[interaction.team], interaction.channel, reader)
    if refused:
        interaction.error = refused.code
        return
    respond(world, interaction, channel, payload, "ack", reader)


def respond(
    world: World, interaction: Interaction, channel: Channel, payload: Json, via: str, ephemeral_to: str | None
) -> Message:
    """Posts the app's answer, from an ack or a response_url, as a new message."""
    team = world.teams[channel.team]
    return world.post(
        channel,
        team.bot_user_id,
        payload.get("text") or "",
        payload.get("blocks") or [],
        via,
        ephemeral_to=ephemeral_to,
        thread_ts=payload.get("thread_ts"),
        cause=interaction,
    )


def _options(ledger: Ledger, interaction: Interaction, payload: Json) -> None:
    problems = limits.option_problems(payload)
    if problems:
        ledger.refuse(_refused(interaction, "options", "invalid_options", problems, payload))
        interaction.error = "invalid_options"
        return
    groups = payload.get("option_groups") or []
    interaction.options.extend(payload.get("options") or [o for group in groups for o in group["options"]])


def _submission(ledger: Ledger, views: Views, interaction: Interaction, payload: Json) -> None:
    problems = views.submitted(interaction, payload)
    if problems:
        ledger.refuse(_refused(interaction, "response_action", "invalid_response_action", problems, payload))
        interaction.error = "invalid_response_action"


def _refused(interaction: Interaction, via: str, code: str, problems: list[str], payload: Json) -> Refused:
    return Refused(via, code, problems, payload, interaction.team, interaction.channel or None, interaction.user)
