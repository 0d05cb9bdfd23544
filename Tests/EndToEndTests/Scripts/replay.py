"""Replays the change feed over an earlier copy of a database, and compares the result with the database as it is now.

Usage: replay.py EARLIER DATABASE

The earlier copy is changed. Prints how many rows the feed names. Fails where the feed names a row that did not change, says that a
row was inserted which was there, or leaves a difference; and where a search index does not agree with its table.
"""

import sqlite3
import sys

EARLIER, DATABASE = sys.argv[1:3]
connection = sqlite3.connect(EARLIER, isolation_level=None)
connection.execute("ATTACH ? AS new", (DATABASE,))
connection.execute("BEGIN")


def rows(sql, *values):
    return connection.execute(sql, values).fetchall()


tables = [name for (name,) in rows("SELECT name FROM new._cliosync_tables ORDER BY name")]
# Child tables belong to the row that they refer to, by its id and their position.
children = {table: [] for table in tables}
for (name,) in rows("SELECT name FROM new.sqlite_schema WHERE type = 'table' AND name NOT LIKE '!_%' ESCAPE '!'"):
    key = rows("SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk", name)
    owner = rows('SELECT "table", "from" FROM pragma_foreign_key_list(?)', name)
    if len(key) == 2 and key[1][0] == "position" and len(owner) == 1 and owner[0][0] in children:
        children[owner[0][0]].append((name, owner[0][1]))


def content(schema, table, id):
    """A row with its children."""
    found = [rows('SELECT * FROM %s."%s" WHERE id = ?' % (schema, table), id)]
    for child, column in children[table]:
        found.append(rows('SELECT * FROM %s."%s" WHERE "%s" = ? ORDER BY position' % (schema, child, column), id))
    return found


problems = []
present = {table: {id for (id,) in rows('SELECT id FROM main."%s"' % table)} for table in tables}
touched = {table: {} for table in tables}
[(last,)] = rows("SELECT coalesce((SELECT seq FROM main.sqlite_sequence WHERE name = 'changes'), 0)")
for table, id, change in rows("SELECT table_name, id, change FROM new.changes WHERE seq > ? ORDER BY seq", last):
    if change == "reloaded":
        problems.append("%s was loaded anew" % table)
        continue
    if (id in present[table]) != (change != "inserted"):
        problems.append("%s %s: %s, but it was %s" % (table, id, change, "there" if id in present[table] else "not there"))
    (present[table].discard if change == "deleted" else present[table].add)(id)
    touched[table][id] = change

for table, ids in touched.items():
    for id, change in ids.items():
        if change == "updated" and content("main", table, id) == content("new", table, id):
            problems.append("%s %s: updated, but nothing is different" % (table, id))
        for name, column in children[table] + [(table, "id")]:
            connection.execute('DELETE FROM main."%s" WHERE "%s" = ?' % (name, column), (id,))
        for name, column in [(table, "id")] + children[table]:
            connection.execute('INSERT INTO main."%s" SELECT * FROM new."%s" WHERE "%s" = ?' % (name, name, column), (id,))

for name in [name for table in tables for name in [table] + [child for child, _ in children[table]]]:
    for here, there, what in (("main", "new", "is too much"), ("new", "main", "is missing")):
        difference = rows('SELECT * FROM %s."%s" EXCEPT SELECT * FROM %s."%s"' % (here, name, there, name))
        if difference:
            problems.append("%s: after the replay %d rows differ; %s: %s" % (name, len(difference), what, str(difference[0])[:200]))
connection.execute("ROLLBACK")

copy = sqlite3.connect(":memory:")
connection.execute("DETACH new")
sqlite3.connect("file:%s?mode=ro" % DATABASE, uri=True).backup(copy)
for (name,) in copy.execute("SELECT name FROM sqlite_schema WHERE sql LIKE 'CREATE VIRTUAL TABLE%fts5%'").fetchall():
    try:
        copy.execute('INSERT INTO "%s"("%s", rank) VALUES (\'integrity-check\', 1)' % (name, name))
    except sqlite3.Error as error:
        problems.append("%s: %s" % (name, error))

print(sum(map(len, touched.values())))
sys.exit("\n".join(problems[:20]) or 0)
