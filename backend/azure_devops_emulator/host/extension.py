"""The extension that is installed in every organization of the emulator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

DEFAULT_KEY = "development-key-of-the-emulated-extension"
DEFAULT_AUDIENCE = "5f0b8b4c-6f3e-4d0a-9f57-5a1d2c7e9b10"
DEFAULT_SCOPES = ("vso.project", "vso.work")
EVERY_ORGANIZATION = ""


@dataclass(frozen=True, slots=True)
class Extension:
    """Where the extension's pages are and how its app tokens are signed.

    `page_urls` holds the address of the folder with `hub.html` and `work-item-panel.html` by lower-case organization
    name; the entry "" counts for the organizations that have none. Without an address nothing is framed. `key` is the
    text of the extension's certificate, `audience` the id of its registration, `scopes` what its access tokens reach.
    """

    page_urls: Mapping[str, str] = field(default_factory=dict)
    key: str = field(default=DEFAULT_KEY, repr=False)
    audience: str = DEFAULT_AUDIENCE
    scopes: tuple[str, ...] = DEFAULT_SCOPES
    publisher: str = "idalko-tools"
    name: str = "exalate"
    version: str = "0.1.0"
    hub: str = "adnode"
    panel: str = "work-item-panel"
    title: str = "Exalate"

    @property
    def id(self) -> str:
        """`publisher.extension`."""
        return f"{self.publisher}.{self.name}"

    @property
    def hub_id(self) -> str:
        """The full id of the hub, which is also the last part of its address below `_settings`."""
        return f"{self.id}.{self.hub}"

    @property
    def panel_id(self) -> str:
        """The full id of the form group on work items."""
        return f"{self.id}.{self.panel}"

    def page_url(self, organization_name: str) -> str:
        """The folder of the pages for an organization, without slash at the end; "" when there are none."""
        urls = self.page_urls
        return (urls.get(organization_name.lower()) or urls.get(EVERY_ORGANIZATION) or "").rstrip("/")


def read_page_urls(texts: list[str]) -> dict[str, str]:
    """Page addresses from `ORGANIZATION=URL` or `URL` for all. Raises ValueError for what is no http address."""
    urls: dict[str, str] = {}
    for text in texts:
        name, equals, url = text.partition("=")
        if not equals or "://" in name:
            name, url = EVERY_ORGANIZATION, text
        if not url.startswith(("http://", "https://")):
            raise ValueError(f"{text} is no address of pages. Give ORGANIZATION=http://… or http://… for all.")
        urls[name.lower()] = url
    return urls
