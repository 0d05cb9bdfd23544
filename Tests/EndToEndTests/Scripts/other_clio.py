"""A second double of Clio, written from Clio's documents alone and not from the first one.

Usage: other_clio.py list                              the variants
       other_clio.py serve VARIANT                     serves one; prints its address, ends with its parent's signal
       other_clio.py expect VARIANT                    how the product is run against one and what must come of it, as JSON
       other_clio.py judge ADDRESS DATABASE            what a served double says about requests and database, as JSON
       other_clio.py try CLIOSYNC PIPELINES VARIANT…   serves, runs the product, judges, for each variant

Wherever Clio's documents are silent or disagree, the behaviour is a switch of `Switches`; a variant sets a few of them. The double
writes down every request and judges the client by it, and compares the database with its own records, field by field. Which
parameters and fields Clio has is in other_clio_spec.json, an extract of its OpenAPI document: a type a field (i integer, n number, b
boolean, s text, d date, t instant, a and o anything, a list of allowed values), nested once.
"""

import base64
import collections
import datetime
import email.utils
import gzip
import http.server
import io
import json
import os
import random
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request

with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "other_clio_spec.json"), encoding="utf-8") as _file:
    SPEC = json.load(_file)

UTC = datetime.timezone.utc
TOKEN = "first-token-0123456789abcdef"
REFRESH, CLIENT, SECRET = "refresh-token-0123456789", "other-client", "other-secret-0123456789"
WALL = 10_000


class Switches:
    """What a variant may change; the values here are what Clio's documents say or what is likeliest."""

    # The firm.
    seed = 1
    sizes = {}                 # list: records, instead of SIZES
    sparse = False             # most associations null
    ids = "ascending"          # shuffled: not in the order of creation; huge: near 2^63; jittered: mostly in order
    times = "mixed"            # Z, offset, fraction
    changes = 0                # every so many list answers something appears, is edited or deleted
    deletes = True             # whether changes delete
    # Envelope and text.
    records = "present"        # absent, saturating, wrong, unfiltered, null, page, text
    next = "encoded"           # literal, bare (without .json), reordered, host (in upper case), token (only the page token)
    last = "meta"              # paging, nothing, null, empty
    text = "plain"             # pretty, crlf, bom, escaped, shuffled, front (meta first)
    # Paging.
    wall = "unordered"         # filtered: also with id(asc) as soon as a filter is set; always; never
    wall_text = "page_token is now out of bounds and cannot be used."
    wall_status = 422
    token_life = 0             # list answers after which a page token is refused; 0: never
    token_after_refresh = True
    token_text = "page_token is now out of bounds and cannot be used."
    token_status = 422
    since = "inclusive"        # exclusive
    since_cut = False          # compares whole seconds
    ignored = ()               # parameters without effect
    refused_parameters = ()    # parameters that are 400
    # Authorization.
    access_life = 0            # requests after which the access token is 401; 0: never
    access_seconds = 0
    refresh_token = False      # whether the answer to a renewal brings a new refresh token
    unauthorized = "string"    # object
    forbidden = {}             # list: error, html, empty
    whoami = 200               # 403, 307
    # Fields.
    bad_fields = {}            # list: fields, `a` or `a.b`, that are 400
    bad_text = "The field {field} is not valid."
    # Rate.
    limit = 100_000            # or a list of (seconds since the start, limit)
    window = 60.0
    headers = "plain"          # absent, lower, ms, fraction, relative
    others = 0                 # requests of another client per window
    retry_after = "seconds"    # zero, date, missing, fraction
    bare_429 = False           # 429 without the three headers
    # Trouble.
    faults = {}                # name: probability
    down = None                # (seconds since the start, seconds, Retry-After)
    redirect = None            # list: how its answers lead elsewhere: path, url
    # The way.
    coding = "gzip"            # identity, deflate
    framing = "length"         # chunked, close
    keep = 0                   # answers on a connection
    drip = 0                   # bytes at a time
    bulk = 0                   # bytes of text in some records
    latency = 0.0

    def __init__(self, changes):
        for name, value in changes.items():
            if not hasattr(type(self), name):
                raise SystemExit("no switch is called " + name)
            setattr(self, name, value)


SIZES = {"users": 25, "practice_areas": 12, "matters": 620, "contacts": 900, "calendar_entries": 700, "tasks": 640,
         "documents": 830, "activities": 1240}


# MARK: The firm

class Firm:
    """Records of every list, made by type from the field table, and the moments that filters go by."""

    WORDS = ("Smith", "Müller", "Ltd.", "a/b", "quote \"x\"", "back\\slash", "日本", "😀 emoji", "line\nfeed", "tab\t",
             "\u2028sep", "<b>html</b>", "O'Neill", "100 %", "{braces}", "[list]", "comma, then", "é", "null", "0x00")

    def __init__(self, switches):
        self.switches = switches
        self.random = random.Random(switches.seed)
        self.now = time.time()
        self.counter = 0
        self.pools = {}
        self.deleted = collections.defaultdict(set)
        # Records that were deleted, for those that are restored.
        self.gone = collections.defaultdict(dict)
        self.lock = threading.Lock()
        # Counts answers, under the lock: what changed behind a list's last one cannot be in it.
        self.turn = 0
        self.sizes = dict(SIZES, **switches.sizes)
        self.lists = {}
        for name in ("users", "practice_areas", "contacts", "matters", "calendar_entries", "tasks", "documents",
                     "activities"):
            self.lists[name] = {}
            ids = self.ids(name, self.sizes[name])
            for place in range(self.sizes[name]):
                self.lists[name][ids[place]] = self.record(name, ids[place], place / self.sizes[name])
        for name, records in self.lists.items():
            for record in records.values():
                self.link(name, record)

    # Each list's ids by place of creation.
    def ids(self, name, count):
        start = {"activities": 7_800_000_000, "calendar_entries": 3_000_000_000}.get(name, 1_000_000)
        if self.switches.ids == "huge" and name not in ("users", "practice_areas"):
            start = (1 << 63) - 1 - 20 * (count + 2000)
        ids = [start + 7 * place + self.random.randrange(7) for place in range(count)]
        if self.switches.ids == "shuffled":
            self.random.shuffle(ids)
        if self.switches.ids == "jittered":
            places = sorted(range(count), key=lambda place: place + self.random.uniform(0, 30))
            ids = [ids[place] for place in places]
        return ids

    def unique(self):
        self.counter += 1
        return 40_000_000_000 + self.counter

    def stamp(self, seconds):
        style = self.switches.times
        if style == "mixed":
            style = self.random.choice(("Z", "offset", "fraction"))
        moment = datetime.datetime.fromtimestamp(seconds if style == "fraction" else int(seconds), UTC)
        if style == "offset":
            hours = self.random.choice((-8, -4, 0, 1, 5.5, 10))
            return moment.astimezone(datetime.timezone(datetime.timedelta(hours=hours))).isoformat()
        text = moment.strftime("%Y-%m-%dT%H:%M:%S")
        return text + (".%03dZ" % (moment.microsecond // 1000) if style == "fraction" else "Z")

    def day(self, seconds):
        return datetime.datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d")

    def value(self, kind, name):
        chance = self.random.random()
        if isinstance(kind, list):
            return self.random.choice(kind) if kind and chance > 0.1 else None
        if name == "etag":
            return '"%032x"' % self.random.getrandbits(128)
        if name == "id":
            return self.unique() if kind == "i" else "text_line-%d" % self.unique()
        if chance < 0.15:
            return None
        if name == "code" and kind == "s":
            return "CAD"
        if kind == "i":
            return self.random.randrange(1 << 31)
        if kind == "n":
            return self.random.choice((0, 1, 0.1, 250.0, 3600, 12345.67, 1e-3, self.random.random() * 1000))
        if kind == "b":
            return chance < 0.5
        if kind == "d":
            return self.day(self.now - self.random.uniform(-1, 9) * 31_000_000)
        if kind == "t":
            return self.stamp(self.now - self.random.uniform(0, 9) * 31_000_000)
        if kind == "s":
            return " ".join(self.random.choices(self.WORDS, k=self.random.randrange(0, 5)))
        if kind == "a":
            return self.random.choices(["admin", "billing", "x/y"], k=self.random.randrange(0, 3))
        if kind == "{}":
            return {"id": self.unique(), "etag": '"e"'}
        if kind == "[]":
            return [{"id": self.unique(), "etag": '"e"'}]
        return self.random.choice(("text", 12, 1.5, True, "a\"b", self.unique()))

    def association(self, fields):
        return {name: self.value(kind, name) for name, kind in fields.items()}

    def record(self, name, number, age):
        """A record created at `age`, 0 the firm's beginning and 1 now."""
        rare = 0.04 if self.switches.sparse else 0.45
        created = self.now - (1 - age) * 8 * 31_000_000 - 3600 + self.random.random()
        record = {}
        for field, kind in SPEC[name]["fields"].items():
            if isinstance(kind, dict):
                record[field] = self.association(kind) if self.random.random() < rare else None
            elif isinstance(kind, list) and kind and isinstance(kind[0], dict):
                count = self.random.randrange(1, 4) if self.random.random() < rare else 0
                record[field] = [self.association(kind[0]) for _ in range(count)]
                if not count and self.random.random() < 0.1:
                    record[field] = None
            else:
                record[field] = self.value(kind, field)
        record["id"] = str(number) if name == "calendar_entries" else number
        record["_created"] = created
        record["created_at"] = self.stamp(created)
        self.touch(record, min(created + self.random.choice((0, 5000, 90_000_000)), self.now - 1800))
        self.relate(name, record)
        if self.switches.bulk and name in ("documents", "activities"):
            record["name" if name == "documents" else "note"] = "wide " * (self.switches.bulk // 5)
        return record

    def touch(self, record, seconds):
        record["_updated"] = seconds
        record["updated_at"] = self.stamp(seconds)

    def pick(self, name, chance=0.8):
        # Only what was there from the beginning and is never deleted, so that no reference dangles.
        if self.random.random() > chance:
            return None
        if not self.pools.get(name):
            self.pools[name] = sorted(self.lists[name])[:200]
        if not self.pools[name]:
            return None
        return self.lists[name][self.random.choice(self.pools[name])]

    def point(self, record, field, name, chance=0.8, full=True):
        """Lets an association be a record that exists."""
        target = self.pick(name, chance)
        fields = SPEC_FIELDS(record["_list"], field)
        record[field] = None if target is None else dict(
            self.association(fields) if full else {}, **{k: target[k] for k in ("id", "etag", "name", "type", "display_number")
                                                        if k in fields and k in target})

    def relate(self, name, record):
        record["_list"] = name
        if "name" in record and record["name"] is None:
            record["name"] = "Named"
        if name == "matters":
            self.point(record, "client", "contacts", 0.9)
            record["client_id"] = record["client"]["id"] if record["client"] else None
            for field in ("responsible_attorney", "responsible_staff", "originating_attorney", "user"):
                self.point(record, field, "users", 0.6)
            self.point(record, "practice_area", "practice_areas")
            record["display_number"] = "%05d-Smith/%s" % (self.counter, record["id"])
            record["close_date"] = None if record["close_date"] is None else self.day(self.now + 20_000_000)
            if record["open_date"]:
                record["open_date"] = self.day(self.now - self.random.uniform(0, 9) * 31_000_000)
        elif name == "contacts":
            record["type"] = self.random.choice(("Person", "Company"))
            record["name"] = record["name"] or "Someone"
            record["is_client"] = self.random.random() < 0.6
            if record["type"] == "Company":
                record["first_name"] = record["middle_name"] = record["last_name"] = None
        elif name == "calendar_entries":
            self.point(record, "matter", "matters", 0.7)
            start = record["_created"] + self.random.uniform(-30, 90) * 86_400
            record["_start"], record["_end"] = start, start + self.random.choice((0, 1800, 3600, 86_400))
            record["start_at"], record["end_at"] = self.stamp(start), self.stamp(record["_end"])
            record["recurrence_rule"] = "RRULE:FREQ=WEEKLY;INTERVAL=2" if self.random.random() < 0.1 else None
        elif name == "tasks":
            self.point(record, "matter", "matters", 0.7)
            self.point(record, "assigner", "users", 0.7)
            if record["assignee"]:
                record["assignee"]["type"] = self.random.choice(("User", "Person", "Company"))
        elif name == "documents":
            self.point(record, "matter", "matters", 0.7)
            self.point(record, "contact", "contacts", 0.5)
            record["type"], record["deleted_at"] = "Document", None
        elif name == "activities":
            record["type"] = "TimeEntry" if self.random.random() < 0.9 else "ExpenseEntry"
            record["date"] = record["date"] or self.day(record["_created"])
            self.point(record, "matter", "matters", 0.9)
            self.point(record, "user", "users", 0.9)
            self.point(record, "task", "tasks", 0.2)
            self.point(record, "calendar_entry", "calendar_entries", 0.2)
            if record["quantity_redacted"]:
                for field in ("quantity", "rounded_quantity", "quantity_in_hours", "rounded_quantity_in_hours", "total"):
                    record[field] = None

    def link(self, name, record):
        """Lets the ids inside a record be those of records that exist, once all lists are there."""
        def an_id(kind):
            if kind == "time_entries":
                if not self.lists.get("activities"):
                    return None
                self.pick("activities", 1)
                entries = [number for number in self.pools["activities"]
                           if self.lists["activities"][number]["type"] == "TimeEntry"]
                return int(self.random.choice(entries)) if entries else None
            return int(self.pick(kind, 1)["id"]) if self.lists.get(kind) else None

        plain = {"contact_id": "contacts", "co_counsel_contact_id": "contacts", "matter_id": "matters", "document_id": "documents"}
        nested = {"contact": "contacts", "recipient": "contacts", "matter": "matters"}
        whole = {"statute_of_limitations": "tasks", "company": "contacts", "related_contacts": "contacts", "vendor": "contacts"}
        people = {"User": "users", "Person": "contacts", "Company": "contacts"}
        by_type = {
            "assignee": people, "attendees": {"Contact": "contacts"}, "creator": {"ManageUser": "users"},
            "time_entries": {"TimeEntry": "time_entries"},
            "subject": {"Task": "tasks", "CalendarEntry": "calendar_entries", "Matter": "matters", "Contact": "contacts",
                        "User": "users", "Document": "documents"}}
        for field, value in record.items():
            for element in value if isinstance(value, list) else [value]:
                if not isinstance(element, dict):
                    continue
                kind = by_type.get(field, {}).get(element.get("type"))
                if kind:
                    element["id"] = an_id(kind)
                if field in whole:
                    element["id"] = an_id(whole[field])
                for key, inner in element.items():
                    if key in plain and inner is not None:
                        element[key] = an_id(plain[key])
                    elif key in nested and isinstance(inner, dict):
                        element[key]["id"] = an_id(nested[key])
        if record.get("parent_calendar_entry_id") is not None:
            record["parent_calendar_entry_id"] = an_id("calendar_entries")

    CHANGING = ("matters", "contacts", "calendar_entries", "tasks", "documents", "activities")

    def add(self, name):
        records = self.lists[name]
        number = max((int(key) for key in records), default=1_000_000) + self.random.randrange(1, 9)
        record = self.record(name, number, 1)
        record["_created"] = self.now
        record["created_at"] = self.stamp(self.now)
        self.touch(record, self.now)
        self.link(name, record)
        record["_changed"] = self.turn
        records[number] = record
        return number

    def edit(self, name, number):
        record = self.lists[name][number]
        record["etag"] = '"edited%026d"' % self.random.randrange(10**9)
        self.touch(record, self.now)
        record["_changed"] = self.turn

    def free(self, name):
        """Ids that no other record refers to."""
        return sorted(set(self.lists[name]) - set(self.pools.get(name, ())))

    def delete(self, name, number):
        self.gone[name][number] = self.lists[name].pop(number)
        self.deleted[name].add(number)

    def change(self):
        """Something appears, is edited or is deleted."""
        with self.lock:
            name = self.random.choice(self.CHANGING)
            self.now = time.time()
            what = self.random.random()
            if what < 0.4:
                self.add(name)
            elif what < 0.8 or not self.switches.deletes:
                self.edit(name, self.random.choice(sorted(self.lists[name])))
            else:
                free = self.free(name)
                if free:
                    self.delete(name, self.random.choice(free))

    def order(self, names, add=0, edit=0, delete=0, restore=0, seed=0):
        """Changes so many records of each list, chosen by the seed; the ids by what was done."""
        with self.lock:
            self.now = time.time()
            done = {}
            for name in names:
                choose = random.Random("%s %s" % (seed, name))
                some = lambda count, of: sorted(choose.sample(of, min(count, len(of))))
                back = some(restore, sorted(self.gone[name]))
                gone = some(delete, self.free(name))
                edited = some(edit, sorted(set(self.lists[name]) - set(gone)))
                for number in gone:
                    self.delete(name, number)
                for number in back:
                    # As it was: no updated_since finds it.
                    self.lists[name][number] = self.gone[name].pop(number)
                    self.deleted[name].discard(number)
                for number in edited:
                    self.edit(name, number)
                done[name] = {"added": [self.add(name) for _ in range(add)], "edited": edited, "deleted": gone,
                              "restored": back}
            return done


def SPEC_FIELDS(name, field):
    kind = SPEC[name]["fields"][field]
    return kind if isinstance(kind, dict) else kind[0]


# MARK: Questions and answers

# The address of one record.
RECORD = re.compile(r"/api/v4/([a-z_]+)/(\d+)\.json")


class Refusal(Exception):
    def __init__(self, status, kind, message):
        super().__init__(message)
        self.status, self.body = status, {"error": {"type": kind, "message": message}}


class Lists:
    """Answers list requests: filters, order, pages, walls, fields."""

    def __init__(self, firm, switches):
        self.firm, self.switches = firm, switches
        self.served = 0
        self.renewals = 0
        # The turn at which a list was asked for last.
        self.asked = {}
        self.random = random.Random(7)

    def answer(self, name, pairs, base):
        """The JSON text of a page, and the target of the next one."""
        query = dict(pairs)
        for parameter in self.switches.refused_parameters:
            if parameter in query:
                raise Refusal(400, "BadRequest", "Parameter %s is not supported" % parameter)
        self.served += 1
        brings = query.get("limit") != "1" and "etag" in query.get("fields", "") and "ids[]" not in query
        token = self.token(query.pop("page_token", None))
        if token and self.switches.next == "token":
            query = dict(token["q"])
            pairs = list(query.items())
        limit = int(query.get("limit", SPEC[name]["limit"]))
        if limit > SPEC[name]["limit"]:
            raise Refusal(400, "BadRequest", "limit must be between 1 and %d" % SPEC[name]["limit"])
        fields = self.fields(name, query.get("fields", "id,etag"))
        ordered = query.get("order") == "id(asc)" and SPEC[name]["order"] is not None
        with self.firm.lock:
            self.firm.turn += 1
            if brings:
                self.asked[name] = self.firm.turn
            found, everything = self.select(name, query, pairs)
            key = (lambda r: int(r["id"])) if ordered or name != "calendar_entries" else (lambda r: (r["_start"], int(r["id"])))
            found.sort(key=key)
            if ordered:
                first = next((n for n, r in enumerate(found) if int(r["id"]) > token["after"]), len(found)) if token else 0
            else:
                first = token["at"] if token else int(query.get("offset", 0))
            page = found[first:first + limit]
            self.wall(query, ordered, token["seen"] if token else first, page)
            data = [self.cut(record, fields) for record in page]
        target = None
        if first + limit < len(found):
            seen = (token["seen"] if token else 0) + len(page)
            state = {"after": int(page[-1]["id"]), "at": first + limit, "seen": seen, "n": self.served,
                     "g": self.renewals, "q": [pair for pair in pairs if pair[0] != "page_token"]}
            target = self.link(name, state["q"], base64.urlsafe_b64encode(json.dumps(state).encode()).decode())
        return self.text(data, self.meta(target and base + target, len(found), len(everything), len(page))), target

    def single(self, name, number, query):
        """The JSON text of one record."""
        fields = self.fields(name, query.get("fields", "id,etag"))
        with self.firm.lock:
            record = self.firm.lists[name].get(number)
            if record is None:
                raise Refusal(404, "RecordNotFound", "record not found")
            return self.text(self.cut(record, fields), None)

    def token(self, text):
        if text is None:
            return None
        try:
            state = json.loads(base64.urlsafe_b64decode(text))
        except ValueError:
            raise Refusal(422, "ArgumentError", "page_token is invalid")
        old = self.switches.token_life and self.served - state["n"] > self.switches.token_life
        if old or (state["g"] != self.renewals and not self.switches.token_after_refresh):
            raise Refusal(self.switches.token_status, "ArgumentError", self.switches.token_text)
        return state

    def wall(self, query, ordered, seen, page):
        filters = set(query) - {"limit", "fields", "order", "offset"} - set(self.switches.ignored)
        walled = {"never": False, "always": True, "unordered": not ordered,
                  "filtered": not ordered or bool(filters)}[self.switches.wall]
        if walled and seen >= WALL and page:
            raise Refusal(self.switches.wall_status, "ArgumentError", self.switches.wall_text)

    def select(self, name, query, pairs):
        query = {key: value for key, value in query.items() if key not in self.switches.ignored}
        everything = list(self.firm.lists[name].values())
        found = everything
        if query.get("client_only") == "true":
            found = [r for r in found if r["is_client"]]
        if "type" in query:
            found = [r for r in found if r["type"] == query["type"]]
        for parameter, field in (("created_since", "_created"), ("updated_since", "_updated")):
            if parameter in query:
                bound = instant(query[parameter])
                cut = int if self.switches.since_cut else float
                if self.switches.since == "inclusive":
                    found = [r for r in found if cut(r[field]) >= bound]
                else:
                    found = [r for r in found if cut(r[field]) > bound]
        if name == "calendar_entries":
            # Overlap: ends on or after `from`, begins on or before `to`.
            if "from" in query:
                found = [r for r in found if r["_end"] >= instant(query["from"])]
            if "to" in query:
                found = [r for r in found if r["_start"] <= instant(query["to"])]
        if "ids[]" in query:
            wanted = {int(value) for key, value in pairs if key == "ids[]"}
            found = [r for r in found if int(r["id"]) in wanted]
        return list(found), everything

    def fields(self, name, text):
        wanted = {}
        for match in re.finditer(r"([a-z_]+)(?:\{([^{}]*)\})?(?:,|$)", text):
            wanted[match[1]] = match[2] and [part.strip() for part in match[2].split(",")]
        known = SPEC[name]["fields"]
        bad = self.switches.bad_fields.get(name, ())
        for field, inner in wanted.items():
            if field not in known or field in bad:
                raise Refusal(400, "BadRequest", self.switches.bad_text.format(field=field))
            for part in inner or ():
                if part not in SPEC_FIELDS(name, field) or "%s.%s" % (field, part) in bad:
                    raise Refusal(400, "BadRequest", self.switches.bad_text.format(field=part))
        return wanted

    def cut(self, record, fields):
        result = {}
        for field, inner in fields.items():
            value = record[field]
            if inner and isinstance(value, dict):
                value = {part: value[part] for part in inner if part in value}
            elif inner and isinstance(value, list):
                value = [{part: element[part] for part in inner} for element in value]
            result[field] = value
        if self.switches.text == "shuffled":
            items = list(result.items())
            self.random.shuffle(items)
            result = dict(items)
        return result

    def link(self, name, pairs, token):
        style = self.switches.next
        if style == "token":
            return "/api/v4/%s.json?page_token=%s&limit=%s" % (name, token, dict(pairs).get("limit", 200))
        pairs = list(pairs) + [("page_token", token)]
        if style == "reordered":
            pairs.reverse()
        safe = "(),{}:[]" if style == "literal" else ""
        text = urllib.parse.urlencode(pairs, quote_via=urllib.parse.quote, safe=safe)
        return "/api/v4/%s%s?%s" % (name, "" if style == "bare" else ".json", text)

    def meta(self, url, found, everything, page):
        if url and self.switches.next == "host":
            url = url.replace("http://localhost", "HTTP://LOCALHOST")
        meta = {}
        count = {"present": found, "absent": None, "saturating": min(found, WALL), "wrong": found + 17, "null": None,
                 "unfiltered": everything, "page": page, "low": max(0, found - 17), "text": str(found)}[self.switches.records]
        if count is not None or self.switches.records == "null":
            meta["records"] = count
        if url:
            meta["paging"] = {"next": url}
        elif self.switches.last == "paging":
            meta["paging"] = {}
        elif self.switches.last == "null":
            meta["paging"] = {"next": None, "previous": None}
        elif self.switches.last == "empty":
            meta["paging"] = {"next": ""}
        elif self.switches.last == "nothing":
            return None
        return meta

    def text(self, data, meta):
        answer = {"data": data} if meta is None else {"data": data, "meta": meta}
        style = self.switches.text
        if style == "front" and meta is not None:
            answer = {"meta": meta, "data": data}
        if style in ("pretty", "crlf"):
            text = json.dumps(answer, indent=2, ensure_ascii=False)
            return text.replace("\n", "\r\n") if style == "crlf" else text
        if style == "escaped":
            return json.dumps(answer).replace("/", "\\/")
        text = json.dumps(answer, ensure_ascii=False, separators=(",", ":"))
        return "\ufeff" + text if style == "bom" else text


def instant(text):
    """Seconds of an instant or a date."""
    moment = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


class Rate:
    """Clio's counter: one fixed window after another, not aligned to the minute."""

    def __init__(self, switches):
        self.switches = switches
        self.start = time.time() - random.Random(switches.seed).uniform(0, 0.8) * switches.window
        self.born = time.time()
        self.window, self.used, self.most = -1, 0, 0.0

    def limit(self):
        if isinstance(self.switches.limit, int):
            return self.switches.limit
        return [limit for since, limit in self.switches.limit if since <= time.time() - self.born][-1]

    def count(self):
        """Counts one request: whether it is within the limit, and the headers."""
        now = time.time()
        window = int((now - self.start) // self.switches.window)
        if window != self.window:
            self.window, self.used = window, 0
        self.used += 1
        end = self.start + (window + 1) * self.switches.window
        others = int(self.switches.others * (1 - (end - now) / self.switches.window))
        limit = self.limit()
        spent = self.used + others
        if isinstance(self.switches.limit, int):
            self.most = max(self.most, spent / limit)
        names = ["X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"]
        reset = {"ms": int(end * 1000), "fraction": "%.3f" % end, "relative": int(end - now) + 1}.get(
            self.switches.headers, int(end) + 1)
        values = [limit, max(0, limit - spent), reset]
        if self.switches.headers == "fraction":
            values[:2] = ["%d.0" % value for value in values[:2]]
        if self.switches.headers == "lower":
            names = [name.lower() for name in names]
        headers = [] if self.switches.headers == "absent" else list(zip(names, map(str, values)))
        return spent <= limit, headers, end - now


class Journal:
    """Every request, and what was wrong with it."""

    def __init__(self, switches):
        self.switches = switches
        self.lock = threading.Lock()
        self.wrongs = collections.Counter()
        self.examples = {}
        self.answered = collections.Counter()
        self.links = set()
        self.statuses = collections.Counter()
        self.connections = self.most_connections = 0
        self.need = collections.defaultdict(int)
        self.pages = self.counts = self.closings = 0
        self.troubled = set()

    def wrong(self, rule, example):
        with self.lock:
            self.wrongs[rule] += 1
            self.examples.setdefault(rule, example[:300])

    def connected(self, change):
        with self.lock:
            self.connections += change
            self.most_connections = max(self.most_connections, self.connections)
        if self.connections > 50:
            self.wrong("connections", str(self.connections))

    def examine(self, handler, host):
        target, headers = handler.path, handler.headers
        if not (headers.get("Authorization") or "").startswith("Bearer "):
            self.wrong("no bearer", target)
        if "cliosync" not in (headers.get("User-Agent") or ""):
            self.wrong("no user agent", str(headers.get("User-Agent")))
        if (headers.get("Host") or "").lower() != host:
            self.wrong("another host", str(headers.get("Host")))
        if "-token-" in urllib.parse.unquote(target):
            self.wrong("a secret in a URL", target)
        if target in self.links:
            return
        path, _, text = target.partition("?")
        record = RECORD.fullmatch(path)
        name = record[1] if record else path.split("/")[-1].removesuffix(".json")
        if name not in SPEC:
            if name not in ("who_am_i", "with_categories"):
                self.wrong("unknown path", path)
            return
        if record:
            if set(urllib.parse.parse_qs(text)) - {"fields"}:
                self.wrong("unknown parameter", target)
            return
        pairs = urllib.parse.parse_qsl(text, keep_blank_values=True)
        query = dict(pairs)
        for key, value in pairs:
            if key not in SPEC[name]["params"]:
                self.wrong("unknown parameter", "%s: %s" % (name, key))
            if value == "":
                self.wrong("empty parameter", "%s: %s" % (name, key))
        if len(query) != len({pair for pair in pairs if not pair[0].endswith("[]") or query[pair[0]] == pair[1]}):
            self.wrong("parameter twice", target)
        if "page_token" in query:
            self.wrong("a link was changed", target)
        if SPEC[name]["order"] is None:
            if "order" in query:
                self.wrong("unknown parameter", name + ": order")
        elif "order=id(asc)" not in text:
            self.wrong("no order=id(asc)", target)
        if not 1 <= int(query.get("limit", 0) or 0) <= SPEC[name]["limit"]:
            self.wrong("limit", target)
        fields = query.get("fields", "")
        if re.search(r"\{[^}]*\{", fields):
            self.wrong("two levels of braces", fields)
        for match in re.finditer(r"([a-z_]+)(?:\{([^{}]*)\})?", fields):
            if match[1] not in SPEC[name]["fields"]:
                self.wrong("unknown field", "%s: %s" % (name, match[1]))
            elif match[2] and set(match[2].split(",")) - set(SPEC_FIELDS(name, match[1])):
                self.wrong("unknown field", "%s: %s" % (name, match[0]))

    def count(self, target):
        query = dict(urllib.parse.parse_qsl(target.partition("?")[2]))
        small = query.get("limit", "1") == "1" or "updated_since" in query or "ids[]" in query
        kind = "counts" if small or "/who_am_i" in target else "pages"
        setattr(self, kind, getattr(self, kind) + 1)

    def note(self, target, status, is_whole):
        """An answer went out; whole answers need not be asked for again."""
        with self.lock:
            self.statuses[status] += 1
            if not is_whole:
                self.troubled.add(target)
            elif status == 200:
                self.count(target)
                query = dict(urllib.parse.parse_qsl(target.partition("?")[2]))
                self.answered[target] += 1
                # Two lists of one endpoint may look the same ids up, which brings no record.
                is_lookup = "ids[]" in query and query.get("fields") == "id" or RECORD.match(target)
                if self.answered[target] > 1 and query.get("limit") != "1" and "who_am_i" not in target:
                    if target not in self.troubled and not is_lookup:
                        self.wrongs["asked again"] += 1
                        self.examples.setdefault("asked again", target[:300])


# MARK: The server

class Double:
    """One Clio."""

    def __init__(self, switches):
        self.switches = switches
        self.firm = Firm(switches)
        self.lists = Lists(self.firm, switches)
        self.rate = Rate(switches)
        self.journal = Journal(switches)
        self.random = random.Random(switches.seed + 1)
        self.lock = threading.Lock()
        self.tokens = {TOKEN: (0, time.time())}
        self.refresh = REFRESH
        self.born = time.time()
        double = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True
            served = 0

            def setup(self):
                super().setup()
                double.journal.connected(1)

            def finish(self):
                double.journal.connected(-1)
                try:
                    super().finish()
                except OSError:
                    pass

            def log_message(self, *arguments):
                pass

            def do_GET(self):
                double.get(self)

            def do_POST(self):
                double.post(self)

        class Server(http.server.ThreadingHTTPServer):
            request_queue_size = 64
            daemon_threads = True

            def handle_error(self, request, address):
                if not isinstance(sys.exc_info()[1], OSError):
                    super().handle_error(request, address)

        self.server = Server(("127.0.0.1", 0), Handler)
        self.host = "localhost:%d" % self.server.server_port
        self.base = "http://" + self.host
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    # Answers.

    def send(self, handler, status, body=b"", headers=(), kind="application/json; charset=utf-8", cut=None):
        switches = self.switches
        handler.served += 1
        coding = None
        if body and switches.coding != "identity" and switches.coding in (handler.headers.get("Accept-Encoding") or ""):
            body, coding = gzip.compress(body, 1), "gzip"
        handler.send_response(status)
        for name, value in headers:
            handler.send_header(name, value)
        handler.send_header("Content-Type", kind)
        handler.send_header("X-API-VERSION", "4.0.13")
        handler.send_header("ETag", 'W/"%08x"' % (hash(body) & 0xFFFFFFFF))
        if coding:
            handler.send_header("Content-Encoding", coding)
        is_last = switches.framing == "close" or (switches.keep and handler.served >= switches.keep)
        if status in (204, 304):
            body = b""
        elif switches.framing == "chunked":
            handler.send_header("Transfer-Encoding", "chunked")
        elif switches.framing == "length":
            handler.send_header("Content-Length", str(len(body)))
        if is_last:
            handler.send_header("Connection", "close")
            handler.close_connection = True
        handler.end_headers()
        if cut is not None:
            handler.wfile.write(body[:int(len(body) * cut)])
            handler.wfile.flush()
            handler.close_connection = True
            handler.connection.shutdown(socket.SHUT_RDWR)
            return
        step = switches.drip or 1 << 16
        for at in range(0, len(body), step):
            piece = body[at:at + step]
            if switches.framing == "chunked" and status != 304:
                piece = b"%x\r\n%s\r\n" % (len(piece), piece)
            handler.wfile.write(piece)
            if switches.drip:
                handler.wfile.flush()
                time.sleep(0.01)
        if switches.framing == "chunked" and status not in (204, 304):
            handler.wfile.write(b"0\r\n\r\n")

    def send_json(self, handler, status, value, headers=()):
        self.send(handler, status, json.dumps(value).encode(), headers)

    def html(self, handler, status, headers=()):
        self.send(handler, status, b"<!DOCTYPE html><html><body><h1>%d</h1></body></html>" % status, headers, "text/html")

    def post(self, handler):
        form = dict(urllib.parse.parse_qsl(handler.rfile.read(int(handler.headers.get("Content-Length", 0))).decode()))
        if handler.path == "/double/judge":
            return self.send_json(handler, 200, Judge(self).verdict(form.get("database")))
        if handler.path == "/double/change":
            names = form.pop("kinds", ",".join(Firm.CHANGING)).split(",")
            if not set(names) <= set(Firm.CHANGING) or not all(value.isdigit() for value in form.values()):
                return self.send_json(handler, 400, {"error": "kinds, add, edit, delete, restore, seed"})
            return self.send_json(handler, 200, self.firm.order(names, **{name: int(form[name]) for name in form}))
        if handler.path != "/oauth/token":
            return self.html(handler, 404)
        if handler.headers.get("Authorization"):
            self.journal.wrong("bearer to /oauth/token", "")
        if (form.get("grant_type"), form.get("refresh_token"), form.get("client_id"), form.get("client_secret")) != (
                "refresh_token", self.refresh, CLIENT, SECRET):
            return self.send_json(handler, 401, {"error": "invalid_grant", "error_description": "no"})
        with self.lock:
            self.lists.renewals += 1
            token = "later-token-%d" % self.lists.renewals
            self.tokens = {token: (0, time.time())}
            answer = {"token_type": "bearer", "access_token": token,
                      "expires_in": self.switches.access_seconds or 2_592_000}
            if self.switches.refresh_token:
                self.refresh = answer["refresh_token"] = "refresh-token-%d" % self.lists.renewals
        self.send_json(handler, 200, answer)

    def unauthorized(self, handler):
        text = (handler.headers.get("Authorization") or "").removeprefix("Bearer ")
        with self.lock:
            if text not in self.tokens:
                is_dead = True
            else:
                used, born = self.tokens[text]
                self.tokens[text] = (used + 1, born)
                switches = self.switches
                is_dead = (switches.access_life and used >= switches.access_life) or (
                    switches.access_seconds and time.time() - born > switches.access_seconds)
        if not is_dead:
            return False
        if self.switches.unauthorized == "object":
            self.send_json(handler, 401, {"error": {"type": "UnauthorizedError", "message": "User is not authorized"}})
        else:
            self.send_json(
                handler, 401, {"error": "invalid_token", "error_description": "The access token provided is expired."},
                [("WWW-Authenticate", 'Bearer error="invalid_token"')])
        return True

    def get(self, handler):
        target, switches, journal = handler.path, self.switches, self.journal
        if switches.latency:
            time.sleep(switches.latency)
        journal.examine(handler, self.host)
        if switches.down and 0 <= time.time() - self.born - switches.down[0] < switches.down[1]:
            after = {"seconds": str(int(switches.down[0] + switches.down[1] - (time.time() - self.born)) + 1),
                     "date": email.utils.formatdate(self.born + sum(switches.down[:2]) + 1, usegmt=True)}
            journal.note(target, 503, False)
            return self.html(handler, 503, [("Retry-After", after.get(switches.down[2], switches.down[2]))])
        if self.unauthorized(handler):
            return journal.note(target, 401, False)
        with self.lock:
            fits, headers, left = self.rate.count()
            fault = next((name for name, chance in switches.faults.items() if self.random.random() < chance), None)
        # That would be the answer about another user.
        if fault == "object" and "who_am_i" in target:
            fault = None
        if not fits:
            journal.wrong("over the limit", target)
        if not fits or fault == "429":
            journal.note(target, 429, False)
            return self.limited(handler, headers, left)
        if fault and self.fault(handler, fault, headers):
            return journal.note(target, 0, False)
        path, _, text = target.partition("?")
        record = RECORD.fullmatch(path)
        name = record[1] if record else path.split("/")[-1].removesuffix(".json")
        pairs = urllib.parse.parse_qsl(text)
        if name == "who_am_i":
            return self.whoami(handler, headers)
        if switches.redirect and name in switches.redirect:
            where = "/api/v4/practice_areas/with_categories.json?" + text
            journal.note(target, 307, False)
            journal.links.add(where)
            return self.send(handler, 307, b"", headers + [
                ("Location", where if switches.redirect[name] == "path" else self.base + where)])
        name = "practice_areas" if name == "with_categories" else name
        if name not in SPEC:
            return self.send_json(handler, 404, {"error": {"type": "NotFound", "message": "not found"}}, headers)
        if name in switches.forbidden:
            journal.note(target, 403, True)
            how = switches.forbidden[name]
            if how == "html":
                return self.html(handler, 403, headers)
            body = {"error": {"type": "ForbiddenError", "message": "User is forbidden from taking that action"}}
            return self.send(handler, 403, b"" if how == "empty" else json.dumps(body).encode(), headers)
        try:
            if record:
                text, following = self.lists.single(name, int(record[2]), dict(pairs)), None
            else:
                text, following = self.lists.answer(name, pairs, self.base)
        except Refusal as refusal:
            journal.note(target, refusal.status, True)
            return self.send_json(handler, refusal.status, refusal.body, headers)
        if following:
            journal.links.add(following)
        body = text.encode("utf-8")
        if fault in ("short", "corrupt"):
            journal.note(target, 0, False)
            if fault == "short":
                return self.send(handler, 200, body, headers, cut=0.6)
            return self.send(handler, 200, body[:len(body) * 2 // 3], headers)
        journal.note(target, 200, True)
        self.send(handler, 200, body, headers)
        if switches.changes and self.lists.served % switches.changes == 0:
            self.firm.change()

    def whoami(self, handler, headers):
        self.journal.note(handler.path, self.switches.whoami, True)
        if self.switches.whoami == 403:
            body = {"error": {"type": "ForbiddenError", "message": "Your plan does not include this"}}
            return self.send_json(handler, 403, body, headers)
        user = next(iter(self.firm.lists["users"].values()))
        self.send_json(handler, 200, {"data": {"id": user["id"], "etag": user["etag"], "name": user["name"]}}, headers)

    def limited(self, handler, headers, left):
        after = {"seconds": str(int(left) + 1), "zero": "0", "fraction": "%.2f" % left,
                 "date": email.utils.formatdate(time.time() + min(left, 3) + 1, usegmt=True), "missing": None,
                 "one": "1"}[self.switches.retry_after]
        headers = [] if self.switches.bare_429 else headers
        if after is not None:
            headers = headers + [("Retry-After", after)]
        message = "Rate limit of %d exceeded. Retry in %d seconds." % (self.rate.limit(), left)
        self.send_json(handler, 429, {"error": {"type": "RateLimited", "message": message}}, headers)

    def fault(self, handler, fault, headers):
        """Sends what a bad moment brings; false when the page itself is to be spoiled."""
        if fault in ("short", "corrupt"):
            return False
        if fault.isdigit():
            if fault == "304":
                self.send(handler, 304, b"", headers)
            else:
                self.html(handler, int(fault))
        elif fault == "disguised":
            inner = base64.b64encode(b'{"error": {"type": "RateLimited", "message": "Rate limit of 50 exceeded."}}')
            self.send_json(handler, 200, {"metadata": {"encodingDecoded": "text/plain"}, "data": inner.decode()})
        elif fault == "html":
            self.html(handler, 200, headers)
        elif fault == "nothing":
            self.send(handler, 200, b"", headers)
        elif fault == "reset":
            handler.close_connection = True
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            handler.connection.close()
        elif fault == "object":
            self.send_json(handler, 200, {"data": {"id": 1}}, headers)
        elif fault == "error200":
            self.send_json(handler, 200, {"error": {"type": "InternalError", "message": "oops"}}, headers)
        return True


# MARK: The judge

# Tables of lists, and what is not called as Clio calls it.
TABLES = {"users": "users", "practice_areas": "practice_areas", "matters": "matters", "contacts": "contacts",
          "calendar_entries": "calendar_entries", "tasks": "tasks", "documents": "documents", "time_entries": "activities"}
RENAMED = {
    ("calendar_entries", "event_type_"): "calendar_entry_event_type.",
    ("matters", "attorney_allocation_originating"): "attorney_allocation.originating_attorney_allocation",
    ("matters", "attorney_allocation_responsible"): "attorney_allocation.responsible_attorney_allocation",
    ("documents", "parent_is_root"): "parent.root",
    ("documents", "version_number"): "latest_document_version.version_number",
    ("documents", "version_creator_id"): "latest_document_version.creator.id",
    ("documents", "version_"): "latest_document_version.",
    ("custom_field_values", "value_matter_id"): "matter.id",
    ("custom_field_values", "value_contact_id"): "contact.id",
    ("split_invoice_payers", "payer_matter_id"): "matter_id",
    ("activity_rates", "rate_contact_id"): "contact_id",
}
# Child tables are called PARENT_LIST; these are not.
CHILDREN = {"matter_custom_field_sets": "custom_field_set_associations", "matter_bill_recipients": "matter_bill_recipients",
            "contact_custom_field_sets": "custom_field_set_associations",
            "matter_task_template_lists": "task_template_list_instances"}
# Identities of calendar entries are text, whatever Clio sends.
TEXT = {("calendar_entries", "parent_calendar_entry_id"), ("calendar_entries", "id"), ("activities", "calendar_entry.id")}


class Judge:
    """Compares the database with the firm, and what was asked with what had to be."""

    def __init__(self, double, settled=False):
        # Whether nothing changed since the last command began, so that what is deleted must be gone and what is new be there.
        self.settled = settled
        self.firm, self.journal, self.switches = double.firm, double.journal, double.switches
        self.double = double
        self.problems = collections.Counter()
        self.examples = {}
        self.cells = 0

    def problem(self, what, example):
        self.problems[what] += 1
        self.examples.setdefault(what, example[:300])

    def verdict(self, database):
        if database:
            connection = sqlite3.connect("file:%s?mode=ro" % database, uri=True)
            connection.row_factory = sqlite3.Row
            names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            for table, name in TABLES.items():
                self.table(connection, table, name, [n for n in names if n.startswith(CHILD_PREFIX(table))])
            # A text of nothing but blanks counts as missing where one is required.
            for row in connection.execute(
                "SELECT entity, rule, path, count(*) AS n FROM flagged_violations"
                " WHERE NOT (rule = 'required' AND typeof(value) = 'text' AND trim(value) = '') GROUP BY 1, 2, 3"
            ):
                unclean = (self.switches.forbidden and row["rule"] == "reference"
                           or "type" in self.switches.ignored and row["path"] == "type")
                if not unclean:
                    self.problem("healthy records are flagged", "%s %s %s: %d" % tuple(row))
        self.economy()
        journal = self.journal
        return {
            "requests": dict(journal.wrongs), "request_examples": journal.examples,
            "database": dict(self.problems), "database_examples": self.examples, "cells": self.cells,
            "statuses": {str(key): count for key, count in journal.statuses.items()},
            "pages": journal.pages, "need": self.need, "counts": journal.counts,
            "connections": journal.most_connections, "most_of_limit": round(self.double.rate.most, 3)}

    def economy(self):
        """No more than what the lists need, and a few for seams, counts and closing passes."""
        self.need = 0
        for table, name in list(TABLES.items()) + [("contacts", "contacts")]:
            count = len(self.wanted(name))
            if table == "contacts" and self.need == 0:
                count = sum(record["is_client"] for record in self.firm.lists["contacts"].values())
            self.need += max(1, -(-count // self.size(name)))
        if self.journal.pages > self.need * 1.02 + 16:
            self.journal.wrong("too many pages", "%d pages, %d needed" % (self.journal.pages, self.need))
        if self.journal.counts > 60 + (self.need if self.settled else 0):
            self.journal.wrong("too many counts", str(self.journal.counts))

    def size(self, name):
        limits = [int(query.get("limit", 0)) for target in self.journal.answered
                  for query in [dict(urllib.parse.parse_qsl(target.partition("?")[2]))]
                  if "/%s.json" % name in target and "ids[]" not in query]
        return max(limits, default=200) or 200

    def wanted(self, name):
        records = self.firm.lists[name].values()
        return [r for r in records if name != "activities" or r["type"] == "TimeEntry"]

    def table(self, connection, table, name, children):
        if name in self.switches.forbidden:
            return
        if connection.execute("SELECT count(*) FROM sqlite_master WHERE name = ?", (table,)).fetchone()[0] == 0:
            return self.problem("%s: no table" % table, "")
        rows = {int(row["id"]): row for row in connection.execute('SELECT * FROM "%s"' % table)}
        wanted = {int(record["id"]): record for record in self.wanted(name)}
        last = self.double.lists.asked.get(name, 0)
        late = {int(r["id"]) for r in wanted.values() if r.get("_changed", 0) >= last and r.get("_changed")}
        if self.settled:
            late = set()
        missing, extra = set(wanted) - set(rows) - late, set(rows) - set(wanted)
        if not self.settled:
            extra -= self.firm.deleted[name]
        if missing:
            self.problem("%s: rows are missing" % table, "%d, such as %s" % (len(missing), min(missing)))
        if extra:
            self.problem("%s: rows are too many" % table, "%d, such as %s" % (len(extra), min(extra)))
        compared = [number for number in wanted if number in rows and number not in late]
        for number in compared:
            self.row(table, name, SPEC[name]["fields"], wanted[number], rows[number], name)
        for child in children:
            self.children(connection, table, name, child, {number: wanted[number] for number in compared})

    def children(self, connection, table, name, child, records):
        field = CHILDREN.get(child, child[len(CHILD_PREFIX(table)):])
        parent = CHILD_PREFIX(table) + "id"
        lines = collections.defaultdict(list)
        for row in connection.execute('SELECT * FROM "%s" ORDER BY "%s", position' % (child, parent)):
            lines[int(row[parent])].append(row)
        for number, record in records.items():
            elements = [] if field in self.bad(name) else record[field] or []
            if len(lines[number]) != len(elements):
                self.problem("%s: wrong number" % child, "%d for %d of %s" % (len(lines[number]), len(elements), number))
                continue
            for element, row in zip(elements, lines[number]):
                self.row(child, field, SPEC_FIELDS(name, field), element, row, None, (parent, "position"))

    def bad(self, name):
        return self.switches.bad_fields.get(name, ())

    def row(self, table, name, fields, record, row, owner, ours=()):
        for column in row.keys():
            if column in ours:
                continue
            path = self.path(name, fields, column)
            if path is None:
                self.problem("a column of no field", "%s.%s" % (table, column))
                continue
            keys = path.split(".")
            kind = fields[keys[0]]
            value = record.get(keys[0])
            for key in keys[1:]:
                kind = kind.get(key) if isinstance(kind, dict) else "i"
                value = None if value is None else value.get(key)
            if owner and (keys[0] in self.bad(owner) or path in self.bad(owner)):
                value = None
            if not self.same(kind, (owner, path) in TEXT, value, row[column]):
                self.problem("%s.%s" % (table, column), "%s: %r is %r" % (record.get("id"), value, row[column]))
            self.cells += 1

    def path(self, name, fields, column):
        for (owner, begin), path in RENAMED.items():
            if owner == name and (column == begin or (begin.endswith("_") and column.startswith(begin))):
                return path if column == begin else path + column[len(begin):]
        if column in fields:
            return column
        for field, kind in sorted(fields.items(), key=lambda item: -len(item[0])):
            if column.startswith(field + "_"):
                rest = column[len(field) + 1:]
                if isinstance(kind, dict) and rest in kind or kind == "{}":
                    return "%s.%s" % (field, rest)
        return None

    @staticmethod
    def same(kind, is_text, value, found):
        if value is None or found is None:
            return value is None and found is None
        if is_text:
            return found == str(value)
        if kind == "t":
            moment = datetime.datetime.fromisoformat(value.replace("Z", "+00:00")).astimezone(UTC)
            return found == moment.strftime("%Y-%m-%dT%H:%M:%SZ")
        if kind == "b":
            return found == int(value) and isinstance(found, int)
        if kind == "n":
            return isinstance(found, float) and found == float(value)
        if isinstance(value, str):
            return found == value
        if isinstance(value, int) and not isinstance(value, bool) and kind == "i":
            return found == value
        return json.loads(found) == value if isinstance(found, str) else found == value


def CHILD_PREFIX(table):
    return {"matters": "matter_", "contacts": "contact_", "calendar_entries": "calendar_entry_", "tasks": "task_",
            "documents": "document_"}.get(table, table + "__")


# MARK: Variants

# What is done: settings of the double, and what is expected of the product where it is not a complete run.
#   exit: exit codes; refresh: those of the refresh after it, refresh_allow: rules that it may break; allow: rules of the journal that may be broken, by the variant's nature; environment, arguments: the run's;
#   says: what the product must say; database: False where it cannot be complete.
LARGE = {"sizes": {"calendar_entries": 11_500, "activities": 12_500, "contacts": 300, "matters": 300}, "sparse": True}
PAGED = {name: "50" for name in ("MATTERS", "CONTACTS", "CALENDAR", "TASKS", "DOCUMENTS", "TIME_ENTRIES")}
SMALL_PAGES = {"SYNC_BATCH_SIZE_" + name: value for name, value in PAGED.items()}
RENEWAL = {"CLIO_REFRESH_TOKEN": REFRESH, "CLIO_CLIENT_ID": CLIENT, "CLIO_CLIENT_SECRET": SECRET}


def variant(switches, **expectations):
    return switches, expectations


VARIANTS = {"plain": variant({})}
for _count in ("absent", "saturating", "wrong", "low", "unfiltered", "null", "page", "text"):
    VARIANTS["records-" + _count] = variant({"records": _count})
    VARIANTS["large-records-" + _count] = variant(dict(LARGE, records=_count))
# Where more is counted than there is, a refresh says that something is open.
for _name in ("records-wrong", "large-records-wrong", "records-unfiltered", "large-records-unfiltered"):
    VARIANTS[_name][1].update(refresh=[0, 3], refresh_allow=["asked again", "too many counts", "too many pages"])
for _next in ("literal", "bare", "reordered", "host", "token"):
    VARIANTS["next-" + _next] = variant({"next": _next}, environment=SMALL_PAGES)
for _last in ("paging", "nothing", "null", "empty"):
    VARIANTS["last-" + _last] = variant({"last": _last})
for _text in ("pretty", "crlf", "bom", "escaped", "shuffled", "front"):
    VARIANTS["text-" + _text] = variant({"text": _text})
for _ids in ("shuffled", "huge", "jittered"):
    VARIANTS["ids-" + _ids] = variant({"ids": _ids}, environment=SMALL_PAGES)
for _times in ("Z", "offset", "fraction"):
    VARIANTS["times-" + _times] = variant({"times": _times})
for _wall in ("filtered", "always", "never", "unordered"):
    VARIANTS["wall-" + _wall] = variant(dict(LARGE, wall=_wall))
    VARIANTS["wall-%s-absent" % _wall] = variant(dict(LARGE, wall=_wall, records="absent"))
VARIANTS["wall-shuffled"] = variant(dict(LARGE, wall="always", ids="jittered"))
VARIANTS["wall-exclusive"] = variant(dict(LARGE, wall="always", since="exclusive", since_cut=True))
VARIANTS["wall-400"] = variant(dict(LARGE, wall="always", wall_status=400))
VARIANTS["wall-text"] = variant(dict(LARGE, wall="always", wall_text="The page_token is out of bounds"))
VARIANTS["wall-400-absent"] = variant(dict(LARGE, wall="always", wall_status=400, records="absent"))
VARIANTS["wall-404-shuffled"] = variant(dict(LARGE, wall="always", wall_status=404, records="absent", ids="jittered"))
VARIANTS["wall-no-since"] = variant(
    dict(LARGE, wall="always", ignored=("created_since",)), exit=[3], database=False, says="nothing leads past it",
    allow=["asked again"])
VARIANTS["wall-no-windows"] = variant(
    dict(LARGE, ignored=("from", "to")), exit=[3], database=False, says="cannot be cut in time",
    allow=["asked again"])
# Without counts a list is walked to its wall before it is cut.
for _name in list(VARIANTS):
    if re.search("large|wall", _name) and VARIANTS[_name][0].get("records") in (
            "absent", "null", "text", "page", "unfiltered", "saturating", "wrong"):
        VARIANTS[_name][1]["allow"] = ["too many pages", "asked again"]
for _status, _words in ((422, "page_token is now out of bounds and cannot be used."), (400, "Invalid page_token"),
                        (404, "Page not found"), (410, "Gone")):
    VARIANTS["token-expires-%d" % _status] = variant(
        {"token_life": 40, "token_status": _status, "token_text": _words}, environment=SMALL_PAGES,
        allow=["too many pages", "asked again"])
VARIANTS["token-lost-in-renewal"] = variant(
    {"access_life": 60, "token_after_refresh": False}, environment=dict(SMALL_PAGES, **RENEWAL),
    allow=["too many pages", "asked again"])
VARIANTS["since-exclusive"] = variant({"since": "exclusive"}, environment=SMALL_PAGES)
VARIANTS["since-seconds"] = variant({"since": "exclusive", "since_cut": True}, environment=SMALL_PAGES)
for _ignored in ("created_since", "updated_since", "client_only", "type", "from"):
    VARIANTS["ignored-" + _ignored] = variant({"ignored": (_ignored,)}, environment=SMALL_PAGES)
for _refused in ("created_since", "updated_since"):
    VARIANTS["refused-" + _refused] = variant({"refused_parameters": (_refused,)}, environment=SMALL_PAGES)
VARIANTS["refused-order"] = variant({"refused_parameters": ("order",)}, exit=[3], database=False, says="order is not")
VARIANTS["latency-chains"] = variant(
    {"latency": 0.3, "limit": 6000, "since": "exclusive", "sizes": {"documents": 6000, "activities": 6000}, "sparse": True})
VARIANTS["latency-chains-ignored"] = variant(
    {"latency": 0.3, "limit": 6000, "ignored": ("created_since",), "sizes": {"documents": 6000}, "sparse": True})
VARIANTS["latency-chains-jittered"] = variant(
    {"latency": 0.3, "limit": 6000, "ids": "jittered", "sizes": {"documents": 6000, "activities": 6000}, "sparse": True})
# A closing pass may be needed twice, and a list whose pages shifted is walked again for its ids.
CHANGING = {"environment": SMALL_PAGES, "allow": ["too many pages", "too many counts", "asked again"]}
VARIANTS["changing"] = variant({"changes": 2}, **CHANGING)
VARIANTS["changing-keeps"] = variant({"changes": 2, "deletes": False}, **CHANGING)
VARIANTS["changing-sweep"] = variant({"changes": 2}, **CHANGING, arguments=["--sweep"])
for _shape in ("string", "object"):
    VARIANTS["renewal-" + _shape] = variant(
        {"access_life": 9, "unauthorized": _shape}, environment=dict(SMALL_PAGES, **RENEWAL))
    VARIANTS["no-renewal-" + _shape] = variant(
        {"access_life": 9, "unauthorized": _shape}, exit=[4], database=False, says="CLIO_ACCESS_TOKEN")
VARIANTS["renewal-new-refresh"] = variant(
    {"access_life": 9, "refresh_token": True}, environment=dict(SMALL_PAGES, **RENEWAL))
VARIANTS["renewal-seconds"] = variant(
    {"access_seconds": 1, "latency": 0.05}, environment=dict(SMALL_PAGES, **RENEWAL))
for _body in ("error", "html", "empty"):
    VARIANTS["forbidden-" + _body] = variant(
        {"forbidden": {"tasks": _body}}, exit=[3], says="tasks", database=True)
VARIANTS["whoami-403"] = variant({"whoami": 403})
for _name, _words in (("named", "The field {field} is not valid."), ("quoted", "Invalid field: '{field}'"),
                      ("silent", "Bad Request"), ("misleading", "id, etag and name are fields; something is not")):
    VARIANTS["field-" + _name] = variant(
        {"bad_fields": {"matters": ("legal_aid_uk_matter", "client.prefix"), "tasks": ("permission",)}, "bad_text": _words},
        says="permission")
for _headers in ("absent", "lower", "ms", "fraction", "relative"):
    VARIANTS["headers-" + _headers] = variant(
        {"headers": _headers, "limit": 40, "window": 60.0}, environment={"SYNC_BATCH_SIZE_TIME_ENTRIES": "100"})
VARIANTS["headers-absent"][0]["limit"] = 50
VARIANTS["limit-changes"] = variant(
    {"limit": [(0, 50), (20, 300), (70, 50)]}, environment=SMALL_PAGES)
VARIANTS["limit-others"] = variant({"limit": 60, "others": 20}, environment={"SYNC_BATCH_SIZE_TIME_ENTRIES": "100"})
for _after in ("seconds", "zero", "date", "missing", "fraction", "one"):
    VARIANTS["429-" + _after] = variant(
        {"faults": {"429": 0.02}, "retry_after": _after, "window": 5.0, "seed": 4}, environment=SMALL_PAGES)
VARIANTS["429-bare"] = variant({"faults": {"429": 0.03}, "retry_after": "missing", "bare_429": True, "window": 5.0})
VARIANTS["disguised"] = variant({"faults": {"disguised": 0.03}})
for _fault in ("500", "502", "503", "504", "304", "403", "408", "451", "520", "html", "nothing", "reset", "short", "corrupt", "object",
               "error200"):
    VARIANTS["fault-" + _fault] = variant({"faults": {_fault: 0.05}}, environment=SMALL_PAGES)
for _after in ("seconds", "date", "120"):
    VARIANTS["down-" + _after] = variant({"down": (2, 120, _after), "latency": 0.2}, environment=SMALL_PAGES)
for _coding in ("identity", "gzip"):
    for _framing in ("length", "chunked", "close"):
        VARIANTS["%s-%s" % (_coding, _framing)] = variant({"coding": _coding, "framing": _framing})
VARIANTS["keep-3"] = variant({"keep": 3}, environment=SMALL_PAGES)
VARIANTS["keep-1"] = variant({"keep": 1}, environment=SMALL_PAGES)
VARIANTS["drip"] = variant({"drip": 700, "coding": "gzip", "sparse": True})
VARIANTS["bulk"] = variant({"bulk": 100_000, "sizes": {"documents": 420, "activities": 420}, "coding": "identity"})
VARIANTS["redirect-path"] = variant({"redirect": {"practice_areas": "path"}})
VARIANTS["redirect-url"] = variant({"redirect": {"practice_areas": "url"}})
VARIANTS["users-many"] = variant({"sizes": {"users": 2600}, "sparse": True})
VARIANTS["empty"] = variant({"sizes": dict.fromkeys(SIZES, 0) | {"users": 1}})
VARIANTS["exact"] = variant({"sizes": dict.fromkeys(SIZES, 400) | {"users": 2000}, "sparse": True})
# Several of these on one day: what the tests run.
VARIANTS["day-words"] = variant(
    {"text": "bom", "next": "literal", "last": "null", "records": "unfiltered", "framing": "chunked", "coding": "identity",
     "keep": 3, "redirect": {"practice_areas": "url"}, "whoami": 403, "headers": "fraction", "times": "fraction"},
    # Chains are parted by counts, which are wrong here, so that the list is walked again in one.
    environment=SMALL_PAGES, allow=["too many pages", "asked again"])
VARIANTS["day-links"] = variant(
    {"text": "crlf", "next": "token", "records": "absent", "last": "nothing", "ids": "shuffled", "since": "exclusive",
     "since_cut": True, "times": "offset", "headers": "ms", "framing": "close"}, environment=SMALL_PAGES)
VARIANTS["day-ids"] = variant(
    {"ids": "huge", "text": "shuffled", "next": "host", "last": "empty", "headers": "lower",
     "refused_parameters": ("created_since",), "ignored": ("updated_since",), "latency": 0.1, "limit": 6000},
    environment=SMALL_PAGES)
VARIANTS["day-trouble"] = variant(
    {"faults": dict.fromkeys(("500", "304", "403", "html", "reset", "short", "corrupt", "nothing", "error200"), 0.01),
     "text": "escaped", "next": "reordered", "seed": 5}, environment=SMALL_PAGES)
VARIANTS["day-tokens"] = variant(
    {"access_life": 60, "refresh_token": True, "unauthorized": "object", "token_after_refresh": False, "token_status": 400,
     "token_text": "Invalid page_token", "next": "bare"}, environment=dict(SMALL_PAGES, **RENEWAL),
    allow=["too many pages", "asked again"])
VARIANTS["day-walls"] = variant(
    {"sizes": {"calendar_entries": 10_400, "activities": 11_500, "contacts": 200, "matters": 200, "tasks": 200,
               "documents": 200}, "sparse": True, "wall": "filtered", "records": "saturating", "ids": "jittered"},
    allow=["too many pages"])
VARIANTS["day-changes"] = variant({"changes": 2, "records": "low", "seed": 3}, **CHANGING)
VARIANTS["day-refusals"] = variant(
    {"forbidden": {"documents": "html"}, "bad_text": "Bad Request",
     "bad_fields": {"matters": ("legal_aid_uk_matter", "client.prefix"), "tasks": ("permission",)}}, exit=[3], says="documents")
VARIANTS["day-down"] = variant({"down": (0.5, 8, "seconds"), "latency": 0.05}, environment=SMALL_PAGES)

# A page that holds what was not asked for is asked for again, until it is plain that the filter has no effect.
for _switches, _expected in VARIANTS.values():
    if "ignored" in _switches and "asked again" not in _expected.get("allow", []):
        _expected["allow"] = _expected.get("allow", []) + ["asked again"]


def refresh(cliosync, folder, environment, double, expected):
    """Changes the firm, brings the database up to date and judges again: what went wrong."""
    double.journal = Journal(double.switches)
    blind = "updated_since" in double.switches.ignored + double.switches.refused_parameters
    double.firm.order(Firm.CHANGING, add=3, edit=0 if blind else 6, delete=4, seed=double.switches.seed)
    run = subprocess.run(
        [cliosync, "refresh", "--json", "--no-progress"], cwd=folder, env=environment, capture_output=True, text=True,
        timeout=240)
    verdict = Judge(double, settled=not double.switches.changes).verdict(folder + "/databases/default.sqlite")
    wrong = []
    if run.returncode not in expected.get("refresh", [0]):
        wrong.append("exit code %d: %s" % (run.returncode, run.stderr[-300:]))
    wrong += ["%s (%d): %s" % (what, count, verdict["database_examples"][what]) for what, count in verdict["database"].items()]
    wrong += ["requests: %s (%d): %s" % (what, count, verdict["request_examples"][what])
              for what, count in verdict["requests"].items()
              if what not in expected.get("allow", []) + expected.get("refresh_allow", [])]
    return ["refresh: " + line for line in wrong]


def attempt(cliosync, pipelines, name):
    """Runs the product against a variant: what went wrong, and what was seen."""
    switches, expected = VARIANTS[name]
    double = Double(Switches(switches))
    folder = tempfile.mkdtemp(prefix="other-clio-")
    environment = {"PATH": "/usr/bin:/bin", "HOME": folder, "XDG_CONFIG_HOME": folder + "/config", "TMPDIR": folder,
                   "XDG_RUNTIME_DIR": folder, "LANG": "C.UTF-8", "CLIO_BASE_URL": double.base, "CLIO_ACCESS_TOKEN": TOKEN}
    environment.update(expected.get("environment", {}))
    wrong = []
    started = time.time()
    try:
        shutil.copytree(pipelines, folder + "/pipelines")
        run = subprocess.run(
            [cliosync, "run", "--json", "--no-progress"] + expected.get("arguments", []), cwd=folder, env=environment,
            capture_output=True, text=True, timeout=240)
        if run.returncode not in expected.get("exit", [0]):
            wrong.append("exit code %d" % run.returncode)
        try:
            report = json.loads(run.stdout)
            if run.returncode == 0 and not report["verify"]["ok"]:
                wrong.append("verify is not ok")
            if run.returncode not in expected.get("exit", [0]):
                wrong += ["check: %s" % check for check in (report.get("verify") or {}).get("checks", []) if not check["ok"]]
                wrong += ["issue: %s" % issue for issue in report.get("issues", [])]
        except (ValueError, KeyError, TypeError):
            wrong.append("no report")
        if expected.get("says", "") not in run.stderr:
            wrong.append("does not say " + expected["says"])
        if "Traceback" in run.stderr or TOKEN in run.stderr:
            wrong.append("says what it should not")
        database = folder + "/databases/default.sqlite"
        compared = expected.get("database", True) and os.path.exists(database)
        verdict = Judge(double).verdict(database if compared else None)
        wrong += ["database: %s (%d): %s" % (what, count, verdict["database_examples"][what])
                  for what, count in verdict["database"].items()]
        wrong += ["requests: %s (%d): %s" % (what, count, verdict["request_examples"][what])
                  for what, count in verdict["requests"].items() if what not in expected.get("allow", ())]
        if compared and run.returncode == 0:
            wrong += refresh(cliosync, folder, environment, double, expected)
        verdict["report"] = run.stdout
        verdict["seconds"] = round(time.time() - started, 1)
        verdict["stderr"] = [line for line in run.stderr.splitlines() if not line.startswith("progress:")]
        return wrong, verdict
    except subprocess.TimeoutExpired:
        verdict = Judge(double).verdict(None)
        verdict.update(seconds=time.time() - started, stderr=[])
        return ["it does not end"], verdict
    finally:
        double.server.shutdown()
        if os.environ.get("KEEP"):
            print("    kept " + folder)
        else:
            shutil.rmtree(folder, ignore_errors=True)


def main(arguments):
    if arguments[:1] == ["list"]:
        print("\n".join(VARIANTS))
    elif arguments[:1] == ["serve"] and len(arguments) == 2:
        double = Double(Switches(VARIANTS[arguments[1]][0]))
        print("listening on " + double.base, flush=True)
        threading.Event().wait()
    elif arguments[:1] == ["expect"] and len(arguments) == 2:
        expected = {"exit": [0], "environment": {}, "arguments": [], "says": ""}
        print(json.dumps(expected | VARIANTS[arguments[1]][1]))
    elif arguments[:1] == ["judge"] and len(arguments) == 3:
        form = urllib.parse.urlencode({"database": os.path.abspath(arguments[2])}).encode()
        print(urllib.request.urlopen(arguments[1] + "/double/judge", form).read().decode())
    elif arguments[:1] == ["try"] and len(arguments) > 3:
        failed = 0
        for name in arguments[3:]:
            wrong, verdict = attempt(arguments[1], arguments[2], name)
            failed += bool(wrong)
            print("%s %s: %.1f s, %d pages for %d, %d counts, %d connections, %s, %d cells" % (
                "WRONG" if wrong else "fine ", name, verdict["seconds"], verdict["pages"], verdict["need"], verdict["counts"],
                verdict["connections"], verdict["statuses"], verdict["cells"]), flush=True)
            for line in wrong[:12]:
                print("    " + line[:400], flush=True)
            if wrong or os.environ.get("VERBOSE"):
                print("    " + "\n    ".join(verdict["stderr"][-int(os.environ.get("LINES_SHOWN", 12)):]), flush=True)
        sys.exit(1 if failed else 0)
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
