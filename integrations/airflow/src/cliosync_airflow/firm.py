"""A firm's settings, from its connection in Airflow. Pure: no Airflow."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

REGIONS = ("us", "eu", "ca", "au")
#: What an `extra` may have beside settings by their names.
_NAMES = {
    "client_secret": "CLIO_CLIENT_SECRET",
    "refresh_token": "CLIO_REFRESH_TOKEN",
}
_SETTING = re.compile(r"(CLIO|SYNC)_[A-Z0-9_]+")
_FIRM = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_STORE_NAMES = {
    "region_name": "SYNC_REMOTE_REGION",
    "endpoint_url": "SYNC_REMOTE_ENDPOINT",
    "aws_session_token": "AWS_SESSION_TOKEN",
}
#: Settings whose values appear nowhere.
SECRETS = frozenset(
    {
        "CLIO_CLIENT_SECRET",
        "CLIO_ACCESS_TOKEN",
        "CLIO_REFRESH_TOKEN",
        "SYNC_NOTIFY_WEBHOOK_URL",
        "SYNC_NOTIFY_COMMAND",
        "SYNC_SMTP_USER",
        "SYNC_SMTP_PASSWORD",
        "SYNC_OPENLINEAGE_API_KEY",
        "SYNC_MASK_KEY",
        "SYNC_STATUS_TOKEN",
        "SYNC_STATUS_VALUES_TOKEN",
        "SYNC_STATUS_LINK_SECRET",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
    }
)


class InvalidConnection(ValueError):
    """A connection that cannot be used. The text names no value that may be secret."""


def checked_firm(name: object) -> str:
    """The name of a firm's connection in cliosync.

    Raises ValueError when it is none, so that it cannot be an option or a path.
    """
    if not isinstance(name, str) or not _FIRM.fullmatch(name):
        raise ValueError("a firm's name has 1 to 64 of a-z, 0-9 and -, and does not begin with -")
    return name


def firm_settings(
    login: str | None, password: str | None, host: str | None, port: int | None, extra: Mapping[str, Any]
) -> dict[str, str]:
    """The settings of a firm.

    login is the application's client id, password the access token, host the region (`us`, `eu`, `ca`, `au`) or, for
    tests, an address. extra has `client_secret`, `refresh_token`, and settings by their names.
    """
    settings = _place(host, port)
    if login:
        settings["CLIO_CLIENT_ID"] = login
    if password:
        settings["CLIO_ACCESS_TOKEN"] = password
    return settings | _extra(extra, _NAMES)


def store_settings(
    login: str | None, password: str | None, schema: str | None, extra: Mapping[str, Any]
) -> dict[str, str]:
    """The settings of the object store.

    login is the access key, password its secret, schema BUCKET or BUCKET/PREFIX. extra has the names of an AWS
    connection: `region_name`, `endpoint_url`, `aws_session_token`.
    """
    settings = {}
    if schema:
        settings["SYNC_REMOTE"] = schema if schema.startswith("s3://") else f"s3://{schema}"
    if login:
        settings["AWS_ACCESS_KEY_ID"] = login
    if password:
        settings["AWS_SECRET_ACCESS_KEY"] = password
    return settings | _extra(extra, _STORE_NAMES)


def _place(host: str | None, port: int | None) -> dict[str, str]:
    if not host:
        return {}
    if host in REGIONS:
        return {"CLIO_REGION": host}
    if "://" not in host:
        raise InvalidConnection(f"the host is {', '.join(REGIONS)} or an address that begins with https://")
    return {"CLIO_BASE_URL": f"{host}:{port}" if port else host}


def _extra(extra: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, str]:
    settings = {}
    for key, value in extra.items():
        name = names.get(key, key)
        if name == key and not _SETTING.fullmatch(key):
            raise InvalidConnection(
                f"extra: {key} is neither one of {', '.join(names)} nor the name of a setting (CLIO_… or SYNC_…)"
            )
        if isinstance(value, bool) or not isinstance(value, (str, int, float)):
            raise InvalidConnection(f"extra: {key} must be a text or a number")
        if value != "":
            settings[name] = str(value)
    return settings
