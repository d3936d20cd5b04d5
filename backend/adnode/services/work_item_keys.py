"""What people type to find work items: numbers, pasted addresses of either side, words of a title."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from adnode.domain.connection import Connection
from adnode.domain.errors import ValidationError
from adnode.domain.session import Tenant
from adnode.domain.twin_list import TwinSearch

NUMBER_LIMIT = 2**31 - 1
TEXT_LIMIT = 500
_NUMBER = re.compile(r"#?([0-9]{1,10})", re.ASCII)
_IS_ADDRESS = re.compile(r"https?://\S+", re.I | re.ASCII)
_PATH = re.compile(r"/(?:_workitems/edit|_apis/wit/workitems)/([0-9]{1,10})(?:[/?#]|$)", re.I | re.ASCII)
_QUERY = re.compile(r"[?&]workitem=([0-9]{1,10})(?:[&#]|$)", re.I | re.ASCII)


class KeyKind(StrEnum):
    """What a text is. NUMBER may be of either side; ADDRESS is of this organization, REMOTE_ADDRESS of a partner."""

    NUMBER = "number"
    ADDRESS = "address"
    REMOTE_ADDRESS = "remote_address"
    WORDS = "words"


@dataclass(frozen=True, slots=True)
class WorkItemKey:
    """A typed text as understood. ``connection_ids`` are those that lead to the partner of a pasted address."""

    kind: KeyKind
    text: str
    number: int | None = None
    connection_ids: tuple[str, ...] = ()

    @property
    def search(self) -> TwinSearch:
        """Return what to look for among the twins."""
        if self.kind is KeyKind.WORDS:
            return TwinSearch(title_part=self.text)
        if self.kind is KeyKind.ADDRESS:
            return TwinSearch(work_item_id=self.number)
        if self.kind is KeyKind.REMOTE_ADDRESS:
            return TwinSearch(remote_work_item_id=self.number)
        return TwinSearch(self.number, self.number, "" if self.text.startswith("#") else self.text)


def read_work_item_key(text: str, tenant: Tenant, connections: Collection[Connection]) -> WorkItemKey:
    """Return what the text means; raises ValidationError for an address that can't be anybody's here."""
    text = text.strip()[:TEXT_LIMIT]
    if _IS_ADDRESS.fullmatch(text):
        return _read_address(text, tenant, connections)
    found = _NUMBER.fullmatch(text)
    if found and 1 <= int(found.group(1)) <= NUMBER_LIMIT:
        return WorkItemKey(KeyKind.NUMBER, text, int(found.group(1)))
    return WorkItemKey(KeyKind.WORDS, text)


def _read_address(text: str, tenant: Tenant, connections: Collection[Connection]) -> WorkItemKey:
    found = _PATH.search(text) or _QUERY.search(text)
    if found is None or not 1 <= int(found.group(1)) <= NUMBER_LIMIT:
        raise ValidationError("This address leads to no work item. Paste one that ends like /_workitems/edit/42.")
    number = int(found.group(1))
    if _is_within(text, tenant.url):
        return WorkItemKey(KeyKind.ADDRESS, text, number)
    of_partner = tuple(each.id for each in connections if each.peer and _is_within(text, each.peer.organization_url))
    if not of_partner:
        raise ValidationError(
            "This address belongs neither to your organization nor to a partner that you have a connection with. "
            "Paste one of those, or type the number."
        )
    return WorkItemKey(KeyKind.REMOTE_ADDRESS, text, number, of_partner)


def _is_within(address: str, organization_url: str) -> bool:
    return bool(organization_url) and address.casefold().startswith(f"{organization_url.rstrip('/').casefold()}/")
