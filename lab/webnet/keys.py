"""Answers requests about the API keys of users: anybody lists them, an operator makes one for whomever, an admin removes it."""

from dataclasses import replace
from typing import Any

from lab.webnet.call import Call
from lab.webnet.clock import parse
from lab.webnet.credentials import ApiKey
from lab.webnet.responses import Response, json_response, missing, refuse
from lab.webnet.tables import Row


def _shown(key: ApiKey) -> dict[str, Any]:
    return {
        "id": key.id,
        "name": key.name,
        "key_prefix": key.token[:8],
        "scopes": list(key.scopes) if key.scopes else None,
        "expires_at": key.expires_at,
        "last_used_at": key.last_used_at,
        "is_active": True,
        "created_at": key.created_at,
    }


def _user(call: Call, user: str) -> Row:
    row = call.state.users.get(int(user)) if user.isdecimal() else None
    if row is None:
        raise missing("User")
    return row


def key_list(call: Call, user: str) -> Response:
    """Lists them all, those that have expired included, to anybody."""
    own = _user(call, user)["id"]
    return json_response([_shown(key) for key in call.state.api_keys.values() if key.user == own])


def make_key(call: Call, user: str) -> Response:
    """Shows the token this once. The user need not be active, but the key opens nothing then."""
    data = call.data()
    expires_at = data.get("expires_at")
    try:
        if expires_at is not None:
            parse(str(expires_at))
    except ValueError as error:
        raise refuse(400, "Datetime has wrong format.") from error
    row = _user(call, user)
    number = next(call.state.key_ids)
    token = f"lab-made-key-{number:04}-{next(call.state.token_serials):06}"
    made = ApiKey(token, row["id"], id=number, name=str(data.get("name", "")), created_at=call.state.now())
    made = replace(made, expires_at=expires_at, maker=call.caller.credential)
    call.state.api_keys[token] = made
    return json_response({**_shown(made), "token": token}, 201)


def delete_key(call: Call, user: str, key: str) -> Response:
    found = next((each for each in call.state.api_keys.values() if (str(each.user), str(each.id)) == (user, key)), None)
    if found is None:
        raise missing("APIKey")
    del call.state.api_keys[found.token]
    return Response(204)
