"""What a user writes, with the folders of the tests."""

import os
from datetime import timedelta

from cliosync_airflow import FirmsTable, dispatch_dag, onboarding_dag, refresh_dag
from cliosync_airflow.retry import CliosyncRetryPolicy
from cliosync_worker import RetryPlan

place = {
    "pipelines": os.environ["FLEET_PIPELINES"],
    "binary": os.environ["FLEET_BINARY"],
    "page_url": "https://status.example.com",
    # Failures are tried again sooner than in a real fleet.
    "retry_policy": CliosyncRetryPolicy(RetryPlan(first=timedelta(seconds=5), after_stop=timedelta(seconds=2))),
}
if os.environ.get("FLEET_STORE"):
    place["store_conn_id"] = "cliosync_store"
else:
    place |= {"staging": os.environ["FLEET_STAGING"], "databases": os.environ["FLEET_DATABASES"]}

onboarding = onboarding_dag(phases=["core", "supporting", "historical"], **place)
refresh = refresh_dag(**place)
dispatch = dispatch_dag(
    FirmsTable("platform_db", "SELECT connection FROM firms WHERE wanted ORDER BY 1"), schedule="0 0 1 1 *"
)
dispatch_refresh = dispatch_dag(
    FirmsTable("platform_db", "SELECT connection FROM firms WHERE onboarded ORDER BY 1"),
    to="refresh",
    schedule="0 0 1 1 *",
)
# For the firm outside of its hours: a wait of more than five seconds gives the slot back.
quick = onboarding_dag(dag_id="cliosync_quick", phases=["core"], max_wait="5s", wanted=None, **place)
