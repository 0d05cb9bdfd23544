"""A Dag of the platform's own that begins for each firm as soon as its first phase is loaded and verified."""

from typing import Any

from airflow.sdk import DAG, PartitionedAssetTimetable, task

from cliosync_airflow.dags import loaded_asset

with DAG("firm_is_usable", schedule=PartitionedAssetTimetable(assets=loaded_asset("core")), catchup=False) as dag:

    @task
    def announce(dag_run: Any = None) -> None:  # noqa: ANN401
        """Airflow passes what the arguments are named after."""
        print(f"the matters of {dag_run.partition_key} can be used")

    announce()
