#!/usr/bin/env python3
"""Makes the stored folders of one version of cliosync, one for each kind of state in which a sync may stand.

Usage: make.py PROGRAMS TARGET [NAME…]

PROGRAMS is a folder with release builds of cliosync and clio-simulator. TARGET is a new folder named after their version and
commit. Without names all folders are made. See README.md beside this file; never make the folders of an old version again.

The firm follows from the seed below. Interruptions come at a request or a system call that is counted, never at a time.
"""

import gzip
import hashlib
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import tempfile
import time
import urllib.parse
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
SCRIPTS = os.path.join(HERE, "..", "..", "EndToEndTests", "Scripts")
SEED = 20261128

# A firm as small as the states allow, in pages of five.
FIRM = {"matters": 30, "contacts": 45, "calendar-entries": 40, "tasks": 30, "documents": 30, "activities": 60, "users": 5,
        "practice-areas": 3, "defects": 0.1, "seed": SEED}
LISTS = ("MATTERS", "CONTACTS", "CALENDAR", "TASKS", "DOCUMENTS", "TIME_ENTRIES")
PAGES_OF_FIVE = {"SYNC_BATCH_SIZE_" + name: "5" for name in LISTS}
PAGES_OF_200 = {"SYNC_BATCH_SIZE_" + name: "200" for name in LISTS}
ONE_AT_A_TIME = {"SYNC_MAX_CONCURRENT_REQUESTS": "1"}
RUN = ["run", "--json", "--no-progress"]


class Making:
    """One folder in the making: a simulator, and a folder in which cliosync runs."""

    def __init__(self, firm=None, settings=PAGES_OF_FIVE, edits=(), pipelines=None):
        self.root = tempfile.mkdtemp(prefix="folders-")
        self.work = os.path.join(self.root, "work")
        for name in ("work", "home", "runtime", "logs"):
            os.mkdir(os.path.join(self.root, name), 0o700)
        shutil.copytree(pipelines or os.path.join(HERE, "pipelines"), os.path.join(self.work, "pipelines"))
        for edit in edits:
            self.edit(*edit)
        values = dict(FIRM, **(firm or {}))
        self.options = []
        for name, value in values.items():
            self.options += ["--" + name] if value is True else ["--" + name, str(value)]
        self.settings = dict(settings)
        self.changes = []
        self.log = os.path.join(self.root, "logs", "requests.ndjson")
        self.simulator, self.simulator_address = listen(
            [PROGRAMS + "/clio-simulator"] + self.options + ["--limit", "100000", "--log", self.log])
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address = "http://127.0.0.1:%d" % self.port

    def edit(self, file, old, new):
        path = os.path.join(self.work, "pipelines", file)
        text = read(path)
        if old not in text:
            sys.exit("%s does not contain %r" % (file, old))
        write(path, text.replace(old, new))

    def change(self, call):
        """Changes the firm; what continues from the folder changes its own firm in the same way first."""
        self.changes.append(call)
        self.control(call)

    def control(self, call):
        urllib.request.urlopen("%s/simulator/%s" % (self.simulator_address, call), data=b"").read()

    def run(self, *arguments, code=0, rules=(), until=None, shim=None, more=None):
        """Runs cliosync behind the rules.

        code: how it must end; None: in any way
        until: `held` kills it, with all its requests held back; `reached` asks it to stop while a request is under way
        shim: `rename#3` kills it before that call
        """
        proxy, _ = listen(
            [sys.executable, os.path.join(SCRIPTS, "odd_clio.py"), self.simulator_address, json.dumps(list(rules)),
             str(self.port)])
        variables = {
            "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": self.root + "/home", "XDG_RUNTIME_DIR": self.root + "/runtime",
            "XDG_CONFIG_HOME": self.root + "/home", "TMPDIR": self.root, "CLIO_ACCESS_TOKEN": "simulator-token",
            "CLIO_BASE_URL": self.address}
        variables.update(self.settings)
        variables.update(more or {})
        if shim:
            variables.update(LD_PRELOAD=built_shim(), **shim)
        process = subprocess.Popen(
            [PROGRAMS + "/cliosync"] + list(arguments), cwd=self.work, env=variables, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if until:
            while not select.select([proxy.stdout], [], [], 0.1)[0]:
                if process.poll() is not None:
                    sys.exit("%s ended before it was %s: %s" % (arguments, until, process.stderr.read()[-2000:]))
            line = proxy.stdout.readline().strip()
            if line != until:
                sys.exit("the proxy says %r, not %r" % (line, until))
            if until == "held":
                # Whatever was answered before is committed by then: nothing else is under way.
                time.sleep(0.4)
                process.kill()
                code = -signal.SIGKILL
            else:
                process.send_signal(signal.SIGINT)
                code = 130
        if shim and "KILL_AT" in shim:
            code = -signal.SIGKILL
        output, errors = process.communicate(timeout=120)
        end(proxy)
        if code is not None and process.returncode != code:
            sys.exit("%s ended with %s, not %s: %s %s" % (arguments, process.returncode, code, errors[-2000:], output[-2000:]))
        return output

    def calls(self, *arguments):
        """How often a command makes each system call, found out in a copy of the folder."""
        copy = self.work + ".copy"
        shutil.copytree(self.work, copy, symlinks=True)
        work, self.work = self.work, copy
        try:
            counted = self.root + "/counted"
            self.run(*arguments, shim={"KILL_COUNT": counted})
            return {name: int(number) for name, number in (line.split() for line in read(counted).splitlines())}
        finally:
            self.work = work
            shutil.rmtree(copy)

    # MARK: Looking

    def journals(self):
        """What every journal of the folder holds, by its folder."""
        found = {}
        staging = self.work + "/staging"
        for folder, folders, files in os.walk(staging, followlinks=True):
            folders[:] = [name for name in folders if name not in (".generations", "flagged")]
            if "manifest.ndjson" in files:
                found[os.path.relpath(folder, staging)] = journal(folder + "/manifest.ndjson")
        return dict(sorted(found.items()))

    def journal(self, name):
        return self.journals()["default/" + name]

    def sql(self, text):
        import sqlite3

        with sqlite3.connect("file:%s/databases/default.sqlite?mode=ro" % self.work, uri=True) as connection:
            return connection.execute(text).fetchall()

    def traced(self, entity=None):
        """A record that was staged: its entity and its id."""
        for name in sorted(self.journals()):
            _, layer, own = name.split("/")[-3:]
            path = "%s/staging/%s" % (self.work, name)
            if layer != "raw" or "/.next/" in name or (entity and own != entity):
                continue
            for part in sorted(os.listdir(path)):
                if part.endswith(".gz"):
                    try:
                        with gzip.open(os.path.join(path, part)) as lines:
                            for line in lines:
                                record = json.loads(line)
                                if record.get("id"):
                                    return [own, str(record["id"])]
                    except EOFError:
                        continue
        return None

    def committed(self):
        """The pages that the journals hold, as the simulator's log names them; closing passes may be asked for again."""
        found = []
        for name in self.journals():
            if "/.next/" not in name and name.replace("/raw/", "/.next/raw/") in self.journals():
                # The pages of an older generation are asked for again.
                continue
            # A second walk asks again for what the first one brought.
            is_again = any(note.startswith("walked_again") for note in self.journals()[name].get("notes", []))
            with open("%s/staging/%s/manifest.ndjson" % (self.work, name), encoding="utf-8") as file:
                for line in file:
                    page = json.loads(line) if line.endswith("\n") else {}
                    if "page" not in page or page["request"] == "import" or page["stream"].startswith("updated_since="):
                        continue
                    if not is_again or page["stream"].startswith("all~"):
                        found.append(asked(page["request"]))
        return sorted(set(found))

    def store(self, name, state, rules=(), then=None, exit=0, repeats=0, pages=0, same=True, queries=None):
        """Packs the folder, with a file beside it that says what it is.

        rules: what Clio goes on to be like
        then: the commands that continue, each a list of words
        exit: how the last of them ends
        repeats: committed pages that may be asked for again
        pages: the most pages that continuing may request
        same: whether the database must then be that of a run that nothing disturbed
        queries: what the database must answer then
        """
        then = then or [RUN]
        fact = {
            "state": state,
            "version": VERSION,
            "commit": COMMIT,
            "made": time.strftime("%Y-%m-%d", time.gmtime()),
            "part": "gate" if name in GATE else "deep",
            "address": self.address,
            "simulator": self.options,
            "changes": self.changes,
            "rules": json.dumps(list(rules)),
            "settings": self.settings,
            "continue": then,
            "exit": exit,
            "repeats": repeats,
            "pages": pages,
            "same": same,
            "queries": queries or {},
            "trace": self.traced("tasks") or self.traced(),
            "pipelines": digest(self.work + "/pipelines"),
            "journals": self.journals(),
        }
        write(self.work + "/committed.txt", "".join(line + "\n" for line in self.committed()))
        with open(os.path.join(TARGET, name + ".json"), "w", encoding="utf-8") as file:
            # A line for each journal.
            text = json.dumps(dict(fact, journals={}), indent=1, ensure_ascii=False)[:-len("{}\n}")]
            lines = ["  %s: %s" % (json.dumps(key), json.dumps(value)) for key, value in fact["journals"].items()]
            file.write(text + "{\n" + ",\n".join(lines) + "\n }\n}\n")
        pack(self.work, os.path.join(TARGET, name + ".tar.gz"))

    def close(self):
        end(self.simulator)
        shutil.rmtree(self.root)


def asked(target):
    """A request as the simulator's log tells it: sorted parameters, and a fingerprint (FNV-1a) for the page token."""
    url = urllib.parse.urlsplit(target)
    query = {}
    for name, value in urllib.parse.parse_qsl(url.query, keep_blank_values=True):
        query[name] = query[name] + "," + value if name in query else value
    token = query.pop("page_token", None)
    page = "first"
    if token is not None:
        number = 0xCBF2_9CE4_8422_2325
        for byte in token.encode():
            number = (number ^ byte) * 0x100_0000_01B3 % (1 << 64)
        page = ("%x" % number)[:8]
    return "%s?%s#%s" % (url.path, "&".join("%s=%s" % item for item in sorted(query.items())), page)


def digest(folder):
    """Stands for the pipeline files of a folder."""
    whole = hashlib.sha256()
    for name in sorted(os.listdir(folder)):
        whole.update(read(os.path.join(folder, name)).encode())
    return whole.hexdigest()[:16]


def listen(command):
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    line = process.stdout.readline()
    if not line.startswith("listening on "):
        sys.exit("%s does not listen: %r" % (command[0], line))
    return process, line.split()[-1]


def end(process):
    process.kill()
    process.wait()
    process.stdout.close()


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


SHIM = []


def built_shim():
    if not SHIM:
        SHIM.append(os.path.join(tempfile.mkdtemp(prefix="shim-"), "kill_at.so"))
        subprocess.run(
            ["clang", "-O1", "-shared", "-fPIC", "-o", SHIM[0], os.path.join(SCRIPTS, "kill_at.c"), "-ldl"], check=True)
    return SHIM[0]


def journal(path):
    """A journal in short, read without the product: of a raw layer or of the layers made from one."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    lines = [json.loads(line) for line in text[:text.rindex("\n") + 1].splitlines()]
    header = lines[0]
    if header["layer"] != "raw":
        parts = lines[1:]
        return {"layer": header["layer"], "generation": header["generation"], "raw_generation": header["raw_generation"],
                "parts": len(parts), **{key: sum(part[key] for part in parts) for key in ("records", "accepted", "rejected", "warned")}}
    pages = [line for line in lines if "page" in line]
    streams = {}
    for line in lines[1:]:
        if "compacted" in line:
            streams[line["compacted"]] = line["exhausted"]
        elif line.get("stream") == "compacted":
            continue
        elif "page" in line:
            streams[line["stream"]] = line["next"] is None
        elif "end" in line and line["end"] in streams:
            streams[line["end"]] = True
    # A page behind it opens a layer again.
    last = max((place for place, line in enumerate(lines) if "page" in line), default=0)
    ends = [line for line in lines[last:] if "complete" in line]
    return {
        "layer": "raw",
        "generation": header["generation"],
        "pages": len(pages),
        "records": sum(page["records"] for page in pages),
        "parts": len({page["part"] for page in pages if page["part"]}),
        "sealed": len([line for line in lines if "seal" in line]),
        "streams": streams,
        "notes": ["%s %s" % (line["note"], line["severity"]) for line in lines if "note" in line],
        "deleted": sum(len(line["deleted"]) for line in lines if "deleted" in line),
        "complete": ends[-1]["complete"] if ends else None,
    }


def pack(folder, path):
    """A folder as .tar.gz; of the same files it is the same archive."""
    def plain(entry):
        entry.uid = entry.gid = 0
        # Any moment that has passed: 1 November 2026.
        entry.mtime = 1_793_491_200
        entry.uname = entry.gname = ""
        return entry

    with open(path, "wb") as file, gzip.GzipFile("", "wb", 9, file, 0) as packed:
        with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive:
            for name in sorted(os.listdir(folder)):
                archive.add(os.path.join(folder, name), name, filter=plain)


def check(condition, what):
    if not condition:
        sys.exit("the state is not reached: " + what)


def hold(list_name, first, **more):
    return dict({"list": list_name, "first": first, "do": "hold"}, **more)


# Tested with every change; the others in the long test run.
GATE = {
    "killed-in-extract", "partitions-interrupted", "groups-interrupted", "windows-interrupted", "lost-cursor", "decided",
    "rebuild-interrupted", "load-interrupted", "refresh-interrupted"}
FOLDERS = {}


def folder(function):
    """Registers a function that makes folders; its name is the name on the command line."""
    FOLDERS[function.__name__.replace("_", "-")] = function
    return function


PROGRAMS = TARGET = VERSION = COMMIT = ""


def main(arguments):
    global PROGRAMS, TARGET, VERSION, COMMIT
    if len(arguments) < 2:
        sys.exit(__doc__)
    import states  # noqa: F401 registers the folders

    PROGRAMS, TARGET = os.path.abspath(arguments[0]), os.path.abspath(arguments[1])
    VERSION = subprocess.run([PROGRAMS + "/cliosync", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    COMMIT = os.path.basename(TARGET).split("-")[-1]
    os.makedirs(TARGET, exist_ok=True)
    wanted = arguments[2:] or list(FOLDERS)
    print("seed %d, cliosync %s, commit %s" % (SEED, VERSION, COMMIT))
    for name in wanted:
        FOLDERS[name]()
        print(name, flush=True)


if __name__ == "__main__":
    sys.modules["make"] = sys.modules["__main__"]
    sys.path.insert(0, HERE)
    main(sys.argv[1:])
