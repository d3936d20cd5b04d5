"""Known counterparts: work items of the partner that ours were in sync with before, or carry a link to."""

import re
from collections.abc import Iterable
from enum import StrEnum

from adnode.domain.errors import StateError
from adnode.domain.limits import HIGHEST_NUMBER

_PLACE = re.compile(r"(?:/[^/?#\s]+)?/_workitems/edit/([1-9][0-9]{0,9})/?", re.ASCII | re.IGNORECASE)


class CounterpartChoice(StrEnum):
    """What is to become of a work item that comes under sync and has a known counterpart. CONNECT: the two are
    connected again, if the partner says yes. SEPARATE: a new work item is made on the other side.
    """

    CONNECT = "connect"
    SEPARATE = "separate"


class KnownCounterpartError(StateError):
    """A work item that comes under sync has a known counterpart: a person chooses first.

    ``details`` name ``work_item_id``, ``counterpart`` and ``counterpart_url``.
    """

    code = "known_counterpart"


def find_linked(organization_url: str, links: Iterable[str]) -> int | None:
    """Return the work item of that organization that the last such link leads to; None where none does."""
    address = organization_url.rstrip("/").casefold()
    found = None
    for link in links:
        if address and link.casefold().startswith(address):
            place = _PLACE.fullmatch(link, len(address))
            if place is not None and int(place[1]) <= HIGHEST_NUMBER:
                found = int(place[1])
    return found
