"""`key` makes and changes the keys that encrypt the secrets in the store."""

from __future__ import annotations

import typer

from bot.cli.console import Console, command

keys = typer.Typer(name="key", help="Encryption keys of the store.", no_args_is_help=True)


@command(keys, "generate", example="key generate > webnet-bot.key")
def generate(console: Console) -> None:
    """Print a new key. Keep it apart from the store and its backups: without it their secrets are lost."""
    from store.secrets import generate_key

    console.say(generate_key())


@command(keys, "rotate", example="key rotate")
def rotate(console: Console) -> None:
    """Encrypt every secret again with the first key of store.encryption_keys. After an interruption, simply run it again."""
    from bot.core.text import count

    with console.store() as store:
        changed = store.rotate_secrets()
    console.say(
        f"Encrypted {count(changed, 'value')} again; only the first key of store.encryption_keys is needed now."
    )
