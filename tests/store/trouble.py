"""Brings a store into the states in which a disk or a file system leaves it, by means of the database itself."""

from __future__ import annotations

from store.database import Store

TRIGGER = """
CREATE FUNCTION disk_full() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$;
CREATE TRIGGER disk_full BEFORE INSERT OR UPDATE ON chatops_command FOR EACH ROW EXECUTE FUNCTION disk_full();
CREATE TRIGGER disk_full BEFORE INSERT OR UPDATE ON lease FOR EACH ROW EXECUTE FUNCTION disk_full()
"""


def run(store: Store, *statements: str) -> None:
    """Runs them on a connection that this thread gets again, as long as no other one uses the store."""
    with store.connection():
        for statement in statements:
            store.database.peewee.execute_sql(statement)


def fill_up(store: Store) -> None:
    """Leaves no room for another page. On PostgreSQL for the tables alone of which the tests write rows."""
    if store.database.is_postgres:
        run(store, TRIGGER)
    else:
        run(store, "PRAGMA max_page_count = 1")  # SQLite makes it the number of pages there are


def free_some(store: Store) -> None:
    if store.database.is_postgres:
        run(store, "DROP FUNCTION disk_full CASCADE")
    else:
        run(store, "PRAGMA max_page_count = 1000000")


def make_read_only(store: Store) -> None:
    """On PostgreSQL the session alone, which is dropped at the first refusal."""
    if store.database.is_postgres:
        run(store, "SET default_transaction_read_only = on")
    else:
        run(store, "PRAGMA query_only = on")
