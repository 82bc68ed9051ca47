"""Who asks the bot to cancel a job is kept before WebNet is asked, so that no card shows a cancelled job without that name: the
user's name in WebNet, and the chat's id of them."""

from peewee import Database
from playhouse.migrate import SchemaMigrator


def up(_migrator: SchemaMigrator, db: Database) -> None:
    for column in ("canceller", "canceller_chat_user"):
        db.execute_sql(f"ALTER TABLE job ADD COLUMN {column} TEXT")
