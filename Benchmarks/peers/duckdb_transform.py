"""IN.ndjson.gz OUT.ndjson.gz: DuckDB maps the records. No checks."""

import sys

import duckdb
from columns import duckdb_columns, duckdb_source

duckdb.connect().execute(
    f"COPY (SELECT {duckdb_columns()} FROM {duckdb_source(sys.argv[1])}) TO '{sys.argv[2]}' (FORMAT json, COMPRESSION gzip)"
)
