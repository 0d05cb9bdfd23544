"""Stands between cliosync and clio-simulator, and changes the answers that its rules name.

Usage: odd_clio.py SIMULATOR_ADDRESS RULES_JSON [PORT]   prints its address, ends with its parent's signal

RULES_JSON is a list of objects. Every request is compared with them in order; the first one that matches and is due acts:

    list      name of the list in the path, for example tasks
    has       parameters that must be there
    lacks     parameters that must not be there
    count     true: only requests for one record (counts and probes); false, the default: only pages; null: both
    repeated  true: only when the same path and query were asked for before
    first     matches that pass before the rule acts (default 0)
    times     how often it acts (default: always)
    do        what it does:
      status   answers with `status` and `message` in Clio's error envelope
      strip    forwards without `parameters`, as a server does that ignores them
      records  replaces meta.records by `value`, or adds `add` to it, or lowers it by one each time with "falling": N
      call     first calls the simulator's control address `call`, then forwards
      hold     prints `held` and never answers
      slow     prints `reached`, waits `seconds`, then forwards
      wall     answers 422 to page tokens that lead behind `rows` records of a list without filters
"""

import http.client
import http.server
import json
import sys
import threading
import time
import urllib.parse
import urllib.request

OUT_OF_BOUNDS = "page_token is now out of bounds and cannot be used."
# How clio-simulator hides a position in its page tokens.
TOKEN_MASK = 0x2A7F_19C3_55D1


class Rules:
    """Which rule acts on a request; keeps count of the matches."""

    def __init__(self, rules):
        self.rules = rules
        self.matches = [0] * len(rules)
        self.acted = [0] * len(rules)
        self.seen = set()
        self.lock = threading.Lock()

    def choose(self, target):
        """The acting rule for a path with its query, and how often it has acted before; None where none acts."""
        with self.lock:
            repeated = target in self.seen
            self.seen.add(target)
            url = urllib.parse.urlsplit(target)
            query = urllib.parse.parse_qs(url.query)
            for place, rule in enumerate(self.rules):
                if not self.is_match(rule, url.path, query, repeated):
                    continue
                self.matches[place] += 1
                if self.matches[place] <= rule.get("first", 0):
                    continue
                if self.acted[place] >= rule.get("times", 1 << 30):
                    continue
                if rule["do"] == "wall" and not self.is_behind(rule["rows"], query):
                    continue
                self.acted[place] += 1
                return rule, self.acted[place] - 1
        return None, 0

    @staticmethod
    def is_match(rule, path, query, repeated):
        if "list" in rule and not path.endswith("/%s.json" % rule["list"]):
            return False
        is_count = query.get("limit") == ["1"] or path.endswith("/who_am_i.json")
        if rule.get("count", False) is not None and rule.get("count", False) != is_count:
            return False
        if any(name not in query for name in rule.get("has", [])):
            return False
        if any(name in query for name in rule.get("lacks", [])):
            return False
        return repeated or not rule.get("repeated", False)

    @staticmethod
    def is_behind(rows, query):
        token = query.get("page_token", [""])[0].split("-")
        return len(token) == 4 and (int(token[3], 36) ^ TOKEN_MASK) + 1 >= rows


def forward(simulator, target, headers):
    """The simulator's answer to a request: status, headers, body."""
    connection = http.client.HTTPConnection(simulator, timeout=60)
    passed = {name: value for name, value in headers.items() if name.lower() not in ("connection", "accept-encoding")}
    connection.request("GET", target, headers=passed)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, answer.getheaders(), body


def without(target, names):
    url = urllib.parse.urlsplit(target)
    items = [item for item in urllib.parse.parse_qsl(url.query, keep_blank_values=True) if item[0] not in names]
    return urllib.parse.urlunsplit(url._replace(query=urllib.parse.urlencode(items)))


def with_records(body, rule, before):
    page = json.loads(body)
    meta = page.get("meta", {})
    if "falling" in rule:
        meta["records"] = rule["falling"] - before
    elif "add" in rule:
        meta["records"] += rule["add"]
    else:
        meta["records"] = rule["value"]
    return json.dumps(page).encode()


def handler(simulator, rules):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_):
            pass

        def do_GET(self):
            rule, before = rules.choose(self.path)
            action = rule["do"] if rule else None
            target = self.path
            if action == "hold":
                print("held", flush=True)
                threading.Event().wait()
            if action in ("status", "wall"):
                message = rule.get("message", OUT_OF_BOUNDS)
                body = json.dumps({"error": {"type": "ArgumentError", "message": message}}).encode()
                return self.answer(rule.get("status", 422), [("Content-Type", "application/json")], body)
            if action == "slow":
                print("reached", flush=True)
                time.sleep(rule["seconds"])
            if action == "call":
                urllib.request.urlopen("http://%s/simulator/%s" % (simulator, rule["call"]), data=b"").read()
            if action == "strip":
                target = without(target, rule["parameters"])
            status, headers, body = forward(simulator, target, self.headers)
            if action == "records" and status == 200:
                body = with_records(body, rule, before)
            self.answer(status, headers, body)

        def answer(self, status, headers, body):
            self.send_response_only(status)
            for name, value in headers:
                if name.lower() not in ("content-length", "transfer-encoding", "connection", "keep-alive"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler


def main(address, rules, port="0"):
    simulator = urllib.parse.urlsplit(address).netloc
    server = http.server.ThreadingHTTPServer(("127.0.0.1", int(port)), handler(simulator, Rules(json.loads(rules))))
    server.daemon_threads = True
    print("listening on http://127.0.0.1:%d" % server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
