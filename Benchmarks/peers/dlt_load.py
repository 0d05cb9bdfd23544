"""IN.ndjson.gz OUT.sqlite: a dlt pipeline; dlt flattens the records itself."""

import gzip
import itertools
import os
import shutil
import sys

work = sys.argv[2] + ".dlt"
shutil.rmtree(work, ignore_errors=True)
os.environ |= {"DLT_DATA_DIR": work, "RUNTIME__DLTHUB_TELEMETRY": "false", "NORMALIZE__WORKERS": "2"}
os.environ["DATA_WRITER__FILE_MAX_ITEMS"] = "100000"

import dlt  # noqa: E402  (reads the environment when it is imported)
from orjson import loads  # noqa: E402


@dlt.resource(name="time_entries", primary_key="id", write_disposition="replace")
def time_entries():
    with gzip.open(sys.argv[1], "rb") as lines:
        records = (loads(line) for line in lines)
        while batch := list(itertools.islice(records, 1000)):
            yield batch


if __name__ == "__main__":
    target = dlt.destinations.sqlalchemy("sqlite:///" + os.path.abspath(sys.argv[2]))
    pipeline = dlt.pipeline(pipeline_name="bench", destination=target, dataset_name="main")
    pipeline.run(time_entries())
    shutil.rmtree(work, ignore_errors=True)
