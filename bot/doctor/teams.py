"""Microsoft Teams: the app of a tenant, the keys that Teams signs with, and whether Teams has reached the bot."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from importlib.util import find_spec

from bot import tls
from bot.core.errors import ChatError
from bot.core.text import ago, and_more
from bot.doctor.chats import app_tokens
from bot.doctor.finding import COMMANDS, NOTIFICATIONS, WEBHOOKS, Finding, Surroundings
from bot.http_client import Session, origin
from bot.teams.app_tokens import App
from store.workspaces import Workspace

WRONG = {  # what is not taken, and what to do about it, by the field of the workspace
    "team_id": (
        "Microsoft's login knows no such tenant",
        "Add the App Tenant ID of the Azure bot by `webnet-bot workspace add`, then remove this one",
    ),
    "app_id": (
        "Microsoft's login knows no such app in this tenant",
        "Take the Microsoft App ID of an Azure bot of the type Single Tenant: `webnet-bot workspace set {} --app-id ID`",
    ),
    "app_password": (
        "Microsoft's login does not take its app password",
        "Make a client secret, which ends after two years at the latest, and take its value: `webnet-bot workspace set {} --app-password-prompt`",
    ),
}
MOST_NAMED = 5  # users in a sentence
NEVER = (
    "Set the messaging endpoint of the Azure bot to the public address of this one, then /api/messages, and add the app of "
    "`webnet-bot manifest --teams` to a team. If something was written to it since, the bot's log says whether a request was refused, and why."
)


def tenant(at: Surroundings, row: Workspace) -> Iterator[Finding]:
    what = f"tenant {row.team_id}"
    if not at.settings.teams.enabled:
        words = f"{row.team_name}: Microsoft Teams is switched off."
        yield Finding(COMMANDS, what, "fail", words, "Set `teams.enabled` and `http.enabled`.")
        return
    try:
        with app_tokens(at.settings) as tokens:
            wrong = tokens.wrong_in(App(row.team_id, row.app_id, row.app_password or ""))
    except ChatError as error:
        yield Finding(
            COMMANDS,
            what,
            "fail",
            f"{row.team_name}: {error.words}",
            "Check the way out to Microsoft's login, and `teams.login_url`.",
        )
        return
    if wrong:
        words, remedy = WRONG[wrong]
        yield Finding(COMMANDS, what, "fail", f"{row.team_name}: {words}.", f"{remedy.format(row.team_id)}.")
    else:
        yield Finding(COMMANDS, what, "pass", f"{row.team_name}: enabled, and Microsoft's login gives its app a token.")
    yield _reached(at, row)


def _reached(at: Surroundings, row: Workspace) -> Finding:
    what, heard = f"messages of {row.team_id}", at.store.teams_conversations.heard_at(row.team_id)
    if heard is None:
        return Finding(COMMANDS, what, "warn", "Nothing of this tenant has ever reached the bot.", NEVER)
    return Finding(COMMANDS, what, "pass", f"Teams reached the bot {ago(at.now(), heard)}, give or take an hour.")


def removed(at: Surroundings, row: Workspace) -> Iterator[Finding]:
    """Yields the channels that are to get notices and that the app was removed from, and the users who removed it."""
    for name, since in at.store.teams_conversations.channels_gone(row.team_id):
        words = f"The app was removed there {ago(at.now(), since)}: Teams refuses the notices, which are parked."
        help_ = "Add the app to the team again, then `webnet-bot notify retry`; or `webnet-bot channel remove`."
        yield Finding(NOTIFICATIONS, f"channel {name} of {row.team_id}", "warn", words, help_)
    if names := at.store.teams_conversations.users_gone(row.team_id):
        more = f" {and_more(len(names) - MOST_NAMED)}" if len(names) > MOST_NAMED else ""
        words = f"The app was removed from that of {', '.join(names[:MOST_NAMED])}{more}: what only they may read does not reach them."
        help_ = "They add the app for themselves again (Apps, its name, Add)."
        yield Finding(NOTIFICATIONS, f"personal chats of {row.team_id}", "warn", words, help_)


def keys(at: Surroundings, tenants: Sequence[Workspace]) -> Iterator[Finding]:
    """Reads the keys that Teams signs with, if it is switched on."""
    settings, what = at.settings.teams, "keys of the Bot Framework"
    if not settings.enabled or not tenants:
        return
    if find_spec("jwt") is None:
        yield Finding(WEBHOOKS, what, "fail", "An extra is not installed.", "pip install 'webnet-bot[teams]'")
        return
    from bot.teams.keys import KeysAway, SigningKeys  # noqa: PLC0415  # of an extra

    with closing(
        Session({origin(settings.openid_url)}, tls.context(at.settings.tls.ca_bundle), connections=1)
    ) as session:
        try:
            SigningKeys(settings.openid_url, session).refresh()
        except KeysAway as error:
            remedy = "Compare `teams.openid_url`, and let this machine reach its host: without its keys nothing of Teams is believed."
            yield Finding(WEBHOOKS, what, "fail", f"They cannot be read: {error}.", remedy)
        else:
            yield Finding(WEBHOOKS, what, "pass", "They were read.")
