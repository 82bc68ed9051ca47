"""Keys of single users, and how the simulated WebNet is set to what was seen of a real one."""

from lab.webnet import ManualClock, WebNetLab
from lab.webnet.clock import stamp
from tests.lab.webnet.api import Api


def made(bot: Api, user: int, **more: str) -> dict[str, str]:
    answer = bot.ask("POST", f"users/{user}/api-keys/", {"name": "of the bot", **more})
    assert answer.status_code == 201
    return answer.json()  # type: ignore[no-any-return]


def test_a_job_with_the_key_of_a_user_is_theirs(lab: WebNetLab, bot: Api) -> None:
    with Api(lab, made(bot, 3)["token"]) as oscar:
        assert oscar.get("auth/me")["id"] == 3
        job = oscar.start("reachability/run", [1])
    assert lab.row("jobs", job)["user"] == 3


def test_a_key_is_shown_once_listed_also_when_it_has_expired_and_removed_by_an_admin(
    lab: WebNetLab, bot: Api, clock: ManualClock
) -> None:
    clock.advance(60)
    key = made(bot, 3, expires_at=stamp(clock()))
    (listed,) = [row for row in bot.get("users/3/api-keys/") if row["name"] == "of the bot"]
    assert listed == {name: value for name, value in key.items() if name != "token"}
    with Api(lab, key["token"]) as late:
        assert late.ask("GET", "auth/me").json() == {"detail": "API key expired"}
    path = f"users/3/api-keys/{key['id']}/"
    with Api(lab, lab.api_key(3)) as oscar:
        assert oscar.ask("DELETE", path).status_code == 403
    assert bot.ask("DELETE", path).status_code == 204
    assert bot.ask("DELETE", path).status_code == 404
    with Api(lab, key["token"]) as gone:
        assert gone.ask("GET", "auth/me").json() == {"detail": "Invalid API key"}


def test_the_key_of_an_inactive_user_is_made_and_opens_nothing(lab: WebNetLab, bot: Api) -> None:
    with Api(lab, made(bot, 6)["token"]) as ivan:
        assert ivan.ask("GET", "auth/me").json() == {"detail": "User inactive"}


def test_each_use_of_a_key_is_noted(bot: Api, clock: ManualClock) -> None:
    clock.advance(60)
    bot.get("auth/me")
    (own,) = [row for row in bot.get("users/9/api-keys/") if row["key_prefix"] == "lab-bot-"]
    assert own["last_used_at"] == stamp(clock())


def test_the_date_header_and_the_place_of_empty_values_can_be_switched(lab: WebNetLab, bot: Api) -> None:
    def first() -> object:
        return bot.get("jobs/?ordering=-finished_at")["results"][0]["finished_at"]

    lab.start_job("config_backup", [1])
    assert "Date" in bot.ask("GET", "auth/me").headers
    assert first() is not None
    shown = bot.ask("PATCH", "/_lab/", {"date_header": False, "nulls_first": True}).json()["settings"]
    assert (shown["date_header"], shown["nulls_first"]) == (False, True)
    assert "Date" not in bot.ask("GET", "auth/me").headers
    assert first() is None
