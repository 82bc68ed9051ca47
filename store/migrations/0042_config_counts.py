"""Counts of devices and of configs by customer, which the database keeps itself: to count them went through all of them."""

from peewee import Database, PostgresqlDatabase
from playhouse.migrate import SchemaMigrator

TABLES = (
    "CREATE TABLE device_count (customer BIGINT NOT NULL PRIMARY KEY, devices BIGINT NOT NULL)",
    """CREATE TABLE kept_config_count (
        customer BIGINT NOT NULL PRIMARY KEY,
        configs BIGINT NOT NULL,
        without BIGINT NOT NULL
    )""",
)
COLUMNS = {"device": ("customer",), "kept_config": ("customer", "gone", "snapshot")}  # on which the counts depend
COUNTS = {
    "device": """INSERT INTO device_count (customer, devices)
        SELECT customer, sum(more) FROM ({rows}) AS moved WHERE customer IS NOT NULL GROUP BY customer
        HAVING sum(more) <> 0 ORDER BY customer
        ON CONFLICT (customer) DO UPDATE SET devices = device_count.devices + EXCLUDED.devices""",
    "kept_config": """INSERT INTO kept_config_count (customer, configs, without)
        SELECT customer, sum(more), sum(CASE WHEN snapshot = 0 THEN more ELSE 0 END) FROM ({rows}) AS moved
        WHERE gone = FALSE GROUP BY customer
        HAVING sum(more) <> 0 OR sum(CASE WHEN snapshot = 0 THEN more ELSE 0 END) <> 0 ORDER BY customer
        ON CONFLICT (customer) DO UPDATE SET configs = kept_config_count.configs + EXCLUDED.configs,
            without = kept_config_count.without + EXCLUDED.without""",
}
COMES, GOES = ("new", 1), ("old", -1)
EVENTS = {"INSERT": (COMES,), "UPDATE": (GOES, COMES), "DELETE": (GOES,)}


def up(_migrator: SchemaMigrator, db: Database) -> None:
    triggers = _of_statements if isinstance(db, PostgresqlDatabase) else _of_rows
    for statement in TABLES:
        db.execute_sql(statement)
    for table, count in COUNTS.items():
        db.execute_sql(count.format(rows=f"SELECT {', '.join(COLUMNS[table])}, 1 AS more FROM {table}"))
        for statement in triggers(table, count):
            db.execute_sql(statement)


def _of_rows(table: str, count: str) -> list[str]:
    """SQLite has triggers of rows only."""
    found = []
    for event, sides in EVENTS.items():
        rows = " UNION ALL ".join(
            f"SELECT {', '.join(f'{side}.{name} AS {name}' for name in COLUMNS[table])}, {more} AS more"
            for side, more in sides
        )
        which = f"UPDATE OF {', '.join(COLUMNS[table])}" if event == "UPDATE" else event
        found.append(
            f"CREATE TRIGGER {table}_count_{event.lower()} AFTER {which} ON {table} BEGIN {count.format(rows=rows)}; END"
        )
    return found


def _of_statements(table: str, count: str) -> list[str]:
    """PostgreSQL counts the rows of a statement at once: a count that was changed for each row of a large transaction would have
    to be found among as many dead versions of itself."""
    found = []
    for event, sides in EVENTS.items():
        rows = " UNION ALL ".join(
            f"SELECT {', '.join(COLUMNS[table])}, {more} AS more FROM {side}_rows" for side, more in sides
        )
        name, given = (
            f"{table}_count_{event.lower()}",
            " ".join(f"{side.upper()} TABLE AS {side}_rows" for side, _ in sides),
        )
        body = f"BEGIN {count.format(rows=rows)}; RETURN NULL; END"
        found.append(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$")
        when = f"AFTER {event} ON {table} REFERENCING {given} FOR EACH STATEMENT"
        found.append(f"CREATE TRIGGER {name} {when} EXECUTE FUNCTION {name}()")
    return found
