"""Searches files for what must not stand in them.

Usage: leaks.py DATABASE FILE…

The texts are the names, notes, descriptions, addresses and numbers of the firm's own records, taken from the database,
but for days and ids: those of requests and of rows may be told.
"""

import re
import sqlite3
import sys

TEXTS = """
SELECT name FROM contacts UNION SELECT last_name FROM contacts UNION SELECT primary_email_address FROM contacts
UNION SELECT primary_phone_number FROM contacts UNION SELECT number FROM contact_phone_numbers
UNION SELECT address FROM contact_email_addresses UNION SELECT street FROM contact_addresses
UNION SELECT description FROM matters UNION SELECT display_number FROM matters UNION SELECT client_name FROM matters
UNION SELECT value FROM matter_custom_field_values UNION SELECT summary FROM calendar_entries
UNION SELECT description FROM calendar_entries UNION SELECT name FROM tasks UNION SELECT description FROM tasks
UNION SELECT name FROM documents UNION SELECT note FROM time_entries UNION SELECT email FROM users
UNION SELECT json_extract(value, '$.value') FROM flagged_records, json_each(violations)
"""

connection = sqlite3.connect(sys.argv[1])
connection.text_factory = bytes
# The report says as whom the sync ran.
allowed = {name for (name,) in connection.execute("SELECT name FROM users")}
texts = {text for (text,) in connection.execute(TEXTS) if isinstance(text, bytes) and len(text) >= 6}
texts = {text for text in texts if not re.fullmatch(rb"[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{10}", text)}
texts = {text for text in texts if not any(text in name for name in allowed)}
hits = 0
for path in sys.argv[2:]:
    content = open(path, "rb").read()
    for text in texts:
        if text in content:
            at = content.find(text)
            print("%s: %r in %r" % (path, text, content[max(0, at - 80):at + 80]))
            hits += 1
print("%d texts looked for, %d found" % (len(texts), hits))
sys.exit(1 if hits or len(texts) < 500 else 0)
