"""The partner's deeds in the audit trail: each pair that it began or asked for, with what it claims."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from adnode.domain.actor import ActorKind
from adnode.domain.audit import AuditAction, AuditEntry
from adnode.domain.connection import Connection
from adnode.domain.message import StateBody
from adnode.domain.proposal import Proposal, ProposalRow, ProposalStatus
from adnode.ports.storage import UnitOfWork
from adnode.ports.system import Ids
from adnode.services.consent.questions import Question

_SHOWN_PAIRS = 20


class PartnerTrail:
    """Collects entries of one batch, which ``close`` writes together."""

    def __init__(self, work: UnitOfWork, connection: Connection, ids: Ids, now: datetime) -> None:
        self._work = work
        self._connection = connection
        self._ids = ids
        self._now = now
        self._entries: list[AuditEntry] = []

    def note_new(self, body: StateBody) -> None:
        """The partner put a work item under sync, for which one is made here."""
        self._note(AuditAction.PARTNER_PAIR_BEGUN, {"remote_work_item": str(body.work_item_id), "kind": "exalate"})

    def note_begun(self, question: Question, allowed_by: str) -> None:
        """A pair that the partner asked for begins."""
        self._note(AuditAction.PARTNER_PAIR_BEGUN, _describe(question) | {"allowed_by": allowed_by})

    def note_allowed(self, proposal: Proposal, rows: Sequence[ProposalRow], allowed_by: str) -> None:
        """Pairs that the partner asked for begin, because the setting allows them."""
        for row in rows:
            details = {
                "work_item": str(row.work_item_id),
                "remote_work_item": str(row.remote_work_item_id),
                "kind": proposal.kind.value,
                "allowed_by": allowed_by,
                **({"asked_by": proposal.asked_by} if proposal.asked_by else {}),
            }
            self._note(AuditAction.PARTNER_PAIR_BEGUN, details)

    def note_asked(self, questions: Sequence[Question], proposal_id: str) -> None:
        """The partner asked for pairs that a person decides on."""
        pairs = {"pairs": str(len(questions)), "proposal": proposal_id}
        self._note(AuditAction.PARTNER_PROPOSED, _describe(questions[0]) | pairs)

    def note_decided(self, status: ProposalStatus, rows: Sequence[ProposalRow], text: str) -> None:
        """The partner decided on what this side asked for."""
        if not rows:
            return
        named = ", ".join(f"{row.work_item_id} with {row.remote_work_item_id}" for row in rows[:_SHOWN_PAIRS])
        details = {"decision": status.value, "pairs": str(len(rows)), "named": named}
        self._note(AuditAction.PARTNER_DECIDED, details | ({"text": text} if text else {}))

    def note_withdrawn(self, rows: Sequence[ProposalRow]) -> None:
        """The partner took back what it asked for."""
        if rows:
            named = ", ".join(f"{row.work_item_id} with {row.remote_work_item_id}" for row in rows[:_SHOWN_PAIRS])
            self._note(AuditAction.PARTNER_PROPOSAL_WITHDRAWN, {"pairs": str(len(rows)), "named": named})

    def note_declined(self, questions: Sequence[Question]) -> None:
        """The partner asked for pairs, and the setting said no."""
        named = ", ".join(f"{each.work_item_id} with {each.remote_work_item_id}" for each in questions[:_SHOWN_PAIRS])
        details = {"pairs": str(len(questions)), "named": named, "consent": self._connection.consent.value}
        self._note(AuditAction.PARTNER_PROPOSAL_DECLINED, _describe(questions[0]) | details)

    def _note(self, action: AuditAction, details: Mapping[str, str]) -> None:
        connection = self._connection
        entry = AuditEntry(
            id=self._ids.new_id(),
            organization_id=connection.organization_id,
            at=self._now,
            user_id=connection.peer.organization_id if connection.peer else "",
            user_name=connection.peer.organization_name if connection.peer else "",
            action=action,
            actor=ActorKind.PARTNER,
            connection_id=connection.id,
            connection_name=connection.name,
            details=details,
        )
        self._entries.append(entry)

    def close(self) -> None:
        """Write the entries."""
        self._work.audit.add_all(self._entries)
        self._entries.clear()


def _describe(question: Question) -> dict[str, str]:
    asked_by = {"asked_by": question.ask.asked_by} if question.ask and question.ask.asked_by else {}
    return {
        "work_item": str(question.work_item_id),
        "remote_work_item": str(question.remote_work_item_id),
        "kind": question.kind.value,
        **asked_by,
    }
