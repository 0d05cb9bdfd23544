"""IN.ndjson.gz OUT.sqlite: DuckDB reads the file, its SQLite extension (from PyPI) writes the table. No checks."""

import sqlite3
import sys

import duckdb
from columns import CREATE, duckdb_columns, duckdb_source
from duckdb_extensions import import_extension

import_extension("sqlite_scanner")
with sqlite3.connect(sys.argv[2]) as database:
    database.execute(CREATE)
database.close()
engine = duckdb.connect()
engine.execute("LOAD sqlite")
engine.execute(f"ATTACH '{sys.argv[2]}' AS target (TYPE sqlite)")
engine.execute(f"INSERT INTO target.time_entries SELECT {duckdb_columns()} FROM {duckdb_source(sys.argv[1])}")
