"""What the operator says: the only reader of the environment."""

import base64
import binascii
import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from adnode.domain.errors import ConfigurationError, ValidationError
from adnode.domain.license_plan import UNLIMITED, LicensePlan, read_plan
from adnode.domain.limits import WORK_ITEMS_AN_HOUR
from adnode.domain.session import ExtensionKey

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
KEY_LENGTH = 32
TOKEN_LENGTH = 20
NUMBER_LENGTH = 9
LONGEST_CALL_SECONDS = 70.0
SERVICES_URL = "https://dev.azure.com"
LOG_FORMATS = ("console", "json")


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of one node process. Durations are seconds.

    ``url`` is where peers call this node, '' for a node that can't be called. ``secret_keys`` seal stored secrets, the
    first one seals anew. ``extension_keys`` check the pages on Azure DevOps Services, ``server_extension_keys`` those
    on Server. ``plan`` limits the new pairs of a month. ``notification_seconds`` is how long errors are collected
    before somebody is told of them at once. ``partner_work_items_an_hour`` is how many work items each partner may have
    made here; what it may bring in a minute grows with it.
    """

    data_directory: Path
    database_url: str = field(repr=False)
    secret_keys: tuple[bytes, ...] = field(repr=False)
    wakeups_url: str = field(repr=False)
    url: str = ""
    listen_host: str = "127.0.0.1"
    listen_port: int = 8080
    allows_loopback_http: bool = False
    allowed_peer_networks: tuple[Network, ...] = ()
    server_urls: tuple[str, ...] = ()
    feed_interval_seconds: float = 30.0
    sweep_interval_seconds: float = 2.0
    lease_seconds: float = 300.0
    worker_count: int = 4
    log_format: str = "console"
    extension_keys: tuple[ExtensionKey, ...] = ()
    server_extension_keys: tuple[ExtensionKey, ...] = ()
    allowed_organizations: tuple[str, ...] = ()
    session_seconds: float = 2700.0
    requires_same_identity: bool = False
    services_url: str = SERVICES_URL
    static_directory: Path | None = None
    trusted_proxies: int = 0
    plan: LicensePlan = UNLIMITED
    allowed_mail_networks: tuple[Network, ...] = ()
    notification_seconds: float = 60.0
    audit_days: int = 400
    deep_comparison_days: int = 7
    metrics_token: str = field(default="", repr=False)
    partner_work_items_an_hour: int = WORK_ITEMS_AN_HOUR

    @property
    def call_seconds(self) -> float:
        """Return when a call to Azure DevOps without an answer is given up; several fit into a lease."""
        return min(LONGEST_CALL_SECONDS, self.lease_seconds / 3)

    @property
    def is_embedded(self) -> bool:
        """Say whether the database is a file of this machine."""
        return self.database_url.startswith("sqlite")

    @property
    def database_files(self) -> tuple[Path, ...]:
        """Return the SQLite files of this node."""
        return tuple(file for url in (self.database_url, self.wakeups_url) if (file := _sqlite_file(url)))


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from ADNODE_… variables; raises ConfigurationError naming the variable and what it must be."""
    reader = _Reader(os.environ if environment is None else environment)
    data = Path(reader.text("DATA_DIR", "var")).absolute()
    host, port = reader.address("LISTEN", "127.0.0.1:8080")
    return Settings(
        data_directory=data,
        database_url=reader.text("DATABASE_URL", f"sqlite:///{data / 'adnode.db'}"),
        secret_keys=reader.keys("SECRET_KEYS"),
        wakeups_url=reader.text("WAKEUPS_URL", f"sqlite:///{data / 'wakeups.db'}"),
        url=reader.url("URL"),
        listen_host=host,
        listen_port=port,
        allows_loopback_http=reader.flag("ALLOW_LOOPBACK_HTTP"),
        allowed_peer_networks=reader.networks("ALLOWED_PEER_NETWORKS"),
        server_urls=tuple(entry.rstrip("/") for entry in reader.entries("SERVER_URLS")),
        feed_interval_seconds=reader.seconds("FEED_INTERVAL_SECONDS", 30.0),
        sweep_interval_seconds=reader.seconds("SWEEP_INTERVAL_SECONDS", 2.0),
        lease_seconds=reader.seconds("LEASE_SECONDS", 300.0),
        worker_count=reader.number("WORKERS", 4),
        log_format=reader.choice("LOG_FORMAT", LOG_FORMATS),
        extension_keys=reader.extension_keys("EXTENSION_KEYS"),
        server_extension_keys=reader.extension_keys("SERVER_EXTENSION_KEYS"),
        allowed_organizations=tuple(reader.entries("ALLOWED_ORGANIZATIONS")),
        session_seconds=reader.seconds("SESSION_SECONDS", 2700.0, maximum=3600.0),
        requires_same_identity=reader.flag("SESSION_STRICT"),
        services_url=reader.services_url("SERVICES_URL"),
        static_directory=reader.directory("STATIC_DIR"),
        trusted_proxies=reader.number("TRUSTED_PROXIES", 0, minimum=0),
        plan=reader.plan("PLAN"),
        allowed_mail_networks=reader.networks("ALLOWED_MAIL_NETWORKS"),
        notification_seconds=reader.seconds("NOTIFICATION_SECONDS", 60.0, maximum=3600.0),
        audit_days=reader.number("AUDIT_DAYS", 400, maximum=36500),
        partner_work_items_an_hour=reader.number("PARTNER_WORK_ITEMS_AN_HOUR", WORK_ITEMS_AN_HOUR, maximum=100_000_000),
        deep_comparison_days=reader.number("DEEP_COMPARISON_DAYS", 7, maximum=28),
        metrics_token=reader.token("METRICS_TOKEN"),
    )


class _Reader:
    """Reads variables one by one and says what is wrong with them. Values of secrets are never in a message."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def text(self, name: str, default: str = "") -> str:
        return self._environment.get(f"ADNODE_{name}", "").strip() or default

    def token(self, name: str) -> str:
        text = self.text(name)
        if text and (len(text) < TOKEN_LENGTH or not text.isascii() or not text.isprintable() or " " in text):
            raise _wrong(name, f"{TOKEN_LENGTH} or more letters, digits or signs without spaces, or empty")
        return text

    def entries(self, name: str) -> list[str]:
        return [entry.strip() for entry in self.text(name).split(",") if entry.strip()]

    def keys(self, name: str) -> tuple[bytes, ...]:
        return tuple(self._key(name, entry) for entry in self.entries(name))

    def _key(self, name: str, entry: str) -> bytes:
        try:
            key = base64.b64decode(entry, validate=True)
        except (binascii.Error, ValueError):
            key = b""
        if len(key) != KEY_LENGTH:
            raise _wrong(
                name, "a comma-separated list of keys of 32 bytes in base64 (make one: openssl rand -base64 32)"
            )
        return key

    def url(self, name: str) -> str:
        text = self.text(name).rstrip("/")
        parts = urlsplit(text)
        if text and (parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.username):
            raise _wrong(name, "an https address without user, query or fragment, or empty for a private node")
        return text

    def address(self, name: str, default: str) -> tuple[str, int]:
        host, colon, port = self.text(name, default).rpartition(":")
        if not colon or not host or not port.isdecimal() or int(port) > 65535:
            raise _wrong(name, "host:port, for example 127.0.0.1:8080")
        return host.strip("[]"), int(port)

    def flag(self, name: str) -> bool:
        text = self.text(name, "no").lower()
        if text not in {"yes", "true", "1", "no", "false", "0"}:
            raise _wrong(name, "yes or no")
        return text in {"yes", "true", "1"}

    def networks(self, name: str) -> tuple[Network, ...]:
        try:
            return tuple(ipaddress.ip_network(entry) for entry in self.entries(name))
        except ValueError as error:
            raise _wrong(name, "a comma-separated list of networks such as 10.1.0.0/16") from error

    def extension_keys(self, name: str) -> tuple[ExtensionKey, ...]:
        return tuple(self._extension_key(name, entry) for entry in self.entries(name))

    def _extension_key(self, name: str, entry: str) -> ExtensionKey:
        audience, equals, key = entry.partition("=")
        if not equals or len(key.strip()) < KEY_LENGTH:
            raise _wrong(
                name,
                "a comma-separated list of audience=certificate, where the certificate is the whole text that the "
                "publisher portal shows (32 characters or more)",
            )
        return ExtensionKey(audience.strip().lower(), key.strip())

    def services_url(self, name: str) -> str:
        text = self.text(name, SERVICES_URL).rstrip("/")
        parts = urlsplit(text)
        is_plain = parts.scheme == "http" and self.flag("ALLOW_LOOPBACK_HTTP") and _is_loopback(parts.hostname or "")
        if not (parts.scheme == "https" or is_plain) or not parts.hostname or parts.query or parts.username:
            raise _wrong(name, "an https address (http only to this machine, with ADNODE_ALLOW_LOOPBACK_HTTP=yes)")
        return text

    def directory(self, name: str) -> Path | None:
        text = self.text(name)
        return Path(text).absolute() if text else None

    def seconds(self, name: str, default: float, maximum: float = 86400.0) -> float:
        try:
            value = float(self.text(name, str(default)))
        except ValueError:
            value = 0.0
        if not 0.0 < value <= maximum:
            raise _wrong(name, f"a number of seconds, more than 0 and at most {maximum:g}")
        return value

    def number(self, name: str, default: int, minimum: int = 1, maximum: int = 64) -> int:
        text = self.text(name, str(default))
        if not text.isdecimal() or len(text) > NUMBER_LENGTH or not minimum <= int(text) <= maximum:
            raise _wrong(name, f"a whole number from {minimum} to {maximum}")
        return int(text)

    def plan(self, name: str) -> LicensePlan:
        try:
            return read_plan(self.text(name))
        except ValidationError:
            raise _wrong(name, "free, or pairs:<n> such as pairs:5000, or empty for no limit") from None

    def choice(self, name: str, choices: tuple[str, ...]) -> str:
        text = self.text(name, choices[0])
        if text not in choices:
            raise _wrong(name, "one of: " + ", ".join(choices))
        return text


def _sqlite_file(url: str) -> Path | None:
    scheme, _, file = url.partition(":///")
    file = file.partition("?")[0]
    return Path(file).absolute() if scheme.startswith("sqlite") and file not in {"", ":memory:"} else None


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _wrong(name: str, expected: str) -> ConfigurationError:
    return ConfigurationError(f"ADNODE_{name} can't be used. It must be {expected}.", variable=f"ADNODE_{name}")
