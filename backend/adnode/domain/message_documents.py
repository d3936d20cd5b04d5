"""JSON documents of messages between nodes (peer protocol, version 1)."""

from collections.abc import Callable, Mapping

from adnode.domain.comparison_documents import (
    compared_from_document,
    compared_to_document,
    comparison_from_document,
    comparison_to_document,
    request_from_document,
    request_to_document,
)
from adnode.domain.connecting_documents import (
    cleaned_up_from_document,
    cleaned_up_to_document,
    terms_from_document,
    terms_to_document,
)
from adnode.domain.documents import (
    Document,
    fail,
    format_time,
    parse_time,
    read,
    read_number,
    read_strings,
    registers_from_document,
    registers_to_document,
)
from adnode.domain.limits import ID, KIND, WORDS, Limit, check_length
from adnode.domain.message import (
    AppliedBody,
    CleanedUpBody,
    ComparedBody,
    ComparisonBody,
    ConnectionChangedBody,
    ContentBody,
    DecisionBody,
    FailedBody,
    Message,
    MessageBody,
    MessageKind,
    StateBody,
    StateRequestedBody,
)
from adnode.domain.proposal_documents import (
    ask_from_document,
    ask_to_document,
    decision_from_document,
    decision_to_document,
)


def _read_name(document: object, key: str, limit: Limit) -> str:
    return check_length(read(document, key, str), limit, key)


def _state_from(document: object) -> StateBody:
    return StateBody(
        read_number(document, "work_item_id", 1),
        read(document, "url", str),
        frozenset(read_strings(document, "lineage")),
        registers_from_document(read(document, "registers", dict)),
        terms_from_document(document["terms"]) if isinstance(document, dict) and "terms" in document else None,
        ask_from_document(document["proposal"]) if isinstance(document, dict) and "proposal" in document else None,
        isinstance(document, dict) and document.get("separate") is True,
    )


def _applied_from(document: object) -> AppliedBody:
    return AppliedBody(
        read_number(document, "work_item_id", 1),
        read(document, "url", str),
        frozenset(read_strings(document, "lineage")),
        read_strings(document, "message_ids"),
    )


def _failed_from(document: object) -> FailedBody:
    return FailedBody(
        read(document, "error_code", str), read(document, "text", str), read_strings(document, "message_ids")
    )


def _content_from(document: object) -> ContentBody:
    return ContentBody(read_strings(document, "keys"), read(document, "error_code", str), read(document, "text", str))


def _connection_changed_from(document: object) -> ConnectionChangedBody:
    return ConnectionChangedBody(read(document, "change", str), read(document, "name", str))


_READERS: Mapping[str, Callable[[object], MessageBody]] = {
    MessageKind.STATE: _state_from,
    MessageKind.CONNECTING: _state_from,
    MessageKind.APPLIED: _applied_from,
    MessageKind.FAILED: _failed_from,
    MessageKind.CONTENT_REQUESTED: _content_from,
    MessageKind.CONTENT_SENT: _content_from,
    MessageKind.CONTENT_FAILED: _content_from,
    MessageKind.CONNECTION_CHANGED: _connection_changed_from,
    MessageKind.COMPARISON: comparison_from_document,
    MessageKind.COMPARED: compared_from_document,
    MessageKind.STATE_REQUESTED: request_from_document,
    MessageKind.CLEANED_UP: cleaned_up_from_document,
    MessageKind.ACCEPTED: decision_from_document,
    MessageKind.DECLINED: decision_from_document,
}


def _state_to_document(body: StateBody) -> Document:
    terms = {"terms": terms_to_document(body.terms)} if body.terms else {}
    ask = {"proposal": ask_to_document(body.ask)} if body.ask else {}
    separate = {"separate": True} if body.is_separate else {}
    return {
        "work_item_id": body.work_item_id,
        "url": body.url,
        "lineage": sorted(body.lineage),
        "registers": registers_to_document(body.registers),
        **terms,
        **ask,
        **separate,
    }


def _end_to_document(body: CleanedUpBody | DecisionBody) -> Document:
    return cleaned_up_to_document(body) if isinstance(body, CleanedUpBody) else decision_to_document(body)


def _words(text: str) -> str:
    """Return words for people as far as the other side takes them."""
    return text if len(text) <= WORDS.maximum else text[: WORDS.maximum - 1] + "…"


def body_to_document(body: MessageBody) -> Document:
    """Return a message's body as a document."""
    match body:
        case StateBody():
            return _state_to_document(body)
        case AppliedBody():
            return {
                "work_item_id": body.work_item_id,
                "url": body.url,
                "lineage": sorted(body.lineage),
                "message_ids": list(body.message_ids),
            }
        case FailedBody():
            return {"error_code": body.error_code, "text": _words(body.text), "message_ids": list(body.message_ids)}
        case ContentBody():
            return {"keys": list(body.keys), "error_code": body.error_code, "text": _words(body.text)}
        case ConnectionChangedBody():
            return {"change": body.change, "name": body.name}
        case ComparisonBody():
            return comparison_to_document(body)
        case ComparedBody():
            return compared_to_document(body)
        case StateRequestedBody():
            return request_to_document(body)
        case CleanedUpBody() | DecisionBody():
            return _end_to_document(body)


def body_from_document(kind: str, document: object) -> MessageBody | None:
    """Return the body of a message of that kind; None for a kind that this version does not know."""
    reader = _READERS.get(kind)
    return reader(document) if reader else None


def message_to_document(message: Message) -> Document:
    """Return a message as it travels; one of an unknown kind travels as it came."""
    if message.body is None:
        return dict(message.raw or {})
    incarnation = {"incarnation": message.incarnation} if message.incarnation else {}
    return {
        **incarnation,
        "id": message.id,
        "sequence": message.sequence,
        "kind": message.kind,
        "twin_id": message.twin_id,
        "created_at": format_time(message.created_at),
        "body": body_to_document(message.body),
    }


def message_from_document(document: object) -> Message:
    """Return a message; raises ValidationError."""
    if not isinstance(document, dict):
        raise fail("message", "an object")
    kind = _read_name(document, "kind", KIND)
    return Message(
        id=_read_name(document, "id", ID),
        sequence=read_number(document, "sequence", 1),
        kind=kind,
        twin_id=_read_name(document, "twin_id", ID),
        body=body_from_document(kind, read(document, "body", dict)),
        created_at=parse_time(read(document, "created_at", str), "created_at"),
        raw=document,
        incarnation=_read_name(document, "incarnation", ID) if "incarnation" in document else "",
    )
