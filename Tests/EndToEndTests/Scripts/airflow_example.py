"""Runs the tasks of docs/automation.md's DAG as Airflow's own operators run them.

    airflow_example.py PAGE FOLDER run|skip|stop

in FOLDER, which takes the place of the page's project folder. `run`: all tasks end well. `skip`: the first one is skipped,
because its firm has to wait. `stop`: the first one is asked to end, as when its task is cleared.
"""

import os
import re
import sys
import threading
import time

page, folder, wanted = sys.argv[1:4]
os.environ["AIRFLOW_HOME"] = folder + "/airflow"
os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"

from airflow.exceptions import AirflowException, AirflowSkipException

with open(page) as file:
    code = re.search(r"```python\n(.*?)```", file.read(), re.S)[1]
scope = {}
exec(code.replace("/var/lib/cliosync", folder), scope)
order = []
task = next(task for task in scope["dag"].tasks if not task.upstream_task_ids)
while task:
    order.append(task)
    task = next(iter(task.downstream_list), None)
assert [task.task_id for task in order] == ["extract", "transform", "load", "verify"], order

if wanted == "run":
    for task in order:
        task.execute({})
elif wanted == "skip":
    try:
        order[0].execute({})
        sys.exit("it was not skipped")
    except AirflowSkipException:
        pass
else:
    def stop():
        while not os.path.exists(folder + "/smith.events") or b'"page"' not in open(folder + "/smith.events", "rb").read():
            time.sleep(0.05)
        order[0].on_kill()

    threading.Thread(target=stop, daemon=True).start()
    try:
        order[0].execute({})
        sys.exit("it was not stopped")
    except AirflowException as error:
        assert "130" in str(error), error
print("as wanted:", wanted)
