"""Whose records lie where: owners.py ADDRESS TOKEN_A TOKEN_B CONNECTION [CONNECTION...], in the sandbox's folder.

Reads all records of two accounts, then every raw line and every row of each connection, and prints a line
`CONNECTION files=A rows=A`, with `A`, `B`, `-` for nothing, or `AB` where both are in it. A record is told by its id and
the moment of its creation.
"""
import datetime, gzip, json, pathlib, sqlite3, sys, urllib.parse, urllib.request

ADDRESS, TOKENS, CONNECTIONS = sys.argv[1], sys.argv[2:4], sys.argv[4:]
KINDS = ["matters", "contacts", "calendar_entries", "tasks", "documents", "activities"]
TABLES = ["matters", "contacts", "calendar_entries", "tasks", "documents", "time_entries"]


def moment(text):
    return int(datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp())


def records(token, kind):
    query = {"fields": "id,created_at", "limit": "200", "order": "id(asc)"}
    url = f"{ADDRESS}/api/v4/{kind}.json?{urllib.parse.urlencode(query)}"
    while url:
        request = urllib.request.Request(url, headers={"Authorization": "Bearer " + token})
        answer = json.load(urllib.request.urlopen(request))
        yield from answer["data"]
        url = answer.get("meta", {}).get("paging", {}).get("next")


owners = {}
for name, token in zip("AB", TOKENS):
    for kind in KINDS:
        for record in records(token, kind):
            owners.setdefault((str(record["id"]), moment(record["created_at"])), set()).add(name)


def who(pairs):
    found = set()
    for pair in pairs:
        owner = owners.get(pair, set())
        if len(owner) == 1:
            found |= owner
    return "".join(sorted(found)) or "-"


def lines(connection):
    for path in pathlib.Path("staging", connection).rglob("*.ndjson.gz"):
        if "/clean/" in str(path) or "/flagged/" in str(path) or "/.generations/" in str(path):
            continue
        try:
            content = gzip.open(path, "rb").read()
        except (EOFError, OSError):
            continue
        for line in content.splitlines():
            record = json.loads(line)
            if record.get("created_at"):
                yield (str(record["id"]), moment(record["created_at"]))


def rows(connection):
    path = f"databases/{connection}.sqlite"
    if not pathlib.Path(path).exists():
        return
    database = sqlite3.connect(path)
    there = {name for (name,) in database.execute("SELECT name FROM sqlite_schema")}
    for table in TABLES:
        if table in there:
            for key, created in database.execute(f"SELECT id, created_at FROM {table} WHERE created_at IS NOT NULL"):
                yield (str(key), moment(created))


for connection in CONNECTIONS:
    print(f"{connection} files={who(lines(connection))} rows={who(rows(connection))}")
