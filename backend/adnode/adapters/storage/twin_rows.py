"""Twins as rows and back."""

from adnode.adapters.storage.rows import TwinRow
from adnode.adapters.storage.statements import from_text, to_text
from adnode.domain.connecting_documents import terms_from_document, terms_to_document
from adnode.domain.documents import intent_from_document, intent_to_document, state_from_document, state_to_document
from adnode.domain.realignment import Realignment
from adnode.domain.twin import Intent, Twin, TwinStatus
from adnode.domain.twin_list import make_title_key, title_of


def twin_values(twin: Twin) -> dict[str, object]:
    """Return the columns that a round changes."""
    return {
        "status": twin.status.value,
        "work_item_id": twin.work_item_id,
        "project": twin.project,
        "revision": twin.revision,
        "remote_work_item_id": twin.remote_work_item_id,
        "remote_url": twin.remote_url,
        "state": to_text(state_to_document(twin.state)),
        "local_forms": to_text(dict(twin.local_forms)),
        "comment_count": twin.comment_count,
        "lineage": lineage_text(twin.lineage),
        "intent": intent_text(twin.intent),
        "synchronized_at": twin.synchronized_at,
        "terms": to_text(terms_to_document(twin.terms)) if twin.terms else None,
        "realignment": twin.realignment.value,
        "title": title_of(twin),
        "title_key": make_title_key(title_of(twin)),
    }


def intent_text(intent: Intent | None) -> str | None:
    """Return an intent as stored."""
    return to_text(intent_to_document(intent)) if intent else None


def lineage_text(lineage: frozenset[str]) -> str:
    """Return a lineage as stored."""
    return to_text(sorted(lineage))


def twin_from_row(row: TwinRow) -> Twin:
    """Return the twin of a row."""
    return Twin(
        id=row.id,
        connection_id=row.connection_id,
        organization_id=row.organization_id,
        status=TwinStatus(row.status),
        created_at=row.created_at,
        work_item_id=row.work_item_id,
        project=row.project,
        revision=row.revision,
        remote_work_item_id=row.remote_work_item_id,
        remote_url=row.remote_url,
        state=state_from_document(from_text(row.state)),
        local_forms=from_text(row.local_forms),
        comment_count=row.comment_count,
        lineage=frozenset(from_text(row.lineage)),
        intent=intent_from_document(from_text(row.intent)) if row.intent else None,
        synchronized_at=row.synchronized_at,
        is_held=row.is_held,
        terms=terms_from_document(from_text(row.terms)) if row.terms else None,
        realignment=Realignment(row.realignment),
        is_separate=row.is_separate,
    )
