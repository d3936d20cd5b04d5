"""Messages as they come from a peer: one that can't be read says why, and stops none beside it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from adnode.domain.documents import check_text, fail, read, read_number, register_from_document
from adnode.domain.errors import ValidationError
from adnode.domain.limits import BATCH, DEPTH, ERROR_CODE, ID, KIND
from adnode.domain.message import LeftOut, Message, MessageKind, Refusal
from adnode.domain.message_documents import message_from_document
from adnode.domain.visible_text import make_plain

STATE_KINDS = frozenset({MessageKind.STATE.value, MessageKind.CONNECTING.value})
CODE_FORM = re.compile(r"[a-z0-9_]+", re.ASCII)
"""What codes and kinds are made of."""
_WHENEVER = datetime(1970, 1, 1, tzinfo=UTC)


def read_peer_message(document: object) -> Message:
    """Return a message of a peer as far as it can be read: ``refusal`` says why it can't be taken, ``left_out`` which
    registers of a state can't.

    Raises ValidationError where not even its id and sequence can be read: nobody could be answered.
    """
    if not isinstance(document, Mapping):
        raise fail("message", "an object")
    if not document.get("id"):
        raise fail("id", "a text that is not empty")
    if _is_too_deep(document):
        return _refused(document, DEPTH.exceeded("A message", DEPTH.maximum + 1))
    try:
        return message_from_document(document)
    except ValidationError as error:
        return _read_without_bad_registers(document) or _refused(document, error)


def read_peer_messages(documents: Sequence[object]) -> list[Message]:
    """Return the messages of an answer to a poll, at most as many as travel at once.

    One that nobody could answer is passed over, so that it does not hold up those behind it; raises ValidationError
    where there is no other.
    """
    messages, fault = list[Message](), None
    for document in documents[: BATCH.maximum]:
        try:
            messages.append(read_peer_message(document))
        except ValidationError as error:
            fault = error
    if fault is not None and not messages:
        raise fault
    return messages


def read_code(value: object) -> str:
    """Return a code that a peer gives as a reason, '' where it is none."""
    is_code = isinstance(value, str) and len(value) <= ERROR_CODE.maximum and CODE_FORM.fullmatch(value)
    return str(value) if is_code else ""


def refusal_of(error: ValidationError) -> Refusal:
    """Return what an error says to people of both sides."""
    return Refusal(error.code, make_plain(error.message))


def _read_without_bad_registers(document: Mapping[str, object]) -> Message | None:
    """Return the message of a state some of whose registers can't be read, without these; None for any other."""
    body, kind = document.get("body"), document.get("kind")
    if not isinstance(kind, str) or kind not in STATE_KINDS or not isinstance(body, dict):
        return None
    registers = body.get("registers")
    if not isinstance(registers, dict):
        return None
    left_out = {key: refusal for key, value in registers.items() if (refusal := _refusal_of_register(key, value))}
    kept = {key: value for key, value in registers.items() if key not in left_out}
    try:
        message = message_from_document({**document, "body": {**body, "registers": kept}})
    except ValidationError:
        return None
    return replace(message, left_out=tuple(LeftOut(key, refusal) for key, refusal in left_out.items()))


def _refusal_of_register(key: str, document: object) -> Refusal | None:
    try:
        register_from_document(check_text(key, "register key"), document)
    except ValidationError as error:
        return refusal_of(error)
    return None


def _refused(document: Mapping[str, object], error: ValidationError) -> Message:
    message_id, sequence = read(document, "id", str), read_number(document, "sequence", 1)
    if len(message_id) > ID.maximum:
        raise error
    return Message(
        id=message_id,
        sequence=sequence,
        kind=_read_short(document, "kind", KIND.maximum),
        twin_id=_read_short(document, "twin_id", ID.maximum),
        body=None,
        created_at=_WHENEVER,
        refusal=refusal_of(error),
    )


def _read_short(document: Mapping[str, object], name: str, limit: int) -> str:
    value = document.get(name)
    return make_plain(value) if isinstance(value, str) and len(value) <= limit else ""


def _is_too_deep(document: object) -> bool:
    level = [document]
    for _ in range(DEPTH.maximum):
        level = [each for value in level if isinstance(value, dict | list) for each in _members(value)]
        if not level:
            return False
    return True


def _members(value: dict[str, object] | list[object]) -> list[object]:
    return list(value.values()) if isinstance(value, dict) else value
