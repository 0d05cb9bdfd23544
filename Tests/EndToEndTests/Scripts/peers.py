"""Opens a database with sqlite-utils, DuckDB and Datasette, each of which must see what SQLite sees.

peers.py DATABASE METADATA HOME all|quick, run by the Python of .build/peers. Prints a line per check; ends with 1 at the first
that fails. `quick` leaves out the pages of Datasette.
"""

import json
import os
import pathlib
import sqlite3
import subprocess
import sys

database, metadata, home, depth = sys.argv[1:]
# DuckDB unpacks its extension below the home folder.
os.environ["HOME"] = home
here = pathlib.Path(sys.executable).parent
name = pathlib.Path(database).stem


def check(what, found, wanted):
    if found != wanted:
        sys.exit(f"{what}: found {found!r}, wanted {wanted!r}")
    print(f"ok {what}")


own = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
tables = [row[0] for row in own.execute("SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table'")]
tables = sorted(table for table in tables if not table.startswith(("sqlite_", "_cliosync")))
counts = {table: own.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0] for table in tables}
views = sorted(row[0] for row in own.execute("SELECT name FROM sqlite_schema WHERE type = 'view'"))
check("there are tables, views and rows", len(tables) > 20 and len(views) > 3 and counts["matters"] > 100, True)
word = own.execute("SELECT client_name FROM matters WHERE client_name IS NOT NULL ORDER BY id").fetchone()[0].split()[0]

# sqlite-utils: tables, STRICT, keys, search.
import sqlite_utils

utils = sqlite_utils.Database(own)
check("sqlite-utils counts", {table: utils[table].count for table in tables}, counts)
check("sqlite-utils finds STRICT tables", all(utils[table].strict for table in tables), True)
keys = {(key.column, key.other_table) for key in utils["matters"].foreign_keys}
check("sqlite-utils finds foreign keys", {("client_id", "contacts"), ("responsible_attorney_id", "users")} <= keys, True)
check("sqlite-utils finds the search", utils["matters"].detect_fts(), "matters_search")
found = {row["id"] for row in utils["matters"].search(f'"{word}"')}
wanted = {row[0] for row in own.execute("SELECT rowid FROM matters_search WHERE matters_search MATCH ?", [f'"{word}"'])}
check("sqlite-utils searches", (found == wanted, len(found) > 0), (True, True))
lines = subprocess.run(
    [here / "sqlite-utils", "rows", database, "open_matters", "--nl", "--limit", "5"], check=True, capture_output=True, text=True)
check("sqlite-utils reads a view", len(lines.stdout.splitlines()), 5)

# DuckDB over its SQLite extension.
import duckdb
from duckdb_extensions import import_extension

import_extension("sqlite_scanner")
duck = duckdb.connect()
duck.execute("LOAD sqlite")
duck.execute(f"ATTACH '{database}' AS firm (TYPE sqlite, READ_ONLY)")
# Of a table WITHOUT ROWID, DuckDB cannot count(*), but it reads the rows. The ids of flagged_records are of any type.
rows = {}
for table in tables:
    duck.execute(f"SET sqlite_all_varchar = {'true' if table == 'flagged_records' else 'false'}")
    rows[table] = len(duck.execute(f'SELECT * FROM firm."{table}"').fetchall())
duck.execute("SET sqlite_all_varchar = false")
check("DuckDB reads every row", rows, counts)
wanted = own.execute("SELECT round(sum(total), 2) FROM time_entries").fetchone()[0]
check("DuckDB sums", duck.execute("SELECT round(sum(total), 2) FROM firm.time_entries").fetchone()[0], wanted)
wanted = own.execute("SELECT count(*) FROM unbilled_time_by_matter").fetchone()[0]
check("DuckDB reads a view", duck.execute("SELECT count(*) FROM firm.unbilled_time_by_matter").fetchone()[0], wanted)

# Datasette with our metadata.
inspected = json.loads(subprocess.run(
    [here / "datasette", "inspect", database], check=True, capture_output=True, text=True).stdout)
counted = {table: value["count"] for table, value in inspected[name]["tables"].items() if table in counts}
check("datasette inspect counts", counted, counts)
if depth == "quick":
    sys.exit()


def page(path):
    return subprocess.run(
        [here / "datasette", "serve", database, "--metadata", metadata, "--get", path],
        check=True, capture_output=True, text=True).stdout


told = json.loads(pathlib.Path(metadata).read_text())["databases"][name]["tables"]
check("every table and view has a title", [item for item in tables + views if "title" not in told.get(item, {})], [])
html = page(f"/{name}/matters?_size=5")
check("Datasette shows titles", told["matters"]["title"] in html, True)
check("Datasette shows descriptions", told["matters"]["description"] in html, True)
check("Datasette shows column descriptions", told["matters"]["columns"]["maildrop_address"] in html, True)
client = own.execute(
    "SELECT c.id, c.name FROM matters AS m JOIN contacts AS c ON c.id = m.client_id ORDER BY m.id").fetchone()
check("Datasette labels references", f'/{name}/contacts/{client[0]}">' in html, True)
check("Datasette offers the search", 'name="_search"' in html, True)
rows = json.loads(page(f"/{name}/open_matters.json?_shape=array&_size=3"))
check("Datasette reads a view", len(rows), 3)
check("Datasette hides our own tables", ">_cliosync_ledger<" in page(f"/{name}"), False)
