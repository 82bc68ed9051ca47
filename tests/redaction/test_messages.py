"""What is read together is redacted together, however a message is pieced together."""

from __future__ import annotations

from bot.core.message import (
    Alert,
    Bold,
    Button,
    Buttons,
    Code,
    Detail,
    Fields,
    File,
    Fold,
    Link,
    Message,
    Mono,
    Note,
    Part,
    Step,
    Steps,
    Table,
    Text,
    text,
)
from bot.core.plain_text import plain
from bot.redaction.messages import redact_message
from bot.redaction.redactor import Redactor, redact

KEY = ("-----BEGIN PRIVATE " + "KEY-----", "MIIEabcdef0123456789", "-----END PRIVATE " + "KEY-----")


def shown(*parts: Part) -> str:
    return plain(redact_message(Message("summary", parts=parts), redact))


def test_a_message_without_secrets_stays_the_very_same() -> None:
    message = Message("summary", "title", (text("a ", Bold("b")), Fields((("Site", (Link("x", "https://x"),)),))))
    assert redact_message(message, redact) is message


def test_a_secret_in_another_span_than_its_word_is_hidden() -> None:
    assert "hunter2secret" not in shown(text("password: ", Mono("hunter2secret")))
    assert "hunter2secret" not in shown(Note(("password: ", Bold("hunter2secret"))))
    assert "hunter2secret" not in shown(Fields((("Password", (Mono("hunter2secret"),)), ("Site", ("fra1",)))))


def test_secrets_in_tables_folds_alerts_and_steps_are_hidden() -> None:
    secret = Mono("hunter2secret")
    assert "hunter2secret" not in shown(Table("t", ("Setting", "Site"), ((("password: ", secret), ("fra1",)),)))
    named = Table("password: hunter2secret", ("A",), ((("b",),),))
    assert redact_message(Message("s", parts=(named,)), redact).parts == (text("b"),)
    assert "hunter2secret" not in shown(Fold("f", (Code("password: hunter2secret"), Note(("password: ", secret)))))
    assert "hunter2secret" not in shown(Fold("password: hunter2secret", (Code("x"),)))
    assert "hunter2secret" not in shown(Alert("error", ("password: ", secret)))
    assert "hunter2secret" not in shown(Steps((Step("error", ("password: ", secret)),)))
    assert "hunter2secret" not in shown(
        Steps((Step("error", ("x",), details=(("password: ", secret),)),), title=("y",))
    )


def test_a_key_over_several_lines_is_hidden_whole() -> None:
    assert "MIIE" not in shown(Text(tuple((line,) for line in KEY)))
    assert "MIIE" not in shown(Code("\n".join(KEY)))


def test_buttons_hide_secrets_and_keep_the_rest() -> None:
    buttons = Buttons((Button("Ping", command="ping #1"), Button("Older", command="jobs password=hunter2secret")))
    message = redact_message(Message("summary", parts=(buttons,)), redact)
    (changed,) = message.parts
    assert isinstance(changed, Buttons)
    assert [button.command for button in changed.buttons] == ["ping #1", "jobs password=<redacted>"]


def test_detail_and_file_hide_secrets_too() -> None:
    pages = ((text("page 1"),), (Code("password: hunter2secret", marks=((0, 8),)),))
    message = Message(
        "s", detail=Detail("Detail", pages, first=2), file=File("f.csv", "File", "password: hunter2secret")
    )
    hidden = redact_message(message, redact)
    assert hidden.detail == Detail("Detail", (pages[0], (Code("password: <redacted>"),)), first=2)
    assert hidden.file == File("f.csv", "File", "password: <redacted>")


def test_parts_beside_a_secret_keep_their_styles() -> None:
    kept = text("see ", Link("#1", "https://webnet.example.net/jobs/1/"))
    message = redact_message(Message("summary", parts=(kept, text("password: hunter2secret"))), redact)
    assert message.parts[0] == kept


def test_what_stands_in_a_config_is_redacted_as_one() -> None:
    words = "rmon event 1 trap S3cretComm owner x"
    message = redact_message(Message("s", parts=(Code(words), text(words))), redact, Redactor().config)
    assert message.parts == (Code("rmon event 1 trap <redacted> owner x"), text(words))
