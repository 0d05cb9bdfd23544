"""Compares a column of a table with a path of the staged raw records.

Usage: column.py DATABASE TABLE COLUMN PATH RAW_FILE…
"""

import gzip
import json
import sqlite3
import sys

database, table, column, path = sys.argv[1:5]
wanted = {}
for name in sys.argv[5:]:
    with gzip.open(name, "rt", encoding="utf-8", errors="replace") as file:
        for line in file:
            record = json.loads(line)
            value = record
            for key in path.split("."):
                value = value and value.get(key)
            wanted[record.get("id")] = value
rows = sqlite3.connect(database).execute('SELECT id, "%s" FROM "%s"' % (column, table)).fetchall()
different = [key for key, value in rows if wanted.get(key, "nothing") != value]
filled = sum(value is not None for _, value in rows)
print("%d rows, %d filled, %d different" % (len(rows), filled, len(different)))
sys.exit(0 if rows and filled and not different else 1)
