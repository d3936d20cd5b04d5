"""Operations that run in the background: making, changing and deleting projects.

The emulator is done at once; callers still see a queued operation first and its end when they ask for it.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from azure_devops_emulator.organizations import Organization

# Gone together with the organization, so a reset forgets them.
_ENDED: WeakKeyDictionary[Organization, set[str]] = WeakKeyDictionary()


def note_operation(organization: Organization) -> str:
    """Note an operation that ended well; its id."""
    operation_id = str(uuid.uuid4())
    _ENDED.setdefault(organization, set()).add(operation_id)
    return operation_id


def has_operation(organization: Organization, operation_id: str) -> bool:
    """Whether there is an operation of that id."""
    return operation_id.lower() in _ENDED.get(organization, ())
