"""Kills `forget` just before each call that changes the disk, then gives the same command again: the receipt is complete,
and nothing else on this file system mentions the firm.

    forget_everywhere.py CLIOSYNC SHIM FIRM OTHER [MOST]

in a project folder with two firms and with the home folder, the settings and the temporary files of its user in it.
SHIM is kill_at.c, built. Of a call that is made more often than MOST (12) times that many instants are taken, evenly over
the command. Prints a line of JSON for each instant after which something was wrong, and one with their number.
"""

import glob
import gzip
import hashlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys

program, shim, firm, other = sys.argv[1:5]
most = int(sys.argv[5]) if len(sys.argv) > 5 else 12
work = os.getcwd()
base = work + ".base"
shutil.rmtree(base, ignore_errors=True)
shutil.copytree(work, base, symlinks=True)


def fresh():
    for name in os.listdir(work):
        path = os.path.join(work, name)
        shutil.rmtree(path) if os.path.isdir(path) and not os.path.islink(path) else os.unlink(path)
    shutil.copytree(base, work, symlinks=True, dirs_exist_ok=True)


def start(*arguments, **more):
    return subprocess.run(
        [program, *arguments], env=dict(os.environ, **more), stdin=subprocess.DEVNULL, capture_output=True, text=True)


def files(folder, leaves_out=lambda path: False):
    """Every path below a folder, with the bytes of a file, and none for anything else."""
    for place, folders, names in os.walk(folder):
        for name in names + folders:
            path = os.path.join(place, name)
            relative = os.path.relpath(path, folder)
            if leaves_out(relative):
                continue
            if os.path.isfile(path) and not os.path.islink(path):
                with open(path, "rb") as file:
                    yield relative, file.read()
            else:
                yield relative, b""


def inflated(data):
    """The content of an archive; anything else as it is."""
    if data[:2] == b"\x1f\x8b":
        try:
            return gzip.decompress(data)
        except (OSError, EOFError):
            pass
    return data


def content(folder, leaves_out=lambda path: False):
    """Every file's bytes, inflated where it is an archive, by its path."""
    return {path: inflated(data) for path, data in files(folder, leaves_out)}


def texts(database):
    """The texts of all records."""
    connection = sqlite3.connect(database)
    found = set()
    for (table,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\' AND sql NOT LIKE '%VIRTUAL%'").fetchall():
        for row in connection.execute('SELECT * FROM "%s" LIMIT 400' % table):
            found |= {value.encode() for value in row if isinstance(value, str) and len(value) >= 8}
    connection.close()
    return found


def is_others(path):
    return other in path or path.startswith("pipelines")


def secrets():
    """The firm's texts that are nowhere else, and its tokens."""
    elsewhere = b"\n".join(content(base, lambda path: not is_others(path)).values())
    found = {text for text in texts("%s/databases/%s.sqlite" % (base, firm)) if text not in elsewhere}
    found = set(sorted(found)[:: max(1, len(found) // 400)])
    if len(found) < 300:
        sys.exit("only %d texts to look for" % len(found))
    for path in glob.glob(base + "/config/**/*.json", recursive=True) + ["%s/connections/%s.env" % (base, firm)]:
        with open(path) as file:
            text = file.read()
        if path.endswith(".json"):
            parsed = json.loads(text)
            found |= {parsed[key].encode() for key in ("access_token", "refresh_token") if key in parsed}
        else:
            found |= {line.split("=", 1)[1].encode() for line in text.splitlines() if "TOKEN" in line}
    return found | {firm.encode()}


# What was found in a file, by the digest of its bytes: most files are the same after each kill.
searched = {}


def left(needles):
    """Where one of them is in a name or in a file, but for the receipt."""
    wrong = []
    for path, data in files(work, lambda path: path == "receipts" or path.startswith("receipts/%s-" % firm) and path.endswith(".json")):
        digest = hashlib.sha256(data).digest()
        if digest not in searched:
            text = inflated(data)
            searched[digest] = [needle for needle in needles if needle in text]
        names = [needle for needle in needles if needle in path.encode()]
        wrong += ["%s: %r" % (path, needle[:20]) for needle in names + searched[digest]]
    return wrong[:5]


def receipts():
    return [json.load(open(path)) for path in glob.glob("receipts/%s-*.json" % firm)]


def summary(receipt):
    return sorted((item["kind"], item["records"], bool(item["sha256"])) for item in receipt["items"])


needles = secrets()
seen = b"\n".join(content(work).values())
for needle in needles:
    if needle not in seen:
        sys.exit("%r is not there before" % needle)

calm = start("forget", firm, "--yes", LD_PRELOAD=shim, KILL_COUNT=base + ".counted")
if calm.returncode != 0:
    sys.exit("forget ended with %d: %s" % (calm.returncode, calm.stderr))
wanted = summary(receipts()[0])
with open(base + ".counted") as lines:
    made = {name: int(number) for name, number in (line.split() for line in lines)}
wrongs = instants = killed = 0
if left(needles):
    print(json.dumps({"before": "nothing", "left": left(needles)}), flush=True)
    wrongs += 1
for call, number in made.items():
    for at in range(1, number + 1, max(1, -(-number // most))):
        fresh()
        instants += 1
        first = start("forget", firm, "--yes", LD_PRELOAD=shim, KILL_AT="%s#%d" % (call, at))
        killed += first.returncode == -signal.SIGKILL
        wrong = {}
        # Meanwhile a timer fires: the firm is not begun anew.
        if glob.glob("receipts/*.json"):
            run = start("run", "--connection", firm, "--phase", "core", "--no-progress")
            if run.returncode != 2:
                wrong["run"] = [run.returncode, run.stderr[-300:]]
        again = start("forget", firm, "--yes")
        if first.returncode != 0 and again.returncode != 0:
            wrong["again"] = [first.returncode, again.returncode, again.stderr[-300:]]
        found = receipts()
        if len(found) != 1 or found[0]["state"] != "done" or not found[0]["ended_at"] or summary(found[0]) != wanted:
            wrong["receipts"] = [[receipt["state"], summary(receipt)] for receipt in found]
        rest = left(needles)
        if rest:
            wrong["left"] = rest
        if wrong:
            wrongs += 1
            print(json.dumps({"before": "%s#%d" % (call, at), "wrong": wrong}), flush=True)
check = start("verify", "--connection", other, "--no-progress")
if check.returncode != 0:
    wrongs += 1
    print(json.dumps({"other": check.stderr[-300:]}))
print(json.dumps({"instants": instants, "killed": killed, "texts": len(needles), "made": made, "wanted": wanted}), flush=True)
shutil.rmtree(base)
sys.exit(1 if wrongs else 0)
