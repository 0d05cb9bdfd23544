"""The states that `make.py` stores, each as the commands that lead to it."""

import json
import os

import make
from make import HERE, ONE_AT_A_TIME, PAGES_OF_200, RUN, Making, check, folder, hold

RESUME = ["resume", "latest", "--json", "--no-progress"]
SIDE_BY_SIDE = {"SYNC_MAX_CONCURRENT_REQUESTS": "6"}
LOST = {"do": "status", "status": 422}


def notes(journal):
    return {note.split()[0] for note in journal["notes"]}


# MARK: Whole runs


@folder
def finished():
    m = Making()
    m.run(*RUN)
    m.store("finished", "a whole run, loaded and verified")
    m.close()


@folder
def finished_with_all_fields():
    tiny = {"matters": 3, "contacts": 3, "calendar-entries": 3, "tasks": 3, "documents": 3, "activities": 5, "users": 2}
    m = Making(tiny, pipelines=os.path.join(HERE, "..", "..", "..", "pipelines"))
    m.run(*RUN)
    m.store("finished-with-all-fields", "a whole run of a tiny firm with the pipeline files that the version came with")
    m.close()


@folder
def extracted_only():
    m = Making()
    m.run("extract")
    m.store("extracted-only", "everything is extracted, nothing is transformed")
    m.close()


@folder
def transformed_only():
    m = Making()
    m.run("extract")
    m.run("transform")
    m.store("transformed-only", "everything is extracted and transformed, nothing is loaded")
    m.close()


@folder
def one_phase_finished():
    m = Making()
    m.run(*RUN, "--phase", "core")
    m.store("one-phase-finished", "the first phase is loaded and verified, the others are not begun")
    m.close()


@folder
def paused():
    m = Making()
    m.run(*RUN, rules=[{"list": "tasks", "first": 3, "times": 1, "do": "slow", "seconds": 1.0}], until="reached",
          more=ONE_AT_A_TIME)
    m.store("paused", "a run was asked to stop while tasks were extracted: the job is paused", then=[RESUME])
    m.close()


@folder
def paused_by_error():
    m = Making()
    m.control("fault?value=foreignnext%2320")
    m.run(*RUN, code=4, more=ONE_AT_A_TIME)
    m.store("paused-by-error", "a link to another host paused the job with a critical error")
    m.close()


@folder
def killed_in_extract():
    m = Making()
    m.run(*RUN, rules=[hold("tasks", 3)], until="held", more=ONE_AT_A_TIME)
    check(m.journal("supporting/raw/tasks")["complete"] is None, "tasks are not complete")
    m.store("killed-in-extract", "a run was killed while tasks were extracted: an open part, a job without a process",
            then=[RESUME])
    m.close()


# MARK: Lists in several partitions


def partitions(rules=(), until=None, firm=None):
    m = Making(dict({"tasks": 150}, **(firm or {})))
    m.run("extract", "--phase", "core", more=ONE_AT_A_TIME)
    m.run("extract", "--entity", "tasks", rules=rules, until=until, more=SIDE_BY_SIDE)
    check(len([s for s in m.journal("supporting/raw/tasks")["streams"] if s.startswith("created_since=")]) > 1, "partitions")
    return m


@folder
def partitions_interrupted():
    m = partitions([hold("tasks", 14)], "held")
    check(not all(m.journal("supporting/raw/tasks")["streams"].values()), "open partitions")
    m.store("partitions-interrupted", "tasks in several partitions by creation date, killed in the middle")
    m.close()


@folder
def partitions_finished():
    m = partitions()
    check("out_of_step" in notes(m.journal("supporting/raw/tasks")), "out_of_step")
    m.store("partitions-finished", "tasks in several partitions by creation date, extracted to the end")
    m.close()


@folder
def walked_again_interrupted():
    more = [{"list": "tasks", "count": True, "lacks": ["created_since", "updated_since"], "do": "records", "add": 3}]
    again = {"list": "tasks", "lacks": ["created_since", "updated_since"], "repeated": True, "do": "hold"}
    m = partitions(more + [dict(again, has=["page_token"], first=2)], "held")
    tasks = m.journal("supporting/raw/tasks")
    check("walked_again" in notes(tasks) and tasks["streams"].get("all~2") is False, "a second walk")
    m.store("walked-again-interrupted",
            "fewer tasks came in partitions than Clio counted: they are walked again in one, killed in the middle")
    m.close()


@folder
def walked_again_partial():
    more = [{"list": "tasks", "count": True, "lacks": ["created_since", "updated_since"], "do": "records", "add": 3}]
    m = Making({"tasks": 150})
    m.run(*RUN, "--phase", "core")
    m.run(*RUN, "--phase", "supporting", "--entity", "tasks", rules=more, code=3, more=SIDE_BY_SIDE)
    tasks = m.journal("supporting/raw/tasks")
    check(tasks["complete"] == "partial" and "count_differs warning" in tasks["notes"], "partial")
    m.store("walked-again-partial", "Clio counts more tasks than it shows: partial", rules=more, exit=3)
    m.close()


# MARK: Groups


def groups(by, rules=(), until=None, code=0, entity="matters", phase="core", arguments=()):
    m = Making()
    m.run("extract", "--phase", "core", "--entity", "users", "--entity", "practice_areas")
    m.run("extract", "--phase", phase, "--entity", entity, "--group-by", by, *arguments, rules=rules, until=until, code=code,
          more=ONE_AT_A_TIME)
    return m


@folder
def groups_interrupted():
    m = groups("practice_area", [hold("matters", 5, has=["practice_area_id"])], "held")
    matters = m.journal("core/raw/matters")
    check("grouped" in notes(matters) and not all(matters["streams"].values()), "open groups")
    m.store("groups-interrupted", "matters by practice area, killed in the middle of the groups")
    m.close()


@folder
def groups_rest_interrupted():
    m = groups("practice_area", [hold("matters", 2, lacks=["practice_area_id"])], "held")
    check(m.journal("core/raw/matters")["streams"].get("all") is False, "the rest is open")
    m.store("groups-rest-interrupted", "matters by practice area, killed in the walk for those without one")
    m.close()


@folder
def groups_loaded_in_part():
    m = Making()
    m.run(*RUN, "--phase", "core", "--group-by", "user", rules=[hold("matters", 4, has=["responsible_attorney_id"])],
          until="held", more=ONE_AT_A_TIME)
    m.store("groups-in-a-run-interrupted", "a run by user, killed while matters were extracted", then=[RESUME, RUN])
    m.close()


@folder
def groups_finished():
    m = Making()
    m.run(*RUN, "--group-by", "user")
    streams = m.journal("core/raw/matters")["streams"]
    check("responsible_attorney_id=null" in streams, "a group of matters without a user")
    m.store("groups-finished", "a whole run by user: matters, tasks and time entries in groups")
    m.close()


@folder
def groups_of_tasks_interrupted():
    m = groups("user_group", [hold("tasks", 4, has=["assignee_id"])], "held", entity="tasks", phase="supporting")
    m.store("groups-of-tasks-interrupted", "tasks by user group, one stream for each member, killed in the middle")
    m.close()


@folder
def groups_ignored():
    strip = {"list": "matters", "has": ["practice_area_id"], "do": "strip", "parameters": ["practice_area_id"], "count": None}
    m = groups("practice_area", [strip, hold("matters", 3, lacks=["practice_area_id"])], "held")
    check("group_filter_ignored" in notes(m.journal("core/raw/matters")), "group_filter_ignored")
    m.store("groups-ignored", "Clio ignored the filter of the groups: matters are walked whole, killed in the middle", rules=[strip])
    m.close()


@folder
def groups_with_a_lost_cursor():
    lost = dict(LOST, list="matters", has=["practice_area_id", "page_token"], times=1)
    m = groups("practice_area", [lost, hold("matters", 1, lacks=["practice_area_id"])], "held")
    check("restarted" in notes(m.journal("core/raw/matters")), "restarted")
    m.store("groups-with-a-lost-cursor", "the cursor of a group was lost; what is left of it comes with the rest, killed there")
    m.close()


# MARK: Recent first


@folder
def recent_interrupted():
    m = Making()
    m.run("extract", "--phase", "core", more=ONE_AT_A_TIME)
    m.run("extract", "--phase", "historical", "--entity", "time_entries", "--recent", "36mo",
          rules=[hold("activities", 5, lacks=["created_since"])], until="held", more=ONE_AT_A_TIME)
    m.store("recent-interrupted", "time entries with the last months first, killed in the history")
    m.close()


@folder
def recent_finished():
    m = Making()
    m.run(*RUN, "--recent", "36mo")
    for name in ("historical/raw/documents", "supporting/raw/calendar_entries"):
        check("recent_first" in notes(m.journal(name)), name)
    m.store("recent-finished", "a whole run with the last months first; calendar entries in windows for it")
    m.close()


# MARK: Time windows, and the limit of 10,000 rows


CALENDAR_LOST = dict(LOST, list="calendar_entries", has=["page_token"], lacks=["from", "to"])


def calendar(rules=(), until=None, settings=ONE_AT_A_TIME):
    m = Making()
    m.run("extract", "--phase", "core", more=ONE_AT_A_TIME)
    m.run("extract", "--entity", "calendar_entries", rules=rules, until=until, more=settings)
    return m


@folder
def windows_interrupted():
    m = calendar([CALENDAR_LOST, hold("calendar_entries", 2, has=["to"])], "held")
    entries = m.journal("supporting/raw/calendar_entries")
    check({"windows", "wall"} <= notes(entries) and any(s.startswith("to=") for s in entries["streams"]), "windows")
    m.store("windows-interrupted", "calendar entries in time windows, since their list ended early, killed in the middle",
            rules=[CALENDAR_LOST])
    m.close()


@folder
def windows_finished():
    m = calendar([CALENDAR_LOST])
    m.store("windows-finished", "calendar entries in time windows, extracted to the end", rules=[CALENDAR_LOST])
    m.close()


@folder
def windows_with_a_lost_cursor():
    m = calendar([CALENDAR_LOST, hold("calendar_entries", 1, has=["to"])], "held")
    lost = dict(LOST, list="calendar_entries", has=["to", "page_token"], times=1)
    m.run("extract", "--entity", "calendar_entries", rules=[lost, hold("calendar_entries", 2, has=["to"])],
          until="held", more=ONE_AT_A_TIME)
    check("restarted" in notes(m.journal("supporting/raw/calendar_entries")), "restarted")
    m.store("windows-with-a-lost-cursor", "the cursor of a window was lost and the window begun again, killed in it",
            rules=[CALENDAR_LOST])
    m.close()


LONG_CALENDAR = {"matters": 3, "contacts": 6, "tasks": 3, "documents": 3, "activities": 5, "calendar-entries": 10_200, "defects": 0}


@folder
def windows_of_a_long_calendar():
    m = Making(LONG_CALENDAR, settings=PAGES_OF_200)
    m.run("extract", "--entity", "calendar_entries", rules=[hold("calendar_entries", 12)], until="held", more=ONE_AT_A_TIME)
    check("windows" in notes(m.journal("supporting/raw/calendar_entries")), "windows")
    m.store("windows-of-a-long-calendar", "more than 10,000 calendar entries in time windows, killed in the middle")
    m.close()


LONG_TASKS = {"matters": 3, "contacts": 6, "calendar-entries": 3, "documents": 3, "activities": 5, "tasks": 12_400, "defects": 0}
FEW_FIELDS = [("supporting.yaml", 'fields: [id, status, created_at, updated_at, "assignee{id, type}", "matter{id}"]',
               "fields: [id, created_at, updated_at]"),
              ("supporting.yaml", "        status: {type: text, allowed: [complete, pending, in_progress, in_review, draft], severity: reject}\n", ""),
              ("supporting.yaml", """    groups:
      user: {parameter: assignee_id, with: {assignee_type: user}, path: assignee.id, of: core.users}
      user_group:
        {parameter: assignee_id, with: {assignee_type: user}, path: assignee.id, of: core.users, list: groups,
         value: record}
""", ""),
              ("supporting.yaml", "        assignee_id: {from: assignee.id, type: integer}\n", ""),
              ("supporting.yaml", "        matter_id: {from: matter.id, type: integer, references: matters}\n", "")]
WALL = {"list": "tasks", "has": ["page_token"], "lacks": ["created_since", "updated_since"], "do": "wall", "rows": 10_000}


@folder
def limit_passed():
    m = Making(LONG_TASKS, settings=PAGES_OF_200, edits=FEW_FIELDS)
    m.run("extract", "--entity", "tasks", rules=[WALL, hold("tasks", 3, has=["created_since"])], until="held",
          more=ONE_AT_A_TIME)
    tasks = m.journal("supporting/raw/tasks")
    check({"wall", "goes_on"} <= notes(tasks) and tasks["records"] > 10_000, "the limit is passed")
    m.store("limit-passed", "tasks ended at 10,000 rows and go on from a creation date, killed behind the limit",
            rules=[WALL])
    m.close()


@folder
def limit_final():
    strip = {"list": "tasks", "has": ["created_since"], "do": "strip", "parameters": ["created_since"], "count": None}
    m = Making(dict(LONG_TASKS, tasks=10_300), settings=PAGES_OF_200, edits=FEW_FIELDS)
    m.run("extract", "--entity", "tasks", rules=[WALL, strip], code=3, more=ONE_AT_A_TIME)
    tasks = m.journal("supporting/raw/tasks")
    check(tasks["complete"] == "partial" and "wall warning" in tasks["notes"], "partial")
    m.store("limit-final", "tasks ended at 10,000 rows, and nothing leads past them: partial", rules=[WALL, strip],
            exit=3)
    m.close()


# MARK: Refusals and lost cursors


UNKNOWN_FIELDS = [("core.yaml", "fields: [id, display_number,", "fields: [id, shoe_size, display_number,"),
                  ("core.yaml", '"client{id, name}"', '"client{id, name, hat_size}"')]


@folder
def fields_refused():
    m = Making(edits=UNKNOWN_FIELDS)
    m.run("extract", "--entity", "matters", rules=[hold("matters", 5)], until="held", more=ONE_AT_A_TIME)
    check(m.journal("core/raw/matters")["notes"].count("field_refused warning") == 2, "two fields are refused")
    m.store("fields-refused-interrupted", "Clio refused a field and one inside an association; killed behind that")
    m.run(*RUN)
    m.store("fields-refused-finished", "a whole run, but for a field and one inside an association that Clio refused")
    m.close()


@folder
def lost_cursor():
    lost = dict(LOST, list="tasks", has=["page_token"], lacks=["created_since"], first=2)
    m = Making()
    m.run("extract", "--entity", "tasks", rules=[lost, hold("tasks", 2, has=["created_since"])], until="held",
          more=ONE_AT_A_TIME)
    check({"restarted", "goes_on"} <= notes(m.journal("supporting/raw/tasks")), "restarted")
    m.store("lost-cursor", "the cursor of tasks was lost; they go on from a creation date, killed there")
    m.close()


@folder
def lost_cursor_not_followed():
    lost = dict(LOST, list="tasks", has=["page_token"], lacks=["created_since"], first=2)
    m = Making()
    m.run("extract", "--entity", "tasks", rules=[lost, hold("tasks", 0, has=["created_since"])], until="held",
          more=ONE_AT_A_TIME)
    check(list(m.journal("supporting/raw/tasks")["streams"]) == ["all"], "nothing goes on from the lost cursor")
    m.store("lost-cursor-not-followed", "the cursor of tasks was lost, killed before anything else was brought")
    m.close()


@folder
def lost_cursor_without_filter():
    lost = dict(LOST, list="tasks", has=["page_token"], lacks=["created_since"], first=3, times=1)
    strip = {"list": "tasks", "has": ["created_since"], "do": "strip", "parameters": ["created_since"], "count": None}
    m = Making()
    m.run("extract", "--entity", "tasks", rules=[lost, strip, hold("tasks", 8, lacks=["created_since"])], until="held",
          more=ONE_AT_A_TIME)
    check("filter_ignored info" in m.journal("supporting/raw/tasks")["notes"], "filter_ignored")
    m.store("lost-cursor-without-filter",
            "the cursor of tasks was lost, and Clio ignores created_since: they begin again, killed there", rules=[strip])
    m.close()


@folder
def filter_of_changes_ignored():
    strip = {"list": "tasks", "has": ["updated_since"], "do": "strip", "parameters": ["updated_since"], "count": None}
    m = Making()
    m.run("extract", rules=[strip], more=ONE_AT_A_TIME)
    check("filter_ignored warning" in m.journal("supporting/raw/tasks")["notes"], "filter_ignored")
    m.store("filter-of-changes-ignored", "Clio ignored updated_since for tasks; everything is extracted", rules=[strip])
    m.close()


@folder
def filter_of_the_list_ignored():
    strip = {"list": "contacts", "has": ["client_only"], "do": "strip", "parameters": ["client_only"], "count": None}
    m = Making()
    m.run("extract", "--phase", "core", rules=[strip], more=ONE_AT_A_TIME)
    check("filter_ignored warning" in m.journal("core/raw/contacts")["notes"], "filter_ignored")
    # The pages of all contacts, which are another list to extract, have the same addresses then.
    m.store("filter-of-the-list-ignored", "Clio ignored client_only: more contacts came than were asked for", rules=[strip],
            repeats=8)
    m.close()


@folder
def forbidden():
    m = Making()
    m.control("forbid?kind=tasks")
    m.run(*RUN, code=3)
    check("forbidden" in notes(m.journal("supporting/raw/tasks")), "forbidden")
    m.store("forbidden", "tasks were forbidden; everything else is loaded")
    m.close()


# MARK: Counts


@folder
def counts_void():
    wrong = {"list": "tasks", "count": None, "do": "records", "value": 999}
    m = Making()
    m.run("extract", rules=[wrong], more=ONE_AT_A_TIME)
    check({"counts_void", "count_unknown"} <= notes(m.journal("supporting/raw/tasks")), "counts_void")
    m.store("counts-void", "Clio's counts of tasks are none; everything is extracted", rules=[wrong])
    m.close()


@folder
def no_counts():
    m = Making({"no-records-total": True})
    m.run("extract", "--phase", "core", "--phase", "supporting", more=ONE_AT_A_TIME)
    m.run("extract", rules=[hold("documents", 2)], until="held", more=ONE_AT_A_TIME)
    tasks = m.journal("supporting/raw/tasks")
    check("count_unknown" in notes(tasks), "count_unknown")
    m.store("no-counts", "Clio gives no counts; killed while documents were extracted")
    m.close()


@folder
def deleted_meanwhile():
    m = Making()
    gone = ids(m, "tasks")[3]
    m.changes.append("delete?kind=tasks&ids=" + gone)
    call = {"list": "tasks", "first": 2, "times": 1, "do": "call", "call": m.changes[0]}
    m.run("extract", rules=[call], more=ONE_AT_A_TIME)
    check("count_differs info" in m.journal("supporting/raw/tasks")["notes"], "count_differs")
    m.store("deleted-meanwhile", "a task was deleted behind the walk: more came than Clio counts",
            then=[RUN, RUN + ["--sweep"]])
    m.close()


def ids(m, kind):
    import urllib.request

    request = urllib.request.Request(
        "%s/api/v4/%s.json?fields=id&limit=200" % (m.simulator_address, kind),
        headers={"Authorization": "Bearer simulator-token"})
    return [str(record["id"]) for record in json.load(urllib.request.urlopen(request))["data"] if record.get("id")]


# MARK: A list without an order that changes


@folder
def mended():
    m = Making()
    gone = ids(m, "calendar_entries")[3]
    m.changes.append("delete?kind=calendar_entries&ids=" + gone)
    call = {"list": "calendar_entries", "first": 2, "times": 1, "do": "call", "call": m.changes[0]}
    m.run("extract", rules=[call], more=ONE_AT_A_TIME)
    entries = m.journal("supporting/raw/calendar_entries")
    check("mended" in notes(entries) and any(s.startswith("ids=") for s in entries["streams"]), "mended")
    m.store("mended", "a calendar entry was deleted behind the walk, and the one that moved off every page was fetched by its id",
            then=[RUN, RUN + ["--sweep"]])
    m.close()


@folder
def mend_interrupted():
    m = Making()
    gone = ids(m, "calendar_entries")[3]
    m.changes.append("delete?kind=calendar_entries&ids=" + gone)
    call = {"list": "calendar_entries", "first": 2, "times": 1, "do": "call", "call": m.changes[0]}
    m.run("extract", rules=[call, hold("calendar_entries", 12)], until="held", more=ONE_AT_A_TIME)
    check("default/supporting/.sweep/calendar_entries" in m.journals(), "a walk over the ids")
    m.store("mend-interrupted", "a calendar entry was deleted behind the walk; killed in the walk over the ids",
            then=[RUN, RUN + ["--sweep"]])
    m.close()


@folder
def shifted():
    falling = {"list": "calendar_entries", "has": ["page_token"], "do": "records", "falling": 1000}
    m = Making()
    m.run("extract", rules=[falling], code=3, more=ONE_AT_A_TIME)
    entries = m.journal("supporting/raw/calendar_entries")
    check("shifted" in notes(entries) and entries["complete"] == "partial", "shifted")
    m.store("shifted", "calendar entries changed whenever they were walked: partial", rules=[falling], exit=3)
    m.close()


# MARK: Sweeps


def swept(gone=("matters", "tasks", "calendar_entries")):
    m = Making()
    m.run(*RUN)
    for kind in gone:
        m.change("delete?kind=%s&ids=%s" % (kind, ",".join(ids(m, kind)[4:6])))
    return m


@folder
def sweep_interrupted():
    m = swept()
    m.run(*RUN, "--sweep", rules=[hold("tasks", 3, lacks=["updated_since"])], until="held", more=ONE_AT_A_TIME)
    check(m.journal("supporting/.sweep/tasks")["complete"] is None, "an open sweep")
    m.store("sweep-interrupted", "records were deleted in Clio; a sweep was killed in its walk over the ids of tasks",
            then=[RUN + ["--sweep"]])
    m.close()


@folder
def sweep_finished():
    m = swept()
    m.run(*RUN, "--sweep")
    check(m.journal("supporting/raw/tasks")["deleted"] == 2, "deletions")
    m.store("sweep-finished", "records were deleted in Clio; a sweep found them and took them out of the database")
    m.close()


@folder
def sweep_not_loaded():
    m = swept()
    m.run("extract", "--sweep")
    m.store("sweep-not-loaded", "a sweep found deleted records; they are still in the database")
    m.close()


@folder
def sweep_without_ids():
    m = swept()
    strip = {"list": "tasks", "has": ["ids[]"], "do": "strip", "parameters": ["ids[]"], "count": None}
    m.run("extract", "--sweep", rules=[strip], code=3)
    check("filter_ignored warning" in m.journal("supporting/raw/tasks")["notes"], "filter_ignored")
    m.store("sweep-without-ids", "Clio ignored ids[] in a sweep of tasks: what is gone is not known",
            then=[RUN + ["--sweep"]], repeats=1_000)
    m.close()


@folder
def sweep_of_an_empty_list():
    m = swept(())
    everything = ",".join(ids(m, "tasks"))
    m.control("delete?kind=tasks&ids=" + everything)
    m.run("extract", "--sweep", code=3)
    check("sweep_incomplete" in notes(m.journal("supporting/raw/tasks")), "sweep_incomplete")
    m.store("sweep-of-an-empty-list", "tasks were empty in a sweep, as after a lost permission; they are kept",
            then=[RUN + ["--sweep"]], repeats=1_000)
    m.close()


# MARK: Refreshes


REFRESH = ["refresh", "--json", "--no-progress"]


def changed():
    """A finished firm of which something was added, edited and deleted since."""
    m = Making()
    m.run(*RUN)
    m.change("change?add=2&edit=3&delete=2&seed=4")
    return m


@folder
def refreshed():
    m = changed()
    m.run(*REFRESH)
    m.change("change?add=1&edit=4&delete=1&seed=5")
    tasks = m.journal("supporting/raw/tasks")
    check(tasks["deleted"] == 2 and any(s.startswith("updated_since=") for s in tasks["streams"]), "a refresh")
    m.store("refreshed", "a firm that was refreshed once and changed since", then=[REFRESH])
    m.close()


@folder
def refresh_interrupted():
    m = changed()
    m.run(*REFRESH, rules=[hold("tasks", 2)], until="held", more=ONE_AT_A_TIME)
    check(m.journal("supporting/raw/tasks")["complete"] is None, "tasks are not complete")
    m.store("refresh-interrupted", "a refresh was killed while it looked for deleted tasks", then=[REFRESH])
    m.close()


@folder
def compacted():
    m = changed()
    m.run(*REFRESH)
    m.run("staged", "compact")
    m.change("change?add=1&edit=4&delete=1&seed=5")
    tasks = m.journal("supporting/raw/tasks")
    check(tasks["generation"] == 2 and tasks["parts"] == 1, "one part")
    m.store("compacted", "a firm that was refreshed and compacted, and changed since", then=[REFRESH])
    m.close()


# MARK: Generations


@folder
def forced_interrupted():
    m = Making()
    m.run(*RUN)
    m.run("extract", "--force", rules=[hold("tasks", 3)], until="held", more=ONE_AT_A_TIME)
    check("default/supporting/.next/raw/tasks" in m.journals(), "a generation in the making")
    m.store("forced-interrupted", "everything is loaded; a second raw generation was killed in the making")
    m.close()


@folder
def forced_finished():
    m = Making()
    m.run(*RUN)
    m.run("extract", "--force")
    check(m.journal("core/raw/matters")["generation"] == 2, "a second generation")
    m.store("forced-finished", "a second raw generation is in place, the layers and the database are still of the first")
    m.close()


@folder
def several_generations():
    m = Making()
    m.run(*RUN)
    m.run(*RUN, "--force")
    m.edit("core.yaml", "        close_date: date\n", "        close_date: date\n        closed: {from: close_date, type: date}\n")
    m.run("transform")
    check(m.journal("core/clean/matters")["generation"] == 3, "generations of layers")
    m.store("several-generations", "everything was forced once; then a column was added and transformed, but not loaded")
    m.close()


# MARK: Interrupted transform, load and rebuild


@folder
def transform_interrupted():
    m = Making()
    m.run("extract")
    half = m.calls("transform")["rename"] // 2
    m.run("transform", shim={"KILL_AT": "rename#%d" % half})
    m.store("transform-interrupted", "a first transform was killed before half of its renames")
    m.close()


@folder
def new_generation_out_of_sight():
    m = Making()
    m.run(*RUN)
    m.edit("core.yaml", "        close_date: date\n", "        close_date: date\n        closed: {from: close_date, type: date}\n")
    renames = m.calls("transform", "--entity", "matters")["rename"]
    m.run("transform", "--entity", "matters", shim={"KILL_AT": "rename#%d" % max(1, renames // 2)})
    check(any(name.endswith(".building") for name in os.listdir(m.work + "/staging/default/core/.generations")), "building")
    m.store("new-generation-out-of-sight", "a transform for a new column was killed before its layers were put in place")
    m.close()


@folder
def load_interrupted():
    m = Making()
    m.run("extract")
    m.run("transform")
    half = m.calls("load")["pwrite"] // 2
    m.run("load", shim={"KILL_AT": "pwrite#%d" % half})
    m.store("load-interrupted", "a first load was killed before half of its writes")
    m.close()


FEWER_COLUMNS = ("core.yaml", "        close_date: date\n", "")
NO_RULE = ("core.yaml", "          check: close_date >= open_date\n", "          check: updated_at >= created_at\n")


@folder
def rebuild_interrupted():
    m = Making()
    m.run(*RUN)
    m.edit(*FEWER_COLUMNS)
    m.edit(*NO_RULE)
    m.run("transform")
    writes = m.calls("load", "--entity", "matters")
    for share in (0.5, 0.6, 0.7, 0.8, 0.9, 0.4, 0.3):
        copy = m.work + ".before"
        make.shutil.copytree(m.work, copy, symlinks=True)
        m.run("load", "--entity", "matters", shim={"KILL_AT": "pwrite#%d" % (writes["pwrite"] * share)})
        shadows = [name for (name,) in m.sql("SELECT name FROM sqlite_schema") if name.startswith("_cliosync_new")]
        if shadows:
            break
        make.shutil.rmtree(m.work)
        os.rename(copy, m.work)
    check(shadows, "a shadow table")
    make.shutil.rmtree(copy, ignore_errors=True)
    m.store("rebuild-interrupted", "a column went, and matters were being built anew in a shadow table when the load was killed")
    m.close()


@folder
def rebuild_finished():
    m = Making()
    m.run(*RUN)
    m.edit(*FEWER_COLUMNS)
    m.edit(*NO_RULE)
    m.run("transform")
    m.run("load")
    m.store("rebuild-finished", "a column went, and matters were built anew")
    m.close()


# MARK: Records


@folder
def records_without_ids():
    m = Making({"defects": 0.6})
    m.run(*RUN, rules=[hold("documents", 3)], until="held", more=ONE_AT_A_TIME)
    without = 0
    for name in ("core/raw/matters", "supporting/raw/tasks", "supporting/raw/contacts"):
        path = "%s/staging/default/%s" % (m.work, name)
        for part in sorted(os.listdir(path)):
            if part.endswith(".gz"):
                with make.gzip.open(os.path.join(path, part)) as lines:
                    without += sum(not isinstance(json.loads(line).get("id"), int) for line in lines)
    check(without > 0, "records without ids")
    m.store("records-without-ids", "most records are broken and %d have no usable id; killed while documents were extracted" % without)
    m.close()


@folder
def decided():
    m = Making({"defects": 0.3})
    m.run(*RUN)
    listed = m.run("review", "ls", "--json")
    groups = [json.loads(line) for line in listed.splitlines()]
    flagged = m.sql("SELECT entity, id, severity FROM flagged_records WHERE id IS NOT NULL ORDER BY entity, id")
    rejected = next(row for row in flagged if row[2] == "reject")
    warned = [row for row in flagged if row[2] == "warn"]
    check(groups and rejected and len(warned) > 2, "flagged records")
    m.run("review", "reject", warned[0][0], str(warned[0][1]), "--note", "not ours")
    m.run("transform")
    m.run("load")
    m.run("review", "accept", rejected[0], str(rejected[1]), "--note", "the firm knows")
    m.run("review", "reject", warned[1][0], str(warned[1][1]))
    m.run("review", "accept", warned[2][0], str(warned[2][1]))
    count = "SELECT count(*) FROM %s WHERE id = '%s'"
    m.store("decided", "one decision of a review is applied, others are not yet", same=False, queries={
        count % rejected[:2]: "1", count % warned[0][:2]: "0", count % warned[1][:2]: "0", count % warned[2][:2]: "1"})
    m.close()


@folder
def imported():
    m = Making()
    records = [{"id": number, "name": "Area %d" % number} for number in (1, 2, 3)] + [{"name": "without an id"}]
    make.write(m.work + "/areas.ndjson", "".join(json.dumps(record) + "\n" for record in records))
    m.run("staged", "import", "--phase", "core", "--entity", "practice_areas", "areas.ndjson")
    os.remove(m.work + "/areas.ndjson")
    m.store("imported", "practice areas were imported from a file", same=False,
            queries={"SELECT group_concat(id) FROM (SELECT id FROM practice_areas ORDER BY id)": "1,2,3"})
    m.close()
