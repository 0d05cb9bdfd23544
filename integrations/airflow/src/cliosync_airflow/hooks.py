"""The settings of firms and of the object store, from Airflow's connections."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow.sdk import BaseHook
from airflow.sdk.log import mask_secret

from .firm import SECRETS, InvalidConnection, firm_settings, store_settings


class CliosyncHook(BaseHook):
    """A firm's settings.

    conn_id is the firm's connection; app_conn_id one that all firms share, with the application's client id and secret;
    store_conn_id that of the object store. What the firm's connection sets, wins.
    """

    conn_name_attr = "conn_id"
    default_conn_name = "cliosync_default"
    conn_type = "cliosync"
    hook_name = "cliosync"

    def __init__(
        self,
        conn_id: str = default_conn_name,
        *,
        app_conn_id: str | None = None,
        store_conn_id: str | None = None,
    ) -> None:
        super().__init__()
        self.conn_id = conn_id
        self.app_conn_id = app_conn_id
        self.store_conn_id = store_conn_id

    def get_conn(self) -> dict[str, str]:
        """The settings: the environment of cliosync, without anything of the worker's own."""
        return self.settings()

    def settings(self) -> dict[str, str]:
        """The settings, all secrets of which are masked in logs from now on.

        Raises ValueError naming the connection, without a value.
        """
        settings: dict[str, str] = {}
        if self.store_conn_id:
            settings |= self._read(self.store_conn_id, _store)
        if self.app_conn_id:
            settings |= self._read(self.app_conn_id, _firm)
        settings |= self._read(self.conn_id, _firm)
        for name, value in settings.items():
            if name in SECRETS:
                mask_secret(value)
        return settings

    def _read(self, conn_id: str, read: Any) -> dict[str, str]:  # noqa: ANN401
        connection = self.get_connection(conn_id)
        try:
            settings: dict[str, str] = read(connection, connection.extra_dejson or {})
        except InvalidConnection as error:
            raise InvalidConnection(f"connection {conn_id}: {error}") from None
        return settings


def _firm(connection: Any, extra: Mapping[str, Any]) -> dict[str, str]:  # noqa: ANN401
    return firm_settings(connection.login, connection.password, connection.host, connection.port, extra)


def _store(connection: Any, extra: Mapping[str, Any]) -> dict[str, str]:  # noqa: ANN401
    return store_settings(connection.login, connection.password, connection.schema, extra)
