"""Prints how large a connection's staged folder is, as JSON: for each layer of each list its parts and lines, and the bytes of all files.

Usage: size.py FOLDER
"""

import gzip
import json
import os
import sys

layers = {}
total = 0
for folder, _, names in os.walk(sys.argv[1]):
    parts = [os.path.join(folder, name) for name in names if name.endswith(".ndjson.gz")]
    total += sum(os.path.getsize(os.path.join(folder, name)) for name in names)
    if parts:
        layers[os.path.relpath(folder, sys.argv[1])] = {
            "parts": len(parts), "lines": sum(sum(1 for _ in gzip.open(part)) for part in parts)}
print(json.dumps({"layers": layers, "bytes": total}))
