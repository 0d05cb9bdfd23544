"""IN.ndjson.gz OUT.ndjson.gz: maps and checks each record with orjson; bad ones go to OUT.bad.gz with their reasons."""

import datetime
import gzip
import sys

from columns import COLUMNS, row
from orjson import dumps, loads

NAMES = [column[0] for column in COLUMNS]
KINDS = {"BIGINT": (int,), "DOUBLE": (int, float), "BOOLEAN": (bool,), "VARCHAR": (str,)}
CHECKS = [(index, KINDS[column[2]]) for index, column in enumerate(COLUMNS) if len(column[3]) == 1]

with (
    gzip.open(sys.argv[1], "rb") as lines,
    gzip.open(sys.argv[2], "wb", compresslevel=1) as good,
    gzip.open(sys.argv[2] + ".bad.gz", "wb", compresslevel=1) as bad,
):
    for number, line in enumerate(lines, 1):
        values = row(loads(line))
        reasons = [NAMES[index] for index, kinds in CHECKS if type(values[index]) not in kinds]
        try:
            datetime.date.fromisoformat(values[3])
        except (TypeError, ValueError):
            reasons.append("date")
        if reasons:
            bad.write(dumps({"line": number, "reasons": reasons}) + b"\n")
        else:
            good.write(dumps(dict(zip(NAMES, values))) + b"\n")
