"""Permission denied errors: whether the bot may make keys in the name of callers, and which of them are left."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

from bot.core.commands import Caller, Role
from bot.core.errors import BotError
from bot.core.text import and_more, count
from bot.doctor.finding import PERMISSIONS, Finding, Surroundings
from bot.redaction.redactor import Redactor
from bot.webnet.caller_keys import CallerKeys, instance_of
from bot.webnet.transport import Transport
from store.leases import INSTANCE

WHAT = "keys of callers"
CHECK = "check"  # the chat user and the instance in the name of the key that is made to try it
MOST = 10  # keys that are named


def keys(at: Surroundings) -> Iterator[Finding]:
    if not at.settings.webnet.act_as_caller:
        return
    living = {lease.name.removeprefix(INSTANCE) for lease in at.store.leases.all_live(INSTANCE)}
    with closing(Transport.from_settings(at.settings.webnet)) as http:
        made = CallerKeys(http, at.store.caller_keys, Redactor(), CHECK, lambda: living, at.now)
        try:
            me = at.webnet.me()
            with made.acting_for(Caller(CHECK, me.id, me.username, Role.of(me.role), me.customers)):
                pass
            users = {mapping.user: mapping.username for mapping in at.store.users.list()} | {me.id: me.username}
            found = [(name or str(user), key) for user, name in users.items() for key in made.of(user)]
        except BotError as error:
            remedy = "The service account needs the role admin in WebNet; or set `webnet.act_as_caller` to false."
            yield Finding(PERMISSIONS, WHAT, "fail", error.words, remedy)
            return
    if any(instance_of(key.name) == CHECK for _, key in found):
        words = f"One was made, and could not be deleted: {me.username} needs the role admin in WebNet."
        yield Finding(PERMISSIONS, WHAT, "fail", words, "Delete it in WebNet.")
    else:
        yield Finding(PERMISSIONS, WHAT, "pass", f"{me.username} made one and deleted it.")
    left = [f"{key.id} of {name}" for name, key in found if instance_of(key.name) not in {*living, CHECK}]
    if left:
        more = f", {and_more(len(left) - MOST)}" if len(left) > MOST else ""
        words = f"{count(len(left), 'key')} left by a bot that does not run any more: {', '.join(left[:MOST])}{more}."
        remedy = "`run` deletes them: within a minute, or in a day what it does not know from its store."
        yield Finding(PERMISSIONS, "keys that are left", "warn", words, remedy)
