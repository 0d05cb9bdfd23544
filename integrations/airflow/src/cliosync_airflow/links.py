"""The link from a task to the firm's page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow.sdk import BaseOperatorLink

if TYPE_CHECKING:
    from airflow.sdk import BaseOperator
    from airflow.sdk.types import TaskInstanceKey

KEY = "cliosync_page"


class CliosyncPageLink(BaseOperatorLink):
    """Opens the firm's status page. The task writes the address when it begins; it has no secret in it."""

    name = "cliosync page"

    @property
    def xcom_key(self) -> str:
        """Where the address is."""
        return KEY

    def get_link(self, operator: BaseOperator, *, ti_key: TaskInstanceKey) -> str:
        """The address, which Airflow asks for when the task has ended."""
        return getattr(operator, "firm_page", None) or getattr(operator, "page_url", None) or ""
