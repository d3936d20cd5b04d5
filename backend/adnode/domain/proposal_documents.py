"""JSON documents of what two nodes say to each other about proposals."""

from adnode.domain.documents import Document, fail, read, read_strings
from adnode.domain.message import DecisionBody
from adnode.domain.proposal import TEXT_LIMIT, Ask, ProposalKind

TWINS_LIMIT = 1000
"""Twins of one message at most."""
REASON_LIMIT = 2000
"""Characters of a reason at most."""
_ID_LIMIT = 64
_CODE_LIMIT = 80


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
    kind = _read_text(document, "kind", _ID_LIMIT)
    return Ask(
        _read_id(document, "id"),
        ProposalKind(kind) if kind in set(ProposalKind) else ProposalKind.CONNECT,
        _read_text(document, "asked_by", TEXT_LIMIT),
        _read_text(document, "title", TEXT_LIMIT),
        _read_text(document, "type", TEXT_LIMIT),
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
    if len(twin_ids) > TWINS_LIMIT or any(len(twin_id) > _ID_LIMIT for twin_id in twin_ids):
        raise fail("twin_ids", f"at most {TWINS_LIMIT} ids of at most {_ID_LIMIT} characters")
    return DecisionBody(
        _read_id(document, "proposal"),
        twin_ids,
        _read_text(document, "error_code", _CODE_LIMIT),
        _read_text(document, "text", REASON_LIMIT),
    )


def _read_text(document: object, key: str, limit: int) -> str:
    text = read(document, key, str)
    if len(text) > limit:
        raise fail(key, f"at most {limit} characters")
    return text


def _read_id(document: object, key: str) -> str:
    text = _read_text(document, key, _ID_LIMIT)
    if not text:
        raise fail(key, "an id")
    return text
