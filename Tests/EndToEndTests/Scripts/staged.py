"""Reads every staged file with gzip, zcat, Python and jq, and prints a line per layer: phase/layer/entity records.

Usage: staged.py STAGING [--jq]

Whatever lies in the folder must be readable for its owner only.
"""

import collections
import glob
import gzip
import json
import os
import stat
import subprocess
import sys

root = sys.argv[1]
wrong = []

for folder, folders, files in os.walk(root):
    for name, wanted in [(name, 0o600) for name in files] + [(name, 0o700) for name in folders]:
        path = os.path.join(folder, name)
        mode = os.lstat(path).st_mode
        if not stat.S_ISLNK(mode) and stat.S_IMODE(mode) != wanted:
            wrong.append("%s: mode %o" % (path, stat.S_IMODE(mode)))
if stat.S_IMODE(os.stat(root).st_mode) != 0o700:
    wrong.append("%s: mode %o" % (root, stat.S_IMODE(os.stat(root).st_mode)))

counts = collections.Counter()
for layer in ("raw", "clean", "flagged"):
    for path in sorted(glob.glob(os.path.join(root, "*", "*", layer, "*", "*.ndjson.gz"))):
        if subprocess.run(["gzip", "-t"], stdin=open(path, "rb")).returncode != 0:
            wrong.append("%s: gzip -t" % path)
        lines = int(subprocess.run("zcat '%s' | wc -l" % path, shell=True, stdout=subprocess.PIPE).stdout)
        records = half_pairs = 0
        with gzip.open(path, "rt", encoding="utf-8", errors="replace", newline="\n") as file:
            for line in file:
                if not isinstance(json.loads(line), dict):
                    wrong.append("%s: line %d is no object" % (path, records + 1))
                # Half of a surrogate pair, which jq 1.6 refuses and Clio may send.
                half_pairs += "\\ud800" in line
                records += 1
        if lines != records:
            wrong.append("%s: zcat has %d lines, Python %d" % (path, lines, records))
        if "--jq" in sys.argv and not half_pairs:
            seen = subprocess.run(
                "zcat '%s' | jq -n 'reduce inputs as $record (0; . + 1)'" % path, shell=True, stdout=subprocess.PIPE)
            if seen.returncode != 0 or int(seen.stdout) != records:
                wrong.append("%s: jq sees %s of %d records" % (path, seen.stdout, records))
        phase, _, entity = path.split(os.sep)[-4:-1]
        counts["%s/%s/%s" % (phase, layer, entity)] += records

for key, count in sorted(counts.items()):
    print(key, count)
for text in wrong:
    print("WRONG:", text, file=sys.stderr)
sys.exit(1 if wrong else 0)
