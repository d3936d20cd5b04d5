"""The audit trail: who did what, when."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class AuditAction(StrEnum):
    """What people do here that changes something or shows a secret. CONNECTION_ACCEPTED is the partner's deed."""

    ORGANIZATION_REGISTERED = "organization_registered"
    ORGANIZATION_DISCONNECTED = "organization_disconnected"
    CREDENTIAL_SAVED = "credential_saved"
    IDENTITIES_PAIRED = "identities_paired"
    CONNECTION_INITIATED = "connection_initiated"
    CONNECTION_ACCEPTED = "connection_accepted"
    CONNECTION_CHANGED = "connection_changed"
    CONNECTION_ACTIVATED = "connection_activated"
    CONNECTION_DEACTIVATED = "connection_deactivated"
    CONNECTION_REMOVED = "connection_removed"
    INVITATION_ACCEPTED = "invitation_accepted"
    INVITATION_RENEWED = "invitation_renewed"
    INVITATION_SHOWN = "invitation_shown"
    INVITATION_REVOKED = "invitation_revoked"
    WORK_ITEM_EXALATED = "work_item_exalated"
    WORK_ITEM_CONNECTED = "work_item_connected"
    WORK_ITEM_UNEXALATED = "work_item_unexalated"
    ERROR_RETRIED = "error_retried"


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One deed. ``details`` are plain values for people, never secrets; names are as they were then."""

    id: str
    organization_id: str
    at: datetime
    user_id: str
    user_name: str
    action: AuditAction
    connection_id: str = ""
    connection_name: str = ""
    details: Mapping[str, str] = field(default_factory=dict)
