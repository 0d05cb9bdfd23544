"""The 22 columns of a time entry that the peers bring into one table, and where each stands in the record."""

COLUMNS = [
    # name, SQLite type, DuckDB type, path
    ("id", "INTEGER PRIMARY KEY", "BIGINT", ("id",)),
    ("etag", "TEXT", "VARCHAR", ("etag",)),
    ("type", "TEXT", "VARCHAR", ("type",)),
    ("date", "TEXT", "VARCHAR", ("date",)),
    ("quantity", "INTEGER", "BIGINT", ("quantity",)),
    ("quantity_in_hours", "REAL", "DOUBLE", ("quantity_in_hours",)),
    ("price", "REAL", "DOUBLE", ("price",)),
    ("total", "REAL", "DOUBLE", ("total",)),
    ("billed", "INTEGER", "BOOLEAN", ("billed",)),
    ("on_bill", "INTEGER", "BOOLEAN", ("on_bill",)),
    ("non_billable", "INTEGER", "BOOLEAN", ("non_billable",)),
    ("flat_rate", "INTEGER", "BOOLEAN", ("flat_rate",)),
    ("note", "TEXT", "VARCHAR", ("note",)),
    ("created_at", "TEXT", "VARCHAR", ("created_at",)),
    ("updated_at", "TEXT", "VARCHAR", ("updated_at",)),
    ("user_id", "INTEGER", "BIGINT", ("user", "id")),
    ("matter_id", "INTEGER", "BIGINT", ("matter", "id")),
    ("matter_display_number", "TEXT", "VARCHAR", ("matter", "display_number")),
    ("bill_id", "INTEGER", "BIGINT", ("bill", "id")),
    ("bill_number", "TEXT", "VARCHAR", ("bill", "number")),
    ("bill_state", "TEXT", "VARCHAR", ("bill", "state")),
    ("activity_description_id", "INTEGER", "BIGINT", ("activity_description", "id")),
]

CREATE = "CREATE TABLE time_entries(" + ", ".join(f"{name} {kind}" for name, kind, _, _ in COLUMNS) + ")"


def row(record):
    """The values of one record, in order."""
    return tuple(
        record[path[0]] if len(path) == 1 else (record[path[0]] or {}).get(path[1]) for _, _, _, path in COLUMNS
    )


def duckdb_source(path):
    """DuckDB's reader of the file, with the types declared: quicker than letting it guess."""
    members, nested = {}, {}
    for _, _, kind, where in COLUMNS:
        if len(where) == 1:
            members[where[0]] = kind
        else:
            nested.setdefault(where[0], []).append(f"{where[1]} {kind}")
    members.update({name: f"STRUCT({', '.join(parts)})" for name, parts in nested.items()})
    types = ", ".join(f"\"{name}\": '{kind}'" for name, kind in members.items())
    return f"read_json('{path}', format='newline_delimited', columns={{{types}}})"


def duckdb_columns():
    """The select list over that reader."""
    return ", ".join('"' + '"."'.join(path) + f'" AS {name}' for name, _, _, path in COLUMNS)
