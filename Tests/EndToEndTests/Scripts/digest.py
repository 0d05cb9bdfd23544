"""Prints a line per table of a database: its name, its rows, and a digest that their order does not change.

Search tables hold no data of their own and are left out, and so is the change feed, which tells how the rows got there. Of flagged_records everything counts but where a record was staged: part, line and sequence differ from run to run. With
--any-phase neither does the phase: of two equal versions the one that was fetched later counts, and after an entity of an earlier
phase has failed, its pages are the later ones. With --any-record only those
count that have an id, and not their text: without an id a record cannot be told from its earlier version, and what is nested in it may change without a new
updated_at.
"""

import hashlib
import sqlite3
import sys

connection = sqlite3.connect("file:%s?mode=ro" % sys.argv[1], uri=True)
connection.text_factory = bytes
tables = [
    name.decode()
    for (name,) in connection.execute("SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' ORDER BY name")
    if not name.startswith((b"_cliosync_", b"sqlite_")) and name not in (b"changes", b"refreshes")
]
for table in tables:
    columns = [row[1].decode() for row in connection.execute('PRAGMA table_info("%s")' % table)]
    if table == "flagged_records":
        left_out = ("part", "line", "sequence") + (("phase",) if "--any-phase" in sys.argv else ()) + (
            ("record",) if "--any-record" in sys.argv else ())
        columns = [column for column in columns if column not in left_out]
    names = ", ".join('"%s"' % column for column in sorted(columns))
    total = rows = 0
    chosen = "WHERE id IS NOT NULL" if table == "flagged_records" and "--any-record" in sys.argv else ""
    for row in connection.execute('SELECT %s FROM "%s" %s' % (names, table, chosen)):
        total += int.from_bytes(hashlib.sha256(repr(row).encode()).digest(), "big")
        rows += 1
    print(table, rows, "%064x" % (total % (1 << 256)))
