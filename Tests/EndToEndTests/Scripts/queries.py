"""Runs the queries of docs/queries.md and compares each answer with one that is computed from the raw lines alone.

queries.py sqlite|duckdb DOCUMENT DATABASE STAGING DAY. `current_date` becomes DAY. With `duckdb` (the Python of
.build/peers, HOME at a scratch folder) the Parquet files of the last chapter are compared with the tables too.
Prints a line per check; ends with 1 at the first that fails.
"""

import datetime
import gzip
import json
import pathlib
import re
import sqlite3
import sys

program, document, database, staging, day = sys.argv[1:]
text = pathlib.Path(document).read_text(encoding="utf-8")
chapters = re.findall(r"^## (\d+) .*?^```sql\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
set_up = re.search(r"^```sql duckdb\n(.*?)^```", text, re.MULTILINE | re.DOTALL).group(1)
copies = re.search(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL).group(1)


def check(what, isSo, detail=""):
    if not isSo:
        sys.exit(f"{what}: {detail}")
    print(f"ok {what}")


# What Clio sent.


def raw(*lists):
    """The records of some lists, each once."""
    records = {}
    for name in lists:
        for path in sorted(pathlib.Path(staging).glob(f"*/raw/{name}/*.ndjson*")):
            if path.name.startswith("manifest"):
                continue
            with (gzip.open if path.suffix == ".gz" else open)(path, "rb") as file:
                for line in file:
                    record = json.loads(line)
                    records[record["id"]] = record
    return list(records.values())


def at(record, *path):
    for key in path:
        record = record and record.get(key)
    return record


def utc_day(stamp):
    return stamp and datetime.datetime.fromisoformat(stamp).astimezone(datetime.timezone.utc).date().isoformat()


def days(later, earlier):
    return (datetime.date.fromisoformat(later) - datetime.date.fromisoformat(earlier)).days


def groups(records, key):
    result = {}
    for record in records:
        result.setdefault(key(record), []).append(record)
    return result.items()


def total(records, key="total", only=lambda record: True):
    """A sum as in SQL: of nothing but NULL it is NULL, and a record that does not count is a 0."""
    values = [at(record, key) if only(record) else 0 for record in records]
    values = [value for value in values if value is not None]
    return sum(values) if values else None


def percent(part, whole):
    return None if part is None or not whole else 100 * part / whole


matters = {record["id"]: record for record in raw("matters")}
contacts = raw("contacts")
times = raw("time_entries")
expenses = raw("expense_entries", "hard_costs", "soft_costs")
bills = raw("bills")
relationships = raw("relationships")
documents = raw("documents")


def utilization():
    for (user, name, month), work in groups(
        times, lambda r: (at(r, "user", "id"), at(r, "user", "name"), r["date"][:7] if r["date"] else None)
    ):
        hours = total(work, "quantity_in_hours")
        billable = total(work, "quantity_in_hours", lambda r: not r["non_billable"])
        yield user, name, month, len(work), hours, billable, percent(billable, hours)


def realization():
    def area(bill):
        matter = matters.get(bill["matters"][0]["id"]) if bill["matters"] else None
        return at(matter, "practice_area", "id"), at(matter, "practice_area", "name"), at(bill, "currency", "code")

    for key, part in groups([b for b in bills if b["state"] in ("awaiting_payment", "paid")], area):
        yield *key, len(part), total(part), total(part, "paid"), percent(total(part, "paid"), total(part))


def work_in_progress():
    def age(entry):
        count = days(day, entry["date"])
        return "0-30" if count <= 30 else "31-60" if count <= 60 else "61-90" if count <= 90 else "over 90"

    work = [r for r in times + expenses if not r["billed"] and not r["non_billable"] and r["date"] and r["date"] <= day]
    for (name, currency), part in groups(work, lambda r: (age(r), at(r, "currency", "code"))):
        yield name, currency, len(part), total(part)


def receivables():
    def late(bill):
        return days(day, bill["due_at"]) if bill["due_at"] else 0

    open_bills = [b for b in bills if b["state"] == "awaiting_payment" and b["balance"]]
    for key, part in groups(
        open_bills, lambda b: (at(b, "client", "id"), at(b, "client", "name"), at(b, "currency", "code"))
    ):
        ages = [
            total(part, "balance", lambda b: low < late(b) <= high)
            for low, high in ((-1e9, 0), (0, 30), (30, 90), (90, 1e9))
        ]
        yield *key, len(part), *ages, total(part, "balance")


def trust():
    accounts = {a["id"] for a in raw("bank_accounts") if a["type"] == "Trust"}
    moves = [t for t in raw("bank_transactions") if t["bank_account_id"] in accounts]
    for key, part in groups(moves, lambda t: (at(t, "matter", "id"), t["bank_account_id"], t["currency"])):
        came, left = total(part, "funds_in") or 0, total(part, "funds_out") or 0
        yield *key, came, left, came - left, max((t["date"] for t in part if t["date"]), default=None)


def conflicts():
    for contact in contacts:
        if "johnson" not in (contact["name"] or "").lower():
            continue
        own = [(contact["id"], contact["name"], "client", m["id"], m["status"])
               for m in matters.values() if at(m, "client", "id") == contact["id"]]
        related = [(contact["id"], contact["name"], "related", at(r, "matter", "id"),
                    at(matters.get(at(r, "matter", "id")), "status"))
                   for r in relationships if at(r, "contact", "id") == contact["id"]]
        yield from own + related or [(contact["id"], contact["name"], "no matter", None, None)]


def sleeping():
    latest = {}
    for record, when in (
        [(r, r["date"]) for r in times + expenses]
        + [(r, utc_day(r["created_at"])) for r in documents]
        + [(r, r["date"] and r["date"][:10]) for r in raw("matter_notes", "contact_notes")]
        + [(r, r["date"] and r["date"][:10]) for r in raw("communications")]
    ):
        if when and when <= day:
            matter = at(record, "matter", "id")
            latest[matter] = max(latest.get(matter, ""), when)
    for matter in matters.values():
        last = latest.get(matter["id"])
        if matter["status"] == "Open" and (last is None or days(day, last) > 90):
            yield matter["id"], matter["display_number"], at(matter, "responsible_attorney", "name"), last


def calendar():
    for entry in raw("calendar_entries"):
        begin = entry["start_date"]
        if begin and days(begin, day) < 7 and days(entry["end_date"] or begin, day) >= 0:
            yield (begin, entry["start_time"], entry["end_date"], int(entry["all_day"]),
                   at(entry, "calendar_owner", "name"), at(entry, "matter", "id"), entry["id"])


def overdue():
    for task in raw("tasks"):
        if task["status"] != "complete" and task["due_at"] and task["due_at"] < day:
            yield (task["id"], at(task, "assignee", "id"), at(task, "assignee", "name"), task["priority"],
                   at(task, "matter", "id"), task["due_at"], days(day, task["due_at"]))


def picklists():
    options = {(f["id"], o["id"]): (f["name"], o["option"])
               for f in raw("custom_fields") if f["field_type"] == "picklist" for o in f["picklist_options"] or []}
    found = {}
    for matter in matters.values():
        for value in matter["custom_field_values"] or []:
            key = at(value, "custom_field", "id"), at(value, "picklist_option", "id")
            if key in options and not value["soft_deleted"]:
                found.setdefault((key[0], *options[key]), set()).add(matter["id"])
    for key, those in found.items():
        yield *key, len(those)


def sizes():
    for matter, part in groups([d for d in documents if not d["deleted_at"]], lambda d: at(d, "matter", "id")):
        known = [at(d, "latest_document_version", "size") for d in part]
        known = [size for size in known if size is not None]
        yield matter, len(part), sum(known) / 1048576 if known else None, max(utc_day(d["created_at"]) for d in part)


def spent():
    for key, part in groups(expenses, lambda r: (at(r, "matter", "id"), r["type"], at(r, "currency", "code"))):
        yield *key, len(part), total(part), total(part, only=lambda r: r["billed"])


def origins():
    opened = [m for m in matters.values() if m["open_date"]]
    for (who, name, year), part in groups(
        opened, lambda m: (at(m, "originating_attorney", "id"), at(m, "originating_attorney", "name"), m["open_date"][:4])
    ):
        yield who, name, year, len(part), len({at(m, "client", "id") for m in part} - {None})


def durations():
    closed = [m for m in matters.values()
              if m["status"] == "Closed" and m["open_date"] and m["close_date"] and m["close_date"] >= m["open_date"]]
    for key, part in groups(closed, lambda m: (at(m, "practice_area", "id"), at(m, "practice_area", "name"))):
        taken = [days(m["close_date"], m["open_date"]) for m in part]
        yield *key, len(part), sum(taken) / len(taken), max(taken)


def payments():
    paid = [b for b in bills if b["state"] == "paid" and b["paid_at"] and b["issued_at"]]
    for key, part in groups(paid, lambda b: (at(b, "client", "id"), at(b, "client", "name"))):
        taken = [days(utc_day(b["paid_at"]), b["issued_at"]) for b in part]
        yield *key, len(part), sum(taken) / len(taken), max(taken)


answers = [
    utilization, realization, work_in_progress, receivables, trust, conflicts, sleeping, calendar, overdue, picklists,
    sizes, spent, origins, durations, payments,
]


def place(row):
    """Where a row comes in a list: numbers by their value, whatever type a program gives them."""
    return [(value is not None, isinstance(value, str), value if value is not None else 0) for value in row]


def differ(found, wanted):
    """The first rows that differ. Printed numbers are rounded to two places, percentages and averages to one."""
    def close(a, b):
        if isinstance(a, (int, float)) and isinstance(b, (int, float)):
            return a == b if isinstance(a, int) and isinstance(b, int) else abs(a - b) <= 0.0501
        return a == b

    # By the columns that tell rows apart: ids and names come first.
    found, wanted = sorted(found, key=place), sorted(wanted, key=place)
    if len(found) != len(wanted):
        return f"{len(found)} rows instead of {len(wanted)}"
    for a, b in zip(found, wanted):
        if len(a) != len(b) or not all(map(close, a, b)):
            return f"{a} instead of {b}"
    return None


if program == "sqlite":
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
else:
    import duckdb
    from duckdb_extensions import import_extension

    import_extension("sqlite_scanner")
    connection = duckdb.connect()
    # The extension came from PyPI.
    connection.execute(set_up.replace("INSTALL sqlite; ", "").replace("databases/default.sqlite", database))

check("there are fifteen questions", [int(number) for number, _ in chapters] == list(range(1, 16)), chapters)
for (number, sql), answer in zip(chapters, answers):
    rows = connection.execute(sql.replace("current_date", f"'{day}'")).fetchall()
    wanted = list(answer())
    check(f"question {number} has an answer", len(wanted) > 0, "none")
    difference = differ(rows, wanted)
    check(f"question {number} of {len(wanted)} rows", difference is None, difference)

# Custom fields as columns: the names of the fields in their order, and a row for each matter.
fields = sorted((f for f in raw("custom_fields") if f["parent_type"] == "Matter" and not f["deleted"]),
                key=lambda f: (f["display_order"], f["id"]))
options = {(f["id"], o["id"]): o["option"] for f in fields for o in f["picklist_options"] or []}
wide = {}
for matter in matters.values():
    row = wide.setdefault(matter["id"], {})
    for value in matter["custom_field_values"] or []:
        if value["soft_deleted"]:
            continue
        option = options.get((at(value, "custom_field", "id"), at(value, "picklist_option", "id")))
        shown = value["value"] if option is None else option
        if shown is not None:
            row[at(value, "custom_field", "id")] = shown
statement = re.search(r"^```sql custom fields\n(.*?)^```", text, re.MULTILINE | re.DOTALL).group(1)
found = connection.execute(statement)
names = [column[0] for column in found.description]
check("custom fields are columns", names[6:] == [f["name"] for f in fields] and len(fields) > 3, names)
found = {row[0]: row[6:] for row in found.fetchall()}
check("custom fields have rows", set(found) == set(wide), len(found))
for field, column in zip(fields, zip(*(found[matter] for matter in sorted(found)))):
    wanted = [wide[matter].get(field["id"]) for matter in sorted(wide)]
    # Other types are texts in the database, whatever Clio sent.
    if field["field_type"] != "picklist":
        column, wanted = ([value is not None for value in values] for values in (column, wanted))
    check(f"custom field {field['id']}", list(column) == wanted and any(wanted), f"{column} instead of {wanted}")

if program == "duckdb":
    exec(copies.replace("INSTALL sqlite; ", "").replace("databases/default.sqlite", database))
    own = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    listed = own.execute("SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table'")
    names = {name for (name,) in listed if not name.startswith(("_cliosync", "sqlite_"))}
    check("Parquet files of all tables", {path.stem for path in pathlib.Path(".").glob("*.parquet")} == names, names)
    kinds = {"INTEGER": "BIGINT", "INT": "BIGINT", "REAL": "DOUBLE", "TEXT": "VARCHAR"}
    for name in sorted(names):
        columns = [(row[1], row[2]) for row in own.execute(f'PRAGMA table_info("{name}")')]
        typed = duck.execute(f"DESCRIBE SELECT * FROM '{name}.parquet'").fetchall()
        # A column without a declared type has whatever type DuckDB makes of it.
        wanted = [(column, kinds[kind] if kind else row[1]) for (column, kind), row in zip(columns, typed)]
        check(f"types of {name}", [row[:2] for row in typed] == wanted, f"{typed} instead of {wanted}")
        for column, kind in [(None, None)] + columns:
            # Rows, then for each column the values that are there, and their sum or the bytes of the texts.
            here = there = "count(*)"
            if column:
                here = there = f'count("{column}"), sum(CAST("{column}" AS DOUBLE))'
                if kind in ("TEXT", ""):
                    here = f'count("{column}"), sum(length(CAST("{column}" AS BLOB)))'
                    there = f'count("{column}"), sum(strlen(CAST("{column}" AS VARCHAR)))'
            there = duck.execute(f"SELECT {there} FROM '{name}.parquet'").fetchone()
            here = own.execute(f'SELECT {here} FROM "{name}"').fetchone()
            same = all(a == b or (a and b and abs(a - b) <= 1e-9 * abs(b)) for a, b in zip(there, here))
            check(f"{name}.{column}", same, f"{there} instead of {here}")
