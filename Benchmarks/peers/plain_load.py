"""IN.ndjson.gz OUT.sqlite [stdlib|orjson]: gzip, json and sqlite3.executemany in one transaction."""

import gzip
import itertools
import sqlite3
import sys

from columns import COLUMNS, CREATE, row

if sys.argv[3:] == ["orjson"]:
    from orjson import loads
else:
    from json import loads

database = sqlite3.connect(sys.argv[2], isolation_level=None)
database.execute(CREATE)
database.execute("BEGIN")
insert = f"INSERT INTO time_entries VALUES({','.join('?' * len(COLUMNS))})"
with gzip.open(sys.argv[1], "rb") as lines:
    rows = (row(loads(line)) for line in lines)
    while batch := list(itertools.islice(rows, 5000)):
        database.executemany(insert, batch)
database.execute("COMMIT")
