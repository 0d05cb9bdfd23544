"""What Airflow shows of this package."""

from __future__ import annotations

from typing import Any


def get_provider_info() -> dict[str, Any]:
    """The provider's description."""
    return {
        "package-name": "airflow-provider-cliosync",
        "name": "cliosync",
        "description": "Onboards and refreshes law firms with cliosync.",
        "hooks": [{"integration-name": "cliosync", "python-modules": ["cliosync_airflow.hooks"]}],
        "operators": [{"integration-name": "cliosync", "python-modules": ["cliosync_airflow.operators"]}],
        "extra-links": ["cliosync_airflow.links.CliosyncPageLink"],
        "connection-types": [
            {
                "connection-type": "cliosync",
                "hook-class-name": "cliosync_airflow.hooks.CliosyncHook",
                "hook-name": "cliosync",
                "ui-field-behaviour": {
                    "hidden-fields": ["schema", "port"],
                    "relabeling": {"login": "Client id", "password": "Access token", "host": "Region"},
                    "placeholders": {"host": "us, eu, ca or au"},
                },
                "conn-fields": {
                    "client_secret": {
                        "label": "Client secret",
                        "schema": {"type": ["string", "null"], "format": "password"},
                    },
                    "refresh_token": {
                        "label": "Refresh token",
                        "schema": {"type": ["string", "null"], "format": "password"},
                    },
                },
            }
        ],
    }
