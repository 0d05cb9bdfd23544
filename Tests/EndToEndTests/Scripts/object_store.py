"""An object store for tests, in memory: object_store.py. Listings, conditional writes and deletes of the S3 API.

After GET /control/hold, PUTs of files wait until GET /control/release; GET /control/held says how many wait.
After GET /control/down, requests are answered with 503 or not at all until GET /control/up.
"""

import hashlib
import hmac
import http.server
import threading
import time
import urllib.parse
from xml.sax.saxutils import escape

objects: dict[str, bytes] = {}
stored: dict[str, str] = {}
lock = threading.Lock()
free = threading.Event()
free.set()
held = 0
is_down = False
refused = 0


def etag(data: bytes) -> str:
    return '"' + hashlib.md5(data, usedforsecurity=False).hexdigest() + '"'


def signature(request: http.server.BaseHTTPRequestHandler, names: str, scope: str) -> str:
    """AWS Signature Version 4, from what was received."""
    path, _, query = request.path.partition("?")
    headers = "".join(f"{name}:{' '.join(request.headers[name].split())}\n" for name in names.split(";"))
    canonical = "\n".join([
        request.command, path, "&".join(sorted(query.split("&"))), headers, names,
        request.headers["x-amz-content-sha256"]])
    text = "\n".join(
        ["AWS4-HMAC-SHA256", request.headers["x-amz-date"], scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = b"AWS4SECRET-OF-THE-STORE"
    for piece in scope.split("/"):
        key = hmac.digest(key, piece.encode(), "sha256")
    return hmac.digest(key, text.encode(), "sha256").hex()


class Store(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def refuse(self, status: int, code: str) -> None:
        self.answer(status, f"<Error><Code>{code}</Code></Error>".encode())

    def control(self, name: str) -> None:
        global is_down
        if name in ("down", "up"):
            is_down = name == "down"
        if name == "hold":
            free.clear()
        elif name == "release":
            free.set()
        self.answer(200, str(held).encode())

    def fail(self) -> None:
        global refused
        refused += 1
        if refused % 2:
            return self.refuse(503, "SlowDown")
        self.close_connection = True

    def wait(self) -> None:
        global held
        held += 1
        free.wait()
        held -= 1

    def carry_out(self) -> None:
        if self.path.startswith("/control/"):
            return self.control(self.path.removeprefix("/control/"))
        data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if is_down:
            return self.fail()
        parts = urllib.parse.urlsplit(self.path)
        key = urllib.parse.unquote(parts.path).removeprefix("/bucket/")
        signed = hashlib.sha256(data).hexdigest()
        if self.headers.get("x-amz-content-sha256") != signed:
            return self.refuse(400, "XAmzContentSHA256Mismatch")
        given = dict(part.split("=", 1) for part in self.headers["Authorization"].split(" ", 1)[1].split(", "))
        key_id, _, scope = given["Credential"].partition("/")
        if key_id != "KEY":
            return self.refuse(403, "InvalidAccessKeyId")
        if given["Signature"] != signature(self, given["SignedHeaders"], scope):
            return self.refuse(403, "SignatureDoesNotMatch")
        if self.command == "PUT" and "/files/" in key and not free.is_set():
            self.wait()
        with lock:
            old = objects.get(key)
            if self.command == "GET" and key == "":
                return self.listing(dict(urllib.parse.parse_qsl(parts.query)))
            if self.command == "GET":
                return self.refuse(404, "NoSuchKey") if old is None else self.answer(200, old, ETag=etag(old))
            if self.command == "DELETE":
                objects.pop(key, None)
                return self.answer(204)
            wanted = self.headers.get("If-Match")
            if (self.headers.get("If-None-Match") == "*" and old is not None) or (
                    wanted is not None and (old is None or etag(old) != wanted)):
                return self.refuse(412, "PreconditionFailed")
            objects[key] = data
            stored[key] = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())
            self.answer(200, ETag=etag(data))

    do_GET = do_PUT = do_DELETE = carry_out

    def listing(self, query: dict[str, str]) -> None:
        keys = sorted(key for key in objects if key.startswith(query.get("prefix", "")))
        rest = [key for key in keys if key > query.get("continuation-token", "")]
        page = rest[:20]
        xml = f"<IsTruncated>{str(len(rest) > len(page)).lower()}</IsTruncated>"
        for key in page:
            xml += (f"<Contents><Key>{escape(urllib.parse.quote(key))}</Key><Size>{len(objects[key])}</Size>"
                    f"<LastModified>{stored[key]}</LastModified><ETag>{escape(etag(objects[key]))}</ETag></Contents>")
        if len(rest) > len(page):
            xml += f"<NextContinuationToken>{escape(page[-1])}</NextContinuationToken>"
        self.answer(200, f"<ListBucketResult>{xml}</ListBucketResult>".encode())


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Store)
print(f"listening on http://127.0.0.1:{server.server_address[1]}", flush=True)
server.serve_forever()
