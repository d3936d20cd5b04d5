"""Domain values to store; each with defaults, so that a test names only what it is about."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from adnode.domain.connection import Connection, ConnectionStatus, Mode, PeerIdentity, Role, TransportKind, Visibility
from adnode.domain.error_record import ConflictRecord, ErrorRecord, Impact
from adnode.domain.invitation import Invitation, InvitationStatus
from adnode.domain.message import Message, StateBody
from adnode.domain.organization import CredentialKind, Organization, OrganizationKind
from adnode.domain.realignment import Realignment
from adnode.domain.rich_text import RichText, TextFormat
from adnode.domain.sync_state import (
    AttachmentValue,
    CommentValue,
    Presence,
    Register,
    SyncState,
    TypeValue,
    Version,
    make_attachment_key,
    make_comment_key,
    make_presence_key,
)
from adnode.domain.trace import Content, Trace, TraceKind
from adnode.domain.twin import Intent, Twin, TwinStatus
from adnode.ports.storage import UnitOfWork

NOW = datetime(2026, 1, 5, 9, 0, 0, 123456, tzinfo=UTC)
MANY_BYTES = 1_000_000
PEER = PeerIdentity("peer", "contoso", "https://dev.azure.com/contoso", "https://node.contoso.example", b"q" * 32)


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def make_organization(organization_id: str = "org", **changes: Any) -> Organization:
    organization = Organization(
        id=organization_id,
        name=f"name of {organization_id}",
        url=f"https://dev.azure.com/{organization_id}",
        kind=OrganizationKind.SERVICES,
        credential_kind=CredentialKind.PERSONAL_ACCESS_TOKEN,
        identity="Robot",
        identity_id="robot-id",
        added_at=NOW,
    )
    return replace(organization, **changes)


def make_connection(connection_id: str = "c1", **changes: Any) -> Connection:
    connection = Connection(
        id=connection_id,
        name=f"name of {connection_id}",
        organization_id="org",
        project="Web Shop",
        mode=Mode.BASIC,
        visibility=Visibility.PUBLIC,
        role=Role.INITIATOR,
        status=ConnectionStatus.ACTIVE,
        transport=TransportKind.PUSH,
        sealed_private_key=b"sealed\x00key",
        public_key=b"p" * 32,
        created_at=NOW,
        description="für alle",
        peer=PEER,
        default_type="Issue",
    )
    return replace(connection, **changes)


def make_invitation(invitation_id: str = "i1", **changes: Any) -> Invitation:
    invitation = Invitation(
        id=invitation_id,
        connection_id="c1",
        status=InvitationStatus.OPEN,
        sealed_secret=b"secret",
        created_at=NOW,
        expires_at=later(3600),
    )
    return replace(invitation, **changes)


def make_register(value: Any, local: int = 1, remote: int = 0) -> Register:
    return Register(value, Version(local, remote), NOW, "org")


def make_state() -> SyncState:
    """A state with every kind of value."""
    plan = AttachmentValue("plan.pdf", 1234, "see page 3", is_deleted=True)
    comment = CommentValue("Ada Ångström", NOW, RichText("<p>Grüße 🚀</p>"))
    return SyncState(
        {
            "summary": make_register("Überschrift"),
            "description": make_register(RichText("# Title", TextFormat.MARKDOWN)),
            "type": make_register(TypeValue("Bug", "Microsoft.BugCategory"), 3, 4),
            make_comment_key("org:1"): make_register(comment),
            make_attachment_key("org:a"): make_register(plan),
            make_presence_key("org"): make_register(Presence.REMOVED),
        }
    )


def make_twin(twin_id: str = "t1", **changes: Any) -> Twin:
    twin = Twin(
        id=twin_id,
        connection_id="c1",
        organization_id="org",
        status=TwinStatus.PENDING,
        created_at=NOW,
        project="Web Shop",
    )
    return replace(twin, **changes)


def make_full_twin() -> Twin:
    """A twin with everything set."""
    return make_twin(
        status=TwinStatus.SYNCHRONIZED,
        work_item_id=5_000_000_000,
        revision=9,
        remote_work_item_id=43,
        remote_url="https://dev.azure.com/contoso/_workitems/edit/43",
        state=make_state(),
        local_forms={"summary": "abc", "description": "def"},
        comment_count=2,
        lineage=frozenset({"org:42", "peer:43"}),
        intent=make_intent(),
        synchronized_at=later(5),
        realignment=Realignment.RESEND,
    )


def make_intent(revision: int | None = 9) -> Intent:
    return Intent(
        NOW,
        revision,
        {"System.Title": "Ü"},
        {"comment/org:1": "print"},
        ("attachment/org:a",),
        forms={"summary": "as it was seen"},
    )


def make_body(value: str = "Title", *, key: str = "summary", lineage: frozenset[str] = frozenset()) -> StateBody:
    return StateBody(42, "https://dev.azure.com/org/_workitems/edit/42", lineage, {key: make_register(value)})


def make_message(sequence: int = 1, **changes: Any) -> Message:
    message = Message(f"m{sequence}", sequence, "state", "t1", make_body(f"Title {sequence}"), NOW)
    return replace(message, **changes)


def make_error_record(record_id: str = "e1", **changes: Any) -> ErrorRecord:
    record = ErrorRecord(
        id=record_id,
        organization_id="org",
        connection_id="c1",
        twin_id="t1",
        impact=Impact.WORK_ITEM,
        code="rule_violation",
        message="Work item 42 was refused.",
        opened_at=NOW,
        last_seen_at=NOW,
        work_item_id=42,
    )
    return replace(record, **changes)


def make_conflict(record_id: str = "k1", **changes: Any) -> ConflictRecord:
    record = ConflictRecord(record_id, "c1", "t1", 42, "summary", '"new"', '"old"', "peer", NOW)
    return replace(record, **changes)


def make_trace(key: str = "org:1", **changes: Any) -> Trace:
    value = CommentValue("Ada", NOW, RichText("<p>Hello</p>"))
    return replace(Trace("org", 42, TraceKind.COMMENT, key, "17", "form", value), **changes)


def make_content(key: str = "peer:a", **changes: Any) -> Content:
    return replace(
        Content("c1", key, "guid", "https://dev.azure.com/org/_apis/wit/attachments/guid", "ab" * 32, 9), **changes
    )


def add_ground(work: UnitOfWork) -> None:
    """Two organizations; three connections, the first two of one organization."""
    for organization_id in ("org", "other"):
        work.organizations.add(make_organization(organization_id), b"sealed")
    work.connections.add(make_connection("c1"))
    work.connections.add(make_connection("c2", created_at=later(1)))
    work.connections.add(make_connection("c3", organization_id="other", created_at=later(2)))
