"""JSON documents of what two nodes say to each other about proposals."""

from adnode.domain.documents import Document, fail, read, read_strings
from adnode.domain.limits import ERROR_CODE, ID, IDS, TITLE, WORDS, Limit, check_count, check_length
from adnode.domain.message import DecisionBody
from adnode.domain.proposal import Ask, ProposalKind


def ask_to_document(ask: Ask) -> Document:
    """Return what is said of a proposal beside a state."""
    return {
        "id": ask.reference,
        "kind": ask.kind.value,
        "asked_by": ask.asked_by,
        "title": ask.title,
        "type": ask.type_name,
    }


def ask_from_document(document: object) -> Ask:
    """Return it; raises ValidationError. A kind that this version does not know is a connecting like any other."""
    kind = _read_text(document, "kind", ID)
    return Ask(
        _read_id(document, "id"),
        ProposalKind(kind) if kind in set(ProposalKind) else ProposalKind.CONNECT,
        _read_text(document, "asked_by", TITLE),
        _read_text(document, "title", TITLE),
        _read_text(document, "type", TITLE),
    )


def decision_to_document(body: DecisionBody) -> Document:
    """Return the body as a document."""
    return {
        "proposal": body.reference,
        "twin_ids": list(body.twin_ids),
        "error_code": body.error_code,
        "text": body.text,
    }


def decision_from_document(document: object) -> DecisionBody:
    """Return the body; raises ValidationError."""
    twin_ids = read_strings(document, "twin_ids")
    check_count(twin_ids, IDS, "twin_ids")
    return DecisionBody(
        _read_id(document, "proposal"),
        twin_ids,
        _read_text(document, "error_code", ERROR_CODE),
        _read_text(document, "text", WORDS),
    )


def _read_text(document: object, key: str, limit: Limit) -> str:
    return check_length(read(document, key, str), limit, key)


def _read_id(document: object, key: str) -> str:
    text = _read_text(document, key, ID)
    if not text:
        raise fail(key, "an id")
    return text
