"""Numbered steps of the schema, forward only, applied in order by store/migrate.py.

There is no 0005, and there never was one: the numbers were handed out to parts that were written at the same time, and
the part with 0005 came to need no table. It stays free. A released migration is never renamed or renumbered, since a
store that has applied it would count as migrated by a newer version.

Columns are added and dropped by the database's own ALTER TABLE, never by Peewee's migrator: on SQLite it builds the
table again, which empties the tables that refer to it and gives ids out a second time.
"""
