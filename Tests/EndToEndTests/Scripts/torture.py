"""What schedulers do to a run, at random moments: they kill it, stop it twice, die and leave it an orphan, close its pipes,
and the machine's clock is set.

    torture.py CLIOSYNC CLIO TOKEN SEED TRIALS SHIM

in a folder with `pipelines`. CLIO is a simulator's address, SHIM is set_clock.c, built. After each trial the events have
one parseable last line, the exit code is the right one, no process is left after two seconds, and the same command
continues what was begun. Prints a line of JSON for each trial; ends with 1 when one of them was wrong.
"""

import glob
import json
import os
import random
import re
import signal
import struct
import subprocess
import sys
import time

program, clio, token, seed, trials, shim = sys.argv[1:7]
numbers = random.Random(int(seed))
here = os.getcwd()
pages = {"SYNC_BATCH_SIZE_" + name: "25" for name in ["MATTERS", "CONTACTS", "CALENDAR", "TASKS", "DOCUMENTS", "TIME_ENTRIES"]}
STOPPED = 130


def marked(mark):
    """The processes that have a mark in their environment."""
    found = []
    for path in glob.glob("/proc/[0-9]*/environ"):
        try:
            with open(path, "rb") as file:
                if mark.encode() in file.read().split(b"\0"):
                    found.append(int(path.split("/")[2]))
        except OSError:
            pass
    return [pid for pid in found if pid != os.getpid()]


def is_zombie(pid):
    try:
        with open("/proc/%d/stat" % pid) as file:
            return file.read().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True


class Trial:
    def __init__(self, number, kind):
        self.kind = kind
        self.name = "t%d" % number
        self.mark = "CLIOSYNC_TORTURE=%s-%d-%d" % (seed, os.getpid(), number)
        self.stage = numbers.choice([["run"], ["run"], ["extract", "--in-job"], ["extract"]])
        # After so many lines of events, and a moment more.
        self.lines = numbers.choice([1, 2, 3, 5, 8, 13, 21, 34])
        self.moment = numbers.random() * 0.05
        self.gap = numbers.random() * 0.05
        self.second = numbers.choice([signal.SIGTERM, signal.SIGINT])
        self.clock = numbers.choice([25 * 3600, -25 * 3600, 3 * 86400, -5400, 400 * 86400, 3])
        self.wrong = []
        self.environment = dict(
            os.environ, CLIO_BASE_URL=clio, CLIO_ACCESS_TOKEN=token, **pages, **dict([self.mark.split("=", 1)]))
        self.events = os.path.join(here, self.name + ".events")

    def command(self, *more):
        return [program] + self.stage + ["--phase", "core", "--connection", self.name, "--json", "--no-progress", "--log-format", "json", *more]

    def read(self):
        try:
            with open(self.events, "rb") as file:
                return file.read()
        except OSError:
            return b""

    def until_begun(self, process):
        """Waits for the moment of the trial; False: the run ended before."""
        while self.read().count(b"\n") < self.lines:
            if process.poll() is not None:
                return False
            time.sleep(0.005)
        time.sleep(self.moment)
        return process.poll() is None

    def start(self, *more, **streams):
        streams = {"stdin": subprocess.DEVNULL, "stdout": open(self.name + ".out", "wb"), "stderr": open(self.name + ".err", "wb"), **streams}
        return subprocess.Popen(self.command(*more), env=self.environment, **streams)

    # What happens, and which exit code is right then.

    def killed(self):
        process = self.start("--events", self.events)
        late = not self.until_begun(process)
        process.send_signal(signal.SIGKILL)
        return process, 0 if late else -signal.SIGKILL

    def stopped_twice(self):
        process = self.start("--events", self.events)
        late = not self.until_begun(process)
        process.send_signal(signal.SIGTERM)
        time.sleep(self.gap)
        process.send_signal(self.second)
        return process, 0 if late else STOPPED

    def stopped_later_again(self):
        process = self.start("--events", self.events)
        late = not self.until_begun(process)
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(1.0 + self.gap)
        except subprocess.TimeoutExpired:
            process.send_signal(self.second)
        return process, 0 if late else STOPPED

    def orphaned(self):
        """Its parent is killed and sends it no signal."""
        parent = "import subprocess, sys; sys.exit(subprocess.Popen(sys.argv[1:]).wait())"
        process = subprocess.Popen(
            [sys.executable, "-c", parent] + self.command("--exit-with-parent", "--events", self.events),
            env=self.environment, stdin=subprocess.DEVNULL, stdout=open(self.name + ".out", "wb"), stderr=open(self.name + ".err", "wb"))
        late = not self.until_begun(process)
        process.send_signal(signal.SIGKILL)
        process.wait()
        return None, None if late else STOPPED

    def input_closed(self):
        """A parent in between stays, and the one that matters is gone: its pipe ends."""
        process = self.start("--exit-with-parent", "--events", self.events, stdin=subprocess.PIPE)
        late = not self.until_begun(process)
        process.stdin.close()
        return process, 0 if late else STOPPED

    def output_closed(self):
        process = self.start("--exit-with-parent", "--events", self.events, stdout=subprocess.PIPE)
        late = not self.until_begun(process)
        process.stdout.close()
        return process, 0 if late else STOPPED

    def unread(self):
        """Its output has no reader any more, and it was not asked to end then."""
        process = self.start("--events", self.events, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.until_begun(process)
        process.stdout.close()
        process.stderr.close()
        return process, 0

    def clock_set(self):
        setting = os.path.join(here, self.name + ".clock")
        with open(setting, "wb") as file:
            file.write(struct.pack("d", 0))
        self.environment.update(LD_PRELOAD=shim, CLOCK_FILE=setting)
        process = self.start("--events", self.events)
        self.until_begun(process)
        # Where it is, not beside it: it is mapped.
        with open(setting, "r+b") as file:
            file.write(struct.pack("d", self.clock))
        return process, 0

    # What must hold.

    def check(self):
        process, expected = getattr(self, self.kind)()
        ends_itself = self.kind in ("unread", "clock_set")
        # Seconds of this process's own work, for which it competes with the others: what is left gets its share meanwhile,
        # however busy the machine is.
        clock, patience = (time.monotonic, 600) if ends_itself else (time.process_time, 2)
        end = clock() + patience
        left = [pid for pid in marked(self.mark) if not is_zombie(pid)]
        while left and clock() < end:
            if process is not None:
                process.poll()
            if ends_itself:
                time.sleep(0.01)
            left = [pid for pid in left if os.path.exists("/proc/%d" % pid) and not is_zombie(pid)]
        if left:
            self.wrong.append("%d processes are left after %d s" % (len(left), patience))
            for pid in left:
                try:
                    os.kill(pid, signal.SIGKILL)
                except OSError:
                    pass
        code = process.wait() if process is not None else None
        if expected is not None and code is not None and code != expected:
            self.wrong.append("exit code %d instead of %d" % (code, expected))
        self.check_events(code, expected)
        self.check_report(code if code is not None else expected)
        return code

    def check_events(self, code, expected):
        text = self.read()
        if not text.endswith(b"\n"):
            self.wrong.append("the last line of the events is not whole")
        events = []
        for line in text.splitlines():
            try:
                events.append(json.loads(line))
            except ValueError:
                self.wrong.append("no JSON: %r" % line[:80])
        if not events:
            return
        ended = [event for event in events if event["event"] == "ended"]
        if self.kind == "killed" and expected != 0:
            if ended and code != 0:
                self.wrong.append("it ended before it was killed: %s" % ended)
            return
        if len(ended) != 1 or events[-1]["event"] != "ended":
            self.wrong.append("the last event is %s, of %d that end" % (events[-1]["event"], len(ended)))
        elif code is not None and ended[0]["exit_code"] != code:
            self.wrong.append("the last event says %s, the process ended with %s" % (ended[0]["exit_code"], code))
        elif code is None and expected is not None and ended[0]["exit_code"] != expected:
            self.wrong.append("the last event says %s instead of %s" % (ended[0]["exit_code"], expected))
        if expected == STOPPED and ended and not any(event["event"] == "stopping" for event in events) and self.kind != "stopped_later_again":
            self.wrong.append("no event says that it stops")
        for event in events:
            if event["v"] != 1 or not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", event["time"]) or event["connection"] != self.name:
                self.wrong.append("a strange event: %s" % event)

    def check_report(self, code):
        """A process that was not killed printed a report, if anybody could read it, and JSON only on stderr."""
        if self.kind in ("killed", "output_closed", "unread"):
            return
        with open(self.name + ".out") as file:
            report = json.loads(file.read())
        if self.stage != ["extract"] and code == STOPPED and report["job"]["status"] != "PAUSED":
            self.wrong.append("the report says " + report["job"]["status"])
        with open(self.name + ".err") as file:
            for line in file:
                json.loads(line)

    def check_continues(self):
        self.environment.pop("LD_PRELOAD", None)
        again = subprocess.run(
            self.command(), env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if again.returncode != 0:
            self.wrong.append("the same command ends with %d: %s" % (again.returncode, again.stderr[-500:]))


KINDS = ["killed", "stopped_twice", "stopped_later_again", "orphaned", "input_closed", "output_closed", "unread", "clock_set"]
order = []
wrongs = 0
for number in range(int(trials)):
    # Each kind once before any of them comes again.
    if not order:
        order = KINDS[:]
        numbers.shuffle(order)
    trial = Trial(number, order.pop())
    began = time.monotonic()
    try:
        code = trial.check()
        if number % 3 == 0:
            trial.check_continues()
    except Exception as error:
        code = None
        trial.wrong.append("%s: %s" % (type(error).__name__, error))
    wrongs += bool(trial.wrong)
    print(json.dumps({
        "trial": number, "kind": trial.kind, "stage": " ".join(trial.stage), "lines": trial.lines, "code": code,
        "seconds": round(time.monotonic() - began, 2), "clock": trial.clock if trial.kind == "clock_set" else None,
        "wrong": trial.wrong}), flush=True)
sys.exit(1 if wrongs else 0)
