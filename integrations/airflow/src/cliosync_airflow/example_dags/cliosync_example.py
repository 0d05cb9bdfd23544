"""Onboarding and daily refresh of all firms in a table of the platform."""

from typing import Any

from cliosync_airflow import FirmsTable, dispatch_dag, onboarding_dag, refresh_dag

fleet: dict[str, Any] = {
    "store_conn_id": "cliosync_store",
    "app_conn_id": "cliosync_app",
    "page_url": "https://status.example.com",
}

onboarding = onboarding_dag(phases=["core", "supporting", "historical"], recent="12mo", **fleet)
refresh = refresh_dag(**fleet)

dispatch_onboarding = dispatch_dag(
    FirmsTable("platform_db", "SELECT connection FROM firms WHERE wanted"), to="onboarding", schedule="*/5 * * * *"
)
dispatch_refresh = dispatch_dag(
    FirmsTable("platform_db", "SELECT connection, region FROM firms WHERE onboarded"),
    to="refresh",
    schedule="*/15 * * * *",
)
