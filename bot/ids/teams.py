"""The shapes of Microsoft's ids and hosts, each written once: for the command line, a seed file, the management API, the settings, and
mentions.

Each function returns the id in lower case, as it is compared, or raises ValueError with a sentence that never repeats a secret.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_GUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
TENANT = APP = USER = _GUID  # of the tenant, of the app and of the object of a user in Entra ID
CHANNEL = r"19:[A-Za-z0-9_.-]{1,120}@(thread\.(tacv2|v2|skype)|unq\.gbl\.spaces)"
PASSWORD = r"[!-~]{8,200}"  # noqa: S105  # it is no password, but what one looks like

# Of Microsoft's cloud for everybody, and of those for the government of the USA: GCC, GCC High and DoD.
SERVICE_HOSTS = (
    "smba.trafficmanager.net",
    "smba.infra.gcc.teams.microsoft.com",
    "smba.infra.gov.teams.microsoft.us",
    "smba.infra.dod.teams.microsoft.us",
)
_HOST = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+")
_EMULATED = re.compile(r"https?://(localhost|127\.0\.0\.1)(:[0-9]{1,5})?")  # by http only a machine that is this one


A_TENANT = "the id of a tenant of Microsoft Teams (Microsoft Entra admin center, Overview)"


def tenant_id(text: str) -> str:
    return _guid(text, A_TENANT)


def app_id(text: str) -> str:
    return _guid(text, "the id of an app (Azure portal, the bot's Configuration, Microsoft App ID)")


def user_id(text: str) -> str:
    return _guid(text, "the object id of a user (Microsoft Entra admin center, Users)")


def mentioned(text: str) -> str:
    """Returns the id of a user. Raises ValueError with what is to be said of the text."""
    found = text.lower()
    if not re.fullmatch(USER, found):
        raise ValueError(
            "cannot be mentioned in Microsoft Teams, where a bot mentions single users alone, and neither everybody, a group nor a tag: "
            "write the Entra object id of a mapped user."
        )
    return found


def channel_id(text: str) -> str:
    """Returns the id as it is: upper and lower case differ in it."""
    if not re.fullmatch(CHANNEL, text):
        raise ValueError(
            f"{text!r} is not the id of a channel or a chat such as 19:abc@thread.tacv2 (in its link, where %3a is : and %40 is @)"
        )
    return text


def app_password(text: str) -> str:
    if not re.fullmatch(PASSWORD, text):
        raise ValueError("this is not a client secret of the app: take its value, not its id")
    return text


def service_host(text: str) -> str:
    """Returns a host of the setting as it was written: a whole name, or the address of an emulated Teams on this machine. Raises
    ValueError."""
    if _HOST.fullmatch(text) or (_EMULATED.fullmatch(text) and urlsplit(text).port != 0):
        return text
    raise ValueError(f"{text!r} is no whole host name, such as {SERVICE_HOSTS[0]}")


def is_direct(conversation: str) -> bool:
    """Says whether this is the conversation of one user with the bot; a user's own id stands for it, too."""
    return conversation.startswith("a:") or bool(re.fullmatch(USER, conversation))


def _guid(text: str, what: str) -> str:
    found = text.strip().lower()
    if not re.fullmatch(_GUID, found):
        raise ValueError(f"{text!r} is not {what}, such as 0a1b2c3d-0000-4000-8000-0123456789ab")
    return found
