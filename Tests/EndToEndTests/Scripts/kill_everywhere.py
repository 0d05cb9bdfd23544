"""Kills the three stages just before each call that changes the disk, in a copy of the folder for each such instant,
runs the stage again, and looks at what is there then; first from nothing, then after a column has gone from the
pipelines.

    kill_everywhere.py CLIOSYNC SHIM BASE [MOST]

SHIM is kill_at.c, built. BASE is a folder with `pipelines`; it is not changed. Of a call that a stage makes more often
than MOST (40) times that many instants are taken, evenly over the run. Prints a line of JSON for each instant after
which something was wrong, and one for each stage with the number of instants. KILL_KEEP names a folder for the wrong
ones.
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
import tempfile

program, shim, base = sys.argv[1:4]
most = int(sys.argv[4]) if len(sys.argv) > 4 else 40
# A rename is what makes a file be there or not: each of them, in a first transform, which makes many.
everything = {("first", "transform", "rename")}
root = tempfile.mkdtemp(prefix="kills-")
work = os.path.join(root, "work")
wrongs = 0


def start(arguments, **more):
    environment = dict(os.environ, **more)
    return subprocess.run(
        [program] + arguments, cwd=work, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)


def fresh():
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(base, work, symlinks=True)


def layers(*names):
    """Digest of each entity's lines in these layers, in order of their parts."""
    result = {}
    for layer in names:
        for folder in sorted(glob.glob(work + "/staging/*/*/%s/*" % layer)):
            digest = hashlib.sha256()
            for part in sorted(glob.glob(folder + "/*.ndjson.gz")):
                with gzip.open(part) as lines:
                    digest.update(lines.read())
            result[os.path.relpath(folder, work)] = digest.hexdigest()
    if not result:
        sys.exit("no layers to compare in " + work)
    return result


def records():
    """Digest of each entity's raw records, in order of their text: where a page was asked for again, parts differ."""
    result = {}
    for folder in sorted(glob.glob(work + "/staging/*/*/raw/*")):
        lines = []
        parts = glob.glob(folder + "/*.ndjson.gz")
        if not parts:
            sys.exit("no parts to compare in " + folder)
        for part in parts:
            with gzip.open(part) as file:
                lines += file.read().split(b"\n")
        result[os.path.relpath(folder, work)] = hashlib.sha256(b"\n".join(sorted(set(lines)))).hexdigest()
    return result


def tables():
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "digest.py")
    database = work + "/databases/default.sqlite"
    broken = sqlite3.connect(database).execute("PRAGMA integrity_check").fetchone()[0]
    text = subprocess.run([sys.executable, script, database], capture_output=True, text=True, check=True).stdout
    return {"integrity": broken, "tables": text}


look = {"extract": records, "transform": lambda: layers("clean", "flagged"), "load": tables}


def calm(stage):
    """Runs a stage that nothing disturbs in a copy of the folder: the calls it made, and what was there then."""
    fresh()
    counted = os.path.join(root, "counted")
    ended = start([stage], LD_PRELOAD=shim, KILL_COUNT=counted)
    if ended.returncode != 0:
        sys.exit("%s ended with %d: %s" % (stage, ended.returncode, ended.stderr))
    with open(counted) as lines:
        made = {name: int(number) for name, number in (line.split() for line in lines)}
    return made, look[stage]()


def disturbed(stage, instant, wanted):
    """What was wrong after a stage was killed at an instant and run again."""
    fresh()
    first = start([stage], LD_PRELOAD=shim, KILL_AT=instant)
    again = start([stage])
    check = start(["staged", "check"])
    wrong = {}
    # Where threads take turns, a run may make a call or two less than the one that was counted.
    if first.returncode not in (0, -signal.SIGKILL):
        wrong["first"] = [first.returncode, first.stderr[-1000:]]
    if again.returncode != 0:
        wrong["again"] = [again.returncode, again.stderr[-1000:]]
    if check.returncode != 0:
        wrong["check"] = [check.returncode, check.stdout[-1000:]]
    left = [path for path in glob.glob(work + "/staging/**/*", recursive=True) if ".tmp" in path]
    if left and stage != "load":
        wrong["left"] = [os.path.relpath(path, work) for path in left]
    if not wrong:
        found = look[stage]()
        wrong = {key: "differs" for key in wanted.keys() | found.keys() if wanted.get(key) != found.get(key)}
    return first.returncode == -signal.SIGKILL, wrong


for moment in ("first", "a column less"):
    for stage in ("extract", "transform", "load"):
        made, wanted = calm(stage)
        done = os.path.join(root, "done")
        shutil.copytree(work, done, symlinks=True)
        killed = instants = 0
        # The second extract has nothing to do.
        for call, number in made.items() if (moment, stage) != ("a column less", "extract") else ():
            step = 1 if (moment, stage, call) in everything else max(1, -(-number // most))
            for at in range(1, number + 1, step):
                instants += 1
                died, wrong = disturbed(stage, "%s#%d" % (call, at), wanted)
                killed += died
                if wrong:
                    wrongs += 1
                    print(json.dumps({"moment": moment, "stage": stage, "before": "%s#%d" % (call, at), "wrong": wrong}), flush=True)
                    if os.environ.get("KILL_KEEP"):
                        shutil.copytree(work, "%s/%d" % (os.environ["KILL_KEEP"], wrongs), symlinks=True)
        print(json.dumps({"moment": moment, "stage": stage, "instants": instants, "killed": killed, "made": made}), flush=True)
        base = os.path.join(root, "base")
        shutil.rmtree(base, ignore_errors=True)
        os.rename(done, base)
    for path in glob.glob(base + "/pipelines/*.yaml"):
        with open(path) as file:
            text = file.read()
        with open(path, "w") as file:
            file.write(text.replace("        etag: text\n", ""))
shutil.rmtree(root)
sys.exit(1 if wrongs else 0)
