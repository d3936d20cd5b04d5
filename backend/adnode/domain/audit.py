"""The audit trail: who did what, when."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from adnode.domain.actor import ActorKind


class AuditAction(StrEnum):
    """What people do here that changes something or shows a secret. CONNECTION_ACCEPTED and those that begin with
    PARTNER are the partner's deeds, with what it claims of them.
    """

    ORGANIZATION_REGISTERED = "organization_registered"
    ORGANIZATION_DISCONNECTED = "organization_disconnected"
    SESSION_OPENED = "session_opened"
    SESSION_REFUSED = "session_refused"
    SESSION_ENDED = "session_ended"
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
    WORK_ITEM_SYNC_ASKED = "work_item_sync_asked"
    CONFLICT_RESTORED = "conflict_restored"
    CONFLICT_DISMISSED = "conflict_dismissed"
    ERROR_RETRIED = "error_retried"
    QUEUE_EVENT_CANCELLED = "queue_event_cancelled"
    QUEUE_EVENT_SENT_AGAIN = "queue_event_sent_again"
    MAIL_SERVER_SAVED = "mail_server_saved"
    MAIL_SERVER_REMOVED = "mail_server_removed"
    SUBSCRIBER_ADDED = "subscriber_added"
    SUBSCRIBER_CHANGED = "subscriber_changed"
    SUBSCRIBER_REMOVED = "subscriber_removed"
    SUBSCRIBER_UNSUBSCRIBED = "subscriber_unsubscribed"
    WEBHOOK_SECRET_RENEWED = "webhook_secret_renewed"  # noqa: S105
    DELIVERY_REPEATED = "delivery_repeated"
    TRIGGER_CREATED = "trigger_created"
    TRIGGER_CHANGED = "trigger_changed"
    TRIGGER_DELETED = "trigger_deleted"
    TRIGGER_ACTIVATED = "trigger_activated"
    TRIGGER_DEACTIVATED = "trigger_deactivated"
    BULK_CONNECT_STARTED = "bulk_connect_started"
    CLEAN_UP_STARTED = "clean_up_started"
    ERROR_RESOLVED = "error_resolved"
    BULK_EXALATED = "bulk_exalated"
    BULK_UNEXALATED = "bulk_unexalated"
    JOB_PAUSED = "job_paused"
    JOB_RESUMED = "job_resumed"
    JOB_CANCELLED = "job_cancelled"
    COMPARISON_STARTED = "comparison_started"
    DRIFT_REPAIRED = "drift_repaired"
    PROPOSAL_ACCEPTED = "proposal_accepted"
    PROPOSAL_DECLINED = "proposal_declined"
    PROPOSAL_WITHDRAWN = "proposal_withdrawn"
    PROPOSAL_CONNECTED = "proposal_connected"
    PROPOSAL_SEPARATED = "proposal_separated"
    PARTNER_PAIR_BEGUN = "partner_pair_begun"
    PARTNER_PROPOSED = "partner_proposed"
    PARTNER_PROPOSAL_DECLINED = "partner_proposal_declined"
    PARTNER_PROPOSAL_WITHDRAWN = "partner_proposal_withdrawn"
    PARTNER_DECIDED = "partner_decided"


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One deed. ``details`` are plain values for people, never secrets; names are as they were then.
    ``user_id`` and ``user_name`` are of the partner's organization where the partner did it.
    """

    id: str
    organization_id: str
    at: datetime
    user_id: str
    user_name: str
    action: AuditAction
    connection_id: str = ""
    connection_name: str = ""
    actor: ActorKind = ActorKind.PERSON
    details: Mapping[str, str] = field(default_factory=dict)
