"""Answers requests about log-in, users and customers."""

from lab.webnet.call import Call
from lab.webnet.credentials import check_password, make_jwt, read_jwt
from lab.webnet.paging import listed
from lab.webnet.responses import Response, crash, json_response, missing, refuse


def _tokens(call: Call, user: int) -> Response:
    now = call.state.clock()
    return json_response(
        {kind: make_jwt(user, kind, now, next(call.state.token_serials)) for kind in ("access", "refresh")}
    )


def _throttle(call: Call) -> None:
    if call.user is None:
        call.throttle.check(call.address, call.state.clock())


def login(call: Call) -> Response:
    _throttle(call)
    data = call.data()
    if not data.get("username") or not data.get("password"):
        raise refuse(400, "username and password required")
    user = check_password(call.state.users, data["username"], data["password"])
    if user is None:
        raise refuse(401, "Invalid credentials")
    return _tokens(call, user["id"])


def refresh(call: Call) -> Response:
    """The texts of the refusals were read in WebNet's code as 400 and 401, their words were not recorded."""
    _throttle(call)
    token = call.data().get("refresh")
    if not token:
        raise refuse(400, "refresh token required")
    try:
        user = read_jwt(str(token), "refresh", call.state.clock())
    except ValueError as error:
        raise refuse(401, str(error)) from error
    return _tokens(call, user)


def me(call: Call) -> Response:
    """Without credentials this is a 200 with an empty user."""
    _throttle(call)
    if call.user is None:
        return json_response({"id": None, "username": "", "is_active": False, "customers": []})
    return json_response(call.user.user)


def user_list(call: Call) -> Response:
    return listed(call, call.state.users)


def user(call: Call, key: str) -> Response:
    """Crashes as WebNet does for a user who is found twice, because two customers are shared with the caller."""
    if not key.isdecimal():
        raise refuse(404, "Not found.")
    found = call.state.visible(call.state.users, call.caller).count(int(key))
    if found > 1:
        raise crash()
    if not found:
        raise missing("User")
    return json_response(call.state.users[int(key)])


def customer_list(call: Call) -> Response:
    if not call.caller.is_admin:
        raise crash()
    return listed(call, call.state.customers)
