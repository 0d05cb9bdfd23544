"""Compares a database with what Clio (the simulator) says, field by field, and with the answer sheet.

Usage: compare.py BASE_URL TOKEN DATABASE TRUTH

Nothing of the product is used: the records are fetched again through the API, and what each column should hold is
written down here by hand, from the documentation of Clio.
"""

import collections
import datetime
import json
import sqlite3
import sys
import urllib.parse
import urllib.request

BASE, TOKEN, DATABASE, TRUTH = sys.argv[1:5]

# Column, kind, and the path in Clio's record where that is not the column's name.
# Kinds: t text, i integer, b boolean as 0/1, d decimal, D date as sent, T timestamp in UTC, j anything as JSON,
# s the id of a calendar entry, which is text.
TABLES = {
    "users": {
        "path": "users",
        "columns": """
            id i, etag t, name t, first_name t, last_name t, initials t, email t, phone_number t, enabled b,
            subscription_type t, roles j, rate d, time_zone t, default_calendar_id i, account_owner b, clio_connect b,
            court_rules_default_attendee b, created_at T, updated_at T""",
        "children": {},
    },
    "practice_areas": {
        "path": "practice_areas",
        "columns": "id i, etag t, name t, category t, code t, created_at T, updated_at T",
        "children": {},
    },
    "matters": {
        "path": "matters",
        "columns": """
            id i, etag t, number i, display_number t, custom_number t, description t, status t, location t,
            client_reference t, billable b, maildrop_address t, billing_method t, open_date D, close_date D,
            pending_date D, created_at T, updated_at T, shared b, has_tasks b, last_activity_date D,
            matter_stage_updated_at T, currency_id i currency.id, currency_code t currency.code,
            currency_sign t currency.sign, client_id i client.id, client_name t client.name,
            responsible_attorney_id i responsible_attorney.id, responsible_attorney_name t responsible_attorney.name,
            responsible_staff_id i responsible_staff.id, originating_attorney_id i originating_attorney.id,
            user_id i user.id, practice_area_id i practice_area.id, practice_area_name t practice_area.name,
            matter_stage_id i matter_stage.id, matter_stage_name t matter_stage.name,
            matter_stage_order i matter_stage.order, group_id i group.id, group_type t group.type,
            folder_id i folder.id, folder_name t folder.name, custom_rate_type t custom_rate.type,
            custom_rate_on_invoice b custom_rate.on_invoice, custom_rate_rates j custom_rate.rates,
            contingency_fee_id i contingency_fee.id, contingency_fee_created_at T contingency_fee.created_at,
            contingency_fee_show_contingency_award b contingency_fee.show_contingency_award,
            evergreen_retainer_minimum_threshold d evergreen_retainer.minimum_threshold,
            matter_budget_budget d matter_budget.budget,
            matter_budget_notification_threshold i matter_budget.notification_threshold,
            matter_budget_updated_at T matter_budget.updated_at,
            statute_of_limitations_id i statute_of_limitations.id,
            statute_of_limitations_due_at D statute_of_limitations.due_at""",
        "children": {
            "matter_custom_field_values": ("matter_id", "custom_field_values", """
                id t, field_name t, created_at T, updated_at T, field_type t, field_required b, field_displayed b,
                field_display_order i, value j, soft_deleted b, custom_field_id i custom_field.id,
                picklist_option_id i picklist_option.id, value_contact_id i contact.id, value_matter_id i matter.id"""),
            "matter_account_balances": (
                "matter_id", "account_balances", "id i, balance d, type t, name t, currency_id i"),
            "matter_relationships": (
                "matter_id", "relationships", "id i, description t, created_at T, updated_at T"),
            "matter_split_invoice_payers": ("matter_id", "split_invoice_payers", """
                id i, contact_id i, payer_matter_id i matter_id, send_to_bill_recipients b, split_portion d,
                created_at T, updated_at T"""),
            "matter_bill_recipients": ("matter_id", "matter_bill_recipients", "id i, recipient_id i recipient.id"),
        },
    },
    "contacts": {
        "path": "contacts",
        "columns": """
            id i, etag t, name t, first_name t, middle_name t, last_name t, date_of_birth D, type t, created_at T,
            updated_at T, prefix t, title t, initials t, clio_connect_email t, locked_clio_connect_email b,
            client_connect_user_id i, primary_email_address t, secondary_email_address t, primary_phone_number t,
            secondary_phone_number t, ledes_client_id t, has_clio_for_clients_permission b, is_client b,
            is_clio_for_client_user b, is_co_counsel b, is_bill_recipient b, sales_tax_number t,
            currency_id i currency.id, currency_code t currency.code, company_id i company.id,
            company_name t company.name, primary_address_id i primary_address.id,
            primary_address_street t primary_address.street, primary_address_city t primary_address.city,
            primary_address_country t primary_address.country, secondary_address_id i secondary_address.id,
            primary_work_address_id i primary_work_address.id, primary_web_site_address t primary_web_site.address,
            avatar_id i avatar.id, folder_id i folder.id,
            payment_profile_id i payment_profile.id, payment_profile_discount_rate d payment_profile.discount_rate,
            payment_profile_terms i payment_profile.terms, co_counsel_rate_rate d co_counsel_rate.rate,
            co_counsel_rate_flat_rate b co_counsel_rate.flat_rate""",
        "children": {
            "contact_phone_numbers": (
                "contact_id", "phone_numbers", "id i, number t, name t, primary b, created_at T, updated_at T"),
            "contact_email_addresses": (
                "contact_id", "email_addresses", "id i, address t, name t, primary b, created_at T, updated_at T"),
            "contact_addresses": ("contact_id", "addresses", """
                id i, street t, city t, province t, postal_code t, country t, name t, created_at T, updated_at T,
                primary b"""),
            "contact_web_sites": ("contact_id", "web_sites", "id i, address t, name t, default_web_site b"),
            "contact_custom_field_values": ("contact_id", "custom_field_values", """
                id t, field_name t, created_at T, updated_at T, field_type t, field_required b, value j,
                custom_field_id i custom_field.id, picklist_option_id i picklist_option.id"""),
            "contact_account_balances": (
                "contact_id", "account_balances", "id i, balance d, type t, name t, currency_id i"),
        },
    },
    "calendar_entries": {
        "path": "calendar_entries",
        "columns": """
            id s, etag t, summary t, description t, location t, start_at T, start_date D, start_time t, end_at T,
            end_date D, end_time t, all_day b, recurrence_rule t, parent_calendar_entry_id s, court_rule b,
            created_at T, updated_at T, permission t, calendar_owner_id i, start_at_time_zone t, time_entries_count i,
            matter_id i matter.id, matter_display_number t matter.display_number,
            event_type_id i calendar_entry_event_type.id, event_type_name t calendar_entry_event_type.name,
            calendar_owner_name t calendar_owner.name, calendar_owner_type t calendar_owner.type,
            matter_docket_id i matter_docket.id, matter_docket_start_date D matter_docket.start_date,
            conference_meeting_id i conference_meeting.id,
            conference_meeting_created_at T conference_meeting.created_at""",
        "children": {
            "calendar_entry_attendees": ("calendar_entry_id", "attendees", """
                id i, type t, name t, enabled b, email t, created_at T, updated_at T"""),
            "calendar_entry_reminders": ("calendar_entry_id", "reminders", """
                id i, duration i, next_delivery_at T, state t, created_at T, updated_at T"""),
            "calendar_entry_calendars": ("calendar_entry_id", "calendars", "id i, name t, color t, visible b, source t"),
        },
    },
    "tasks": {
        "path": "tasks",
        "columns": """
            id i, etag t, name t, status t, description t, description_text_type t, priority t, due_at D, permission t,
            completed_at T, notify_completion b, statute_of_limitations b, time_estimated i, created_at T,
            updated_at T, time_entries_count i, matter_id i matter.id, matter_display_number t matter.display_number,
            assigner_id i assigner.id, assigner_name t assigner.name, assignee_id i assignee.id,
            assignee_type t assignee.type, assignee_name t assignee.name, assignee_enabled b assignee.enabled,
            task_type_id i task_type.id, task_type_name t task_type.name""",
        "children": {
            "task_reminders": ("task_id", "reminders", "id i, duration i, next_delivery_at T, state t"),
            "task_time_entries": (
                "task_id", "time_entries", "id i, type t, date D, quantity_in_hours d, total d, billed b"),
        },
    },
    "documents": {
        "path": "documents",
        "columns": """
            id i, etag t, created_at T, updated_at T, deleted_at T, type t, locked b, name t, received_at T,
            filename t, size i, content_type t, matter_id i matter.id, matter_display_number t matter.display_number,
            contact_id i contact.id, contact_name t contact.name, parent_id i parent.id, parent_is_root b parent.root,
            document_category_id i document_category.id, creator_id i creator.id, creator_type t creator.type,
            group_id i group.id, version_id i latest_document_version.id, version_uuid t latest_document_version.uuid,
            version_size i latest_document_version.size, version_number i latest_document_version.version_number,
            version_received_at T latest_document_version.received_at,
            version_fully_uploaded b latest_document_version.fully_uploaded""",
        "children": {
            "document_external_properties": (
                "document_id", "external_properties", "id i, name t, value t, created_at T, updated_at T"),
        },
    },
    "time_entries": {
        "path": "activities",
        "parameters": {"type": "TimeEntry"},
        "columns": """
            id i, etag t, type t, date D, quantity_in_hours d, rounded_quantity_in_hours d, quantity d,
            rounded_quantity d, quantity_redacted b, price d, note t, flat_rate b, billed b, on_bill b, total d,
            contingency_fee b, created_at T, updated_at T, reference t, non_billable b, non_billable_total d,
            no_charge b, tax_setting t, currency_code t currency.code, matter_id i matter.id,
            matter_display_number t matter.display_number, user_id i user.id, user_name t user.name,
            activity_description_id i activity_description.id, activity_description_name t activity_description.name,
            bill_id i bill.id, bill_number t bill.number, bill_state t bill.state, bill_issued_at D bill.issued_at,
            bill_paid_at T bill.paid_at, calendar_entry_id s calendar_entry.id, task_id i task.id,
            subject_id i subject.id, subject_type t subject.type, communication_id i communication.id,
            timer_elapsed_time d timer.elapsed_time""",
        "children": {},
    },
}

# What points where: a child whose parent is not there is kept and has a `reference` warn.
REFERENCES = {
    "matters": [
        ("client.id", "client_id", "contacts"), ("responsible_attorney.id", "responsible_attorney_id", "users"),
        ("responsible_staff.id", "responsible_staff_id", "users"),
        ("originating_attorney.id", "originating_attorney_id", "users"), ("user.id", "user_id", "users"),
        ("practice_area.id", "practice_area_id", "practice_areas"),
        ("statute_of_limitations.id", "statute_of_limitations_id", "tasks"),
    ],
    "contacts": [
        ("company.id", "company_id", "contacts"), ("co_counsel_rate.contact_id", "co_counsel_rate_contact_id", "contacts"),
        ("co_counsel_rate.co_counsel_contact_id", "co_counsel_rate_co_counsel_contact_id", "contacts"),
    ],
    "calendar_entries": [
        ("matter.id", "matter_id", "matters"),
        ("parent_calendar_entry_id", "parent_calendar_entry_id", "calendar_entries"),
    ],
    "tasks": [("matter.id", "matter_id", "matters"), ("assigner.id", "assigner_id", "users")],
    "documents": [("matter.id", "matter_id", "matters"), ("contact.id", "contact_id", "contacts")],
    "time_entries": [
        ("matter.id", "matter_id", "matters"), ("user.id", "user_id", "users"),
        ("calendar_entry.id", "calendar_entry_id", "calendar_entries"), ("task.id", "task_id", "tasks"),
        ("vendor.id", "vendor_id", "contacts"), ("document_version.document_id", "document_version_document_id", "documents"),
    ],
}

# The same in child tables: the table, its parent's column, the list, the path in an element, the column, the target.
CHILD_REFERENCES = {
    "matters": [
        ("matter_custom_field_values", "matter_id", "custom_field_values", "matter.id", "value_matter_id", "matters"),
        ("matter_custom_field_values", "matter_id", "custom_field_values", "contact.id", "value_contact_id", "contacts"),
        ("matter_bill_recipients", "matter_id", "matter_bill_recipients", "recipient.id", "recipient_id", "contacts"),
        ("matter_split_invoice_payers", "matter_id", "split_invoice_payers", "contact_id", "contact_id", "contacts"),
        ("matter_split_invoice_payers", "matter_id", "split_invoice_payers", "matter_id", "payer_matter_id", "matters"),
    ],
    "contacts": [
        ("contact_custom_field_values", "contact_id", "custom_field_values", "matter.id", "value_matter_id", "matters"),
        ("contact_custom_field_values", "contact_id", "custom_field_values", "contact.id", "value_contact_id", "contacts"),
        ("contact_activity_rates", "contact_id", "activity_rates", "contact_id", "rate_contact_id", "contacts"),
        ("contact_activity_rates", "contact_id", "activity_rates", "co_counsel_contact_id", "co_counsel_contact_id", "contacts"),
        ("contact_related_contacts", "contact_id", "related_contacts", "id", "id", "contacts"),
    ],
}

# References by type: the path, the column, the type's column, the target of each type.
PEOPLE = {"User": "users", "Person": "contacts", "Company": "contacts"}
SUBJECTS = {
    "Task": "tasks", "CalendarEntry": "calendar_entries", "Matter": "matters", "Contact": "contacts", "User": "users",
    "Document": "documents",
}
TYPED_REFERENCES = {
    "tasks": [("assignee.id", "assignee_id", "assignee_type", PEOPLE)],
    "documents": [("creator.id", "creator_id", "creator_type", {"ManageUser": "users"})],
    "time_entries": [("subject.id", "subject_id", "subject_type", SUBJECTS)],
}
# The same in child tables: the table, its parent's column, the list, the path in an element, the column, the type's column.
TYPED_CHILD_REFERENCES = {
    "calendar_entries": [
        ("calendar_entry_attendees", "calendar_entry_id", "attendees", "id", "id", "type", {"Contact": "contacts"}),
        (
            "calendar_entry_time_entries", "calendar_entry_id", "time_entries", "id", "id", "type",
            {"TimeEntry": "time_entries"}),
    ],
    "tasks": [
        ("task_time_entries", "task_id", "time_entries", "id", "id", "type", {"TimeEntry": "time_entries"}),
    ],
}

# Rules about whole rows and references say something about a value that stays; every other rule empties the column.
KEEPS = {"json", "reference", "closes_after_opening", "ends_after_start"}
# Row rules name their condition where others name a path.
ROW_RULES = {"closes_after_opening", "ends_after_start"}

problems = []


def problem(text):
    problems.append(text)
    if len(problems) > 40:
        finish()


def finish():
    for text in problems:
        print("WRONG:", text)
    print("%d problems" % len(problems))
    sys.exit(1 if problems else 0)


def get(url):
    request = urllib.request.Request(url, headers={"Authorization": "Bearer " + TOKEN})
    with urllib.request.urlopen(request) as answer:
        return answer.read().decode("utf-8", errors="replace")


def pages(path, parameters):
    fields = get(BASE + "/simulator/fields?kind=" + path).strip()
    query = dict(parameters, fields=fields, limit="200")
    if path != "calendar_entries":
        query["order"] = "id(asc)"
    url = "%s/api/v4/%s.json?%s" % (BASE, path, urllib.parse.urlencode(query))
    while url:
        page = json.loads(get(url))
        yield from page["data"]
        url = page["meta"].get("paging", {}).get("next")


def total(path, parameters):
    query = dict(parameters, limit="1", fields="id")
    return json.loads(get("%s/api/v4/%s.json?%s" % (BASE, path, urllib.parse.urlencode(query))))["meta"]["records"]


def fetch(table):
    """Every record, each once: by its etag, since some have lost their id."""
    path = table["path"]
    parameters = table.get("parameters", {})
    records = {}
    if path == "calendar_entries":
        # The list has no order, so that a walk of it ends at 10,000 rows: year by year, dropping what comes twice.
        for year in range(2014, 2032):
            cut = {"from": "%d-01-01T00:00:00Z" % year, "to": "%d-01-01T00:00:00Z" % (year + 1)}
            for record in pages(path, dict(parameters, **cut)):
                records[record["etag"]] = record
    else:
        for record in pages(path, parameters):
            records[record["etag"]] = record
    if len(records) != total(path, parameters):
        problem("%s: this script fetched %d of %d" % (path, len(records), total(path, parameters)))
    return records


def columns(text):
    result = []
    for entry in text.split(","):
        words = entry.split()
        result.append((words[0], words[1], (words[2] if len(words) > 2 else words[0])))
    return result


def value_at(record, path):
    for key in path.split("."):
        if record is None:
            return None
        record = record.get(key)
    return record


def expected(kind, value):
    if value is None:
        return None
    if kind == "b":
        return int(value)
    if kind == "d":
        return float(value)
    if kind == "T":
        moment = datetime.datetime.fromisoformat(value.replace("Z", "+00:00"))
        return moment.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    if kind == "s" or isinstance(value, str):
        # Half a surrogate pair is no character.
        return "".join("\ufffd" if 0xD800 <= ord(character) < 0xE000 else character for character in str(value))
    return value


def same(kind, wanted, found):
    if wanted is None or found is None:
        return wanted is None and found is None
    if kind == "j":
        # Texts stand as they are, everything else as JSON.
        return wanted == found if isinstance(wanted, str) else wanted == json.loads(found)
    if kind == "d":
        return isinstance(found, float) and wanted == found
    return type(wanted) is type(found) and wanted == found


def compare_row(place, mapping, record, row, spoiled):
    cells = 0
    for column, kind, path in mapping:
        wanted = None if path == spoiled else expected(kind, value_at(record, path))
        if not same(kind, wanted, row[column]):
            problem("%s.%s: expected %r, is %r" % (place, column, wanted, row[column]))
        cells += 1
    return cells


def main():
    connection = sqlite3.connect("file:%s?mode=ro" % DATABASE, uri=True)
    connection.row_factory = sqlite3.Row
    truth = collections.defaultdict(dict)
    by_etag = collections.defaultdict(dict)
    for line in open(TRUTH, encoding="utf-8"):
        entry = json.loads(line)
        if entry["id"] is not None:
            truth[entry["entity"]][entry["id"]] = entry
        if not entry["healthy"]:
            by_etag[entry["entity"]][entry["etag"]] = entry

    # What was flagged, by the etag of the record or of the row that it became.
    flagged = collections.defaultdict(dict)
    for row in connection.execute("SELECT * FROM flagged_records"):
        if row["severity"] == "reject":
            etag = json.loads(row["record"])["etag"]
        else:
            found = connection.execute(
                'SELECT etag FROM "%s" WHERE id = ?' % row["table_name"], (row["id"],)).fetchone()
            if found is None:
                problem("%s %s: has a warn and no row" % (row["entity"], row["id"]))
                continue
            etag = found[0]
        if etag in flagged[row["entity"]]:
            problem("%s %s: has two rows in flagged_records" % (row["entity"], row["id"]))
        flagged[row["entity"]][etag] = (row["severity"], json.loads(row["violations"]))

    ids = {}
    for name in TABLES:
        ids[name] = {row[0] for row in connection.execute('SELECT id FROM "%s"' % name)}

    cells = rows = children = 0
    for name, table in TABLES.items():
        records = fetch(table)
        mapping = columns(table["columns"])
        # The answer sheet first: every healthy record has its row.
        missing = [key for key, entry in truth[name].items() if entry["healthy"] and key not in ids[name]]
        if missing:
            problem("%s: %d healthy records have no row, such as %s" % (name, len(missing), missing[0]))
        accepted = {}
        for etag, record in records.items():
            if flagged[name].get(etag, ("", 0))[0] != "reject":
                accepted[expected("s" if name == "calendar_entries" else "i", record["id"])] = record
        if set(accepted) != ids[name]:
            problem("%s: rows differ by %s" % (name, sorted(map(str, set(accepted) ^ ids[name]))[:5]))

        for row in connection.execute('SELECT * FROM "%s"' % name):
            record = accepted.get(row["id"])
            if record is None:
                continue
            defect = by_etag[name].get(record["etag"])
            spoiled = defect["path"] if defect and defect["rule"] not in KEEPS else None
            cells += compare_row("%s %s" % (name, row["id"]), mapping, record, row, spoiled)
            rows += 1

        for child, (parent, path, text) in table["children"].items():
            child_mapping = columns(text)
            found = collections.defaultdict(list)
            for row in connection.execute('SELECT * FROM "%s" ORDER BY "%s", position' % (child, parent)):
                found[row[parent]].append(row)
            for key, record in accepted.items():
                elements = record[path] or []
                lines = found.pop(key, [])
                if [line["position"] for line in lines] != list(range(1, len(elements) + 1)):
                    problem("%s of %s: %d rows for %d elements" % (child, key, len(lines), len(elements)))
                    continue
                defect = by_etag[name].get(record["etag"])
                for place, (element, line) in enumerate(zip(elements, lines)):
                    spoiled = None
                    if defect and defect["path"].startswith("%s[%d]." % (path, place)):
                        spoiled = defect["path"].split(".")[1]
                    cells += compare_row("%s %s" % (child, key), child_mapping, element, line, spoiled)
                    children += 1
            if found:
                problem("%s: rows of %d parents that are not there" % (child, len(found)))

        # Every defect is flagged under its rule; nothing else is, but children without a parent.
        orphans = collections.defaultdict(set)
        for path, column, target in REFERENCES.get(name, []):
            for row in connection.execute(
                    'SELECT etag, "%s" FROM "%s" WHERE "%s" IS NOT NULL' % (column, name, column)):
                if row[1] not in ids[target]:
                    orphans[row[0]].add(("reference", path))
        for child, parent, path, inner, column, target in CHILD_REFERENCES.get(name, []):
            for row in connection.execute(
                    'SELECT p.etag, c.position, c."%s" FROM "%s" AS c JOIN "%s" AS p ON p.id = c."%s" WHERE c."%s" IS NOT NULL'
                    % (column, child, name, parent, column)):
                if row[2] not in ids[target]:
                    orphans[row[0]].add(("reference", "%s[%d].%s" % (path, row[1] - 1, inner)))
        def dangles(value, target):
            return target is not None and (str(value) if target == "calendar_entries" else value) not in ids[target]
        for path, column, kind, targets in TYPED_REFERENCES.get(name, []):
            for etag, value, found in connection.execute(
                    'SELECT etag, "%s", "%s" FROM "%s" WHERE "%s" IS NOT NULL' % (column, kind, name, column)):
                if dangles(value, targets.get(found)):
                    orphans[etag].add(("reference", path))
        for child, parent, path, inner, column, kind, targets in TYPED_CHILD_REFERENCES.get(name, []):
            for etag, position, value, found in connection.execute(
                    'SELECT p.etag, c.position, c."%s", c."%s" FROM "%s" AS c JOIN "%s" AS p ON p.id = c."%s" WHERE c."%s" IS NOT NULL'
                    % (column, kind, child, name, parent, column)):
                if dangles(value, targets.get(found)):
                    orphans[etag].add(("reference", "%s[%d].%s" % (path, position - 1, inner)))
        for etag in set(by_etag[name]) | set(flagged[name]) | set(orphans):
            wanted = set(orphans.get(etag, set()))
            defect = by_etag[name].get(etag)
            if defect:
                wanted.add((defect["rule"], None if defect["rule"] in ROW_RULES else defect["path"]))
            severity, violations = flagged[name].get(etag, (None, []))
            is_reject = defect is not None and defect["path"] == "id"
            if (severity == "reject") != is_reject:
                problem("%s %s: severity %s for %s" % (name, etag, severity, defect))
            have = {(v["rule"], None if v["rule"] in ROW_RULES else v["path"]) for v in violations}
            if wanted != have:
                problem("%s %s: flagged %s, expected %s" % (name, etag, sorted(map(str, have)), sorted(map(str, wanted))))
    print("%d rows, %d child rows, %d cells compared; %d defects" % (
        rows, children, cells, sum(len(entries) for entries in by_etag.values())))
    finish()


main()
