"""A mail server (aiosmtpd) that asks for a login, offers STARTTLS where a certificate is given, and writes each message as one
JSON line. Arguments: FILE, then `plain`, or CERTIFICATE and KEY."""
import asyncio
import json
import ssl
import sys
from email import message_from_bytes, policy

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword


class Handler:
    refusals = 1

    async def handle_DATA(self, server, session, envelope):
        # The first message is refused for now, as greylisting does.
        if Handler.refusals > 0:
            Handler.refusals -= 1
            return "451 try again later"
        message = message_from_bytes(envelope.content, policy=policy.default)
        line = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "subject": message["subject"],
            "sender": message["from"],
            "body": message.get_content(),
            "tls": session.ssl is not None,
            "user": (session.auth_data or b"").decode() if session.authenticated else None,
        }
        with open(sys.argv[1], "a") as file:
            file.write(json.dumps(line) + "\n")
        return "250 OK"


def login(server, session, envelope, mechanism, data):
    good = isinstance(data, LoginPassword) and data == LoginPassword(b"sync", b"SECRET-OF-THE-MAIL")
    return AuthResult(success=good, handled=False, auth_data=data.login if good else None)


options = {"auth_required": True, "authenticator": login}
if sys.argv[2] == "plain":
    options["auth_require_tls"] = False
else:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(sys.argv[2], sys.argv[3])
    options |= {"tls_context": context, "require_starttls": True}


async def main():
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(Handler(), loop=asyncio.get_running_loop(), **options), "127.0.0.1", 0)
    print(f"listening on smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


asyncio.run(main())
