"""Opens a database with sqlite-utils, DuckDB and Datasette, each of which must see what SQLite sees.

peers.py DATABASE METADATA HOME all|quick, run by the Python of .build/peers. Prints a line per check; ends with 1 at the first
that fails. `quick` leaves out the pages of Datasette.
"""

import asyncio
import datetime
import json
import os
import pathlib
import sqlite3
import subprocess
import sys
import time

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
check("sqlite-utils finds STRICT tables", all(utils[table].strict for table in tables if table not in ("flagged_records", "changes")), True)
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
# All tables, also our own and those of the text search.
everything = [row[0] for row in own.execute("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') ORDER BY 1")]
everything = [item for item in everything if not item.startswith("sqlite_")]
check("there is a text search", "matters_search_idx" in everything, True)


def same(value):
    """One text for a value, whatever type a tool gives it."""
    if value is None:
        return None
    if isinstance(value, bytes):
        try:
            value = value.decode()
        except UnicodeDecodeError:
            return value.hex()
    try:
        return "%.9g" % float(value)
    except ValueError:
        return str(value)


def contents(rows):
    return sorted(repr([same(value) for value in row]) for row in rows)


for item in everything:
    rows = own.execute(f'SELECT * FROM "{item}"').fetchall()
    if duck.execute(f'SELECT count(*) FROM firm."{item}"').fetchone()[0] != len(rows):
        sys.exit(f"DuckDB counts other rows in {item}")
    if contents(duck.execute(f'SELECT * FROM firm."{item}"').fetchall()) != contents(rows):
        sys.exit(f"DuckDB reads other values in {item}")
check("DuckDB reads and counts every table and view", len(everything) > 40, True)
wanted = own.execute("SELECT round(sum(total), 2) FROM time_entries").fetchone()[0]
check("DuckDB sums", duck.execute("SELECT round(sum(total), 2) FROM firm.time_entries").fetchone()[0], wanted)
wanted = own.execute("SELECT count(*) FROM unbilled_time_by_matter").fetchone()[0]
check("DuckDB reads a view", duck.execute("SELECT count(*) FROM firm.unbilled_time_by_matter").fetchone()[0], wanted)

# Days and instants: in a copy, for that its rows are our own.
copied = os.path.join(home, "days.sqlite")
with sqlite3.connect(copied) as copy:
    own.backup(copy)
calendar, user = copy.execute("SELECT default_calendar_id, id FROM users WHERE default_calendar_id IS NOT NULL").fetchone()
entry = "INSERT INTO calendar_entries(id, start_at, start_date, end_at, end_date, all_day, calendar_owner_id) VALUES(?,?,?,?,?,?,?)"
copy.execute(entry, ("day", "2327-03-09T13:00:00Z", "2327-03-10", "2327-03-10T13:00:00Z", "2327-03-10", 1, calendar))
copy.execute(entry, ("hour", "2327-03-09T13:00:00Z", "2327-03-10", "2327-03-09T14:00:00Z", "2327-03-10", 0, calendar))
for zone in ("Pacific/Kiritimati", "Etc/GMT+12"):
    # In one of the two it is another day than in UTC.
    os.environ["TZ"] = zone
    time.tzset()
    today = datetime.date.today()
    for days in (-1, 0, 1):
        day = str(today + datetime.timedelta(days))
        copy.execute("INSERT OR REPLACE INTO tasks(id, name, status, due_at) VALUES(?, ?, 'pending', ?)", (100 + days, zone, day))
        copy.execute("DELETE FROM calendar_entries WHERE id = ?", (f"all {days}",))
        copy.execute(entry, (f"all {days}", f"{day}T00:00:00Z", day, f"{day}T00:00:00Z", day, 1, calendar))
    copy.commit()
    if datetime.date.today() != today:
        continue
    duck.execute(f"ATTACH OR REPLACE '{copied}' AS days (TYPE sqlite, READ_ONLY)")
    for read in (copy, duck):
        prefix = "days." if read is duck else ""
        found = read.execute(f"SELECT id, is_overdue FROM {prefix}open_tasks WHERE name = '{zone}'").fetchall()
        check(f"a task is overdue when its day is past in {zone}", sorted((int(row[0]), int(row[1])) for row in found), [(99, 1), (100, 0), (101, 0)])
        found = read.execute(
            f"SELECT calendar_entry_id, start_date, start_at FROM {prefix}upcoming_calendar WHERE user_id = {user} ORDER BY 1").fetchall()
        found = [tuple(row) for row in found if row[0] in ("day", "hour", "all -1", "all 0", "all 1")]
        check(
            f"an all-day entry has its own day in {zone}", found,
            [("all 0", str(today), None), ("all 1", str(today + datetime.timedelta(1)), None),
             ("day", "2327-03-10", None), ("hour", "2327-03-10", "2327-03-09T13:00:00Z")])

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


async def open_all():
    from datasette.app import Datasette

    app = Datasette([database])
    for item in tables + views:
        for suffix in ("?_size=1", ".json?_size=1&_shape=array"):
            if (await app.client.get(f"/{name}/{item}{suffix}")).status_code != 200:
                sys.exit(f"Datasette cannot open {item}{suffix}")


asyncio.run(open_all())
check("Datasette opens every table and view", len(tables + views) > 25, True)
rows = json.loads(page(f"/{name}/open_matters.json?_shape=array&_size=3"))
check("Datasette reads a view", len(rows), 3)
check("Datasette hides our own tables", ">_cliosync_ledger<" in page(f"/{name}"), False)
