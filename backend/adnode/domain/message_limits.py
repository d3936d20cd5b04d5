"""Checking what a message of a peer says against the limits of its fields (domain/limits.py)."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from adnode.domain.errors import NameRefusedError, RefusedValueError, TooManyRegistersError
from adnode.domain.limits import (
    CHANGES,
    COMMENT,
    DESCRIPTION,
    DIGEST,
    ERROR_CODE,
    FILE_SIZE,
    HIGHEST_NUMBER,
    ID,
    IDS,
    KEY,
    KIND,
    LINEAGE,
    NAME,
    ORGANIZATION_ID,
    REGISTERS,
    TITLE,
    WORDS,
    Limit,
    check_bytes,
    check_count,
    check_length,
    check_number,
    check_time,
)
from adnode.domain.message import (
    AppliedBody,
    CleanedUpBody,
    ComparedBody,
    ComparisonBody,
    ConnectionChangedBody,
    ContentBody,
    DecisionBody,
    FailedBody,
    LeftOut,
    Message,
    MessageBody,
    StateBody,
    StateRequestedBody,
)
from adnode.domain.peer_messages import CODE_FORM, STATE_KINDS, refusal_of
from adnode.domain.proposal import Ask
from adnode.domain.rich_text import RichText
from adnode.domain.sync_state import AttachmentValue, CommentValue, Register, Registers, TypeValue
from adnode.domain.visible_text import hides_something, make_plain
from adnode.domain.web_address import check_address

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:~-]*", re.ASCII)
_ORGANIZATION_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*", re.ASCII)
_MEMBER = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]{0,63}):([1-9][0-9]{0,9})", re.ASCII)
_SHOWN = 60
"""Characters of a key that a refusal repeats."""


def check_message(message: Message, now: datetime) -> Message:
    """Return a message that keeps within all limits; else with its refusal, or with the registers left out that do not.
    Texts for people come without characters that are not seen.
    """
    if message.refusal is not None:
        return message
    try:
        _check_envelope(message, now)
        return message if message.body is None else _check_body(message, message.body, now)
    except RefusedValueError as error:
        return replace(message, body=None, raw=None, refusal=refusal_of(error), left_out=())


def without(message: Message, body: StateBody, left_out: Iterable[LeftOut]) -> Message:
    """Return a state without the registers that are left out; refused when nothing of it is left to take."""
    everything = (*message.left_out, *left_out)
    if not everything:
        return message
    gone = {one.key for one in everything}
    registers = {key: register for key, register in body.registers.items() if key not in gone}
    if not registers:
        return replace(message, body=None, raw=None, refusal=everything[0].refusal, left_out=())
    return replace(message, body=replace(body, registers=registers), left_out=everything)


def check_register_count(known: Iterable[str], registers: Registers) -> list[LeftOut]:
    """Return which registers are too many for a pair that has the known ones; those that it has always pass."""
    held = set(known)
    new = sorted(key for key in registers if key not in held)
    room = max(0, REGISTERS.maximum - len(held))
    refusal = refusal_of(
        TooManyRegistersError(
            f"The work item has more than {REGISTERS.maximum:,} comments, files and fields over its life, and this "
            "side takes no more of it. Its other changes go on."
        )
    )
    return [LeftOut(key, refusal) for key in new[room:]]


def check_lineage(lineage: Iterable[str]) -> frozenset[str]:
    """Return names of work items, each ``organization id:number``, that are not more than the limit."""
    names = frozenset(lineage)
    check_count(names, LINEAGE)
    for name in names:
        found = _MEMBER.fullmatch(name)
        if found is None or int(found.group(2)) > HIGHEST_NUMBER:
            raise NameRefusedError("A name in the lineage is no organization id:number.", place="lineage")
    return names


def _check_envelope(message: Message, now: datetime) -> None:
    check_id(message.id, "id")
    if message.twin_id or message.kind in STATE_KINDS:
        check_id(message.twin_id, "twin_id")
    _check_code(message.kind, KIND, "kind")
    check_time(message.created_at, now, "created_at")


def _check_body(message: Message, body: MessageBody, now: datetime) -> Message:
    if isinstance(body, StateBody):
        _check_work_item(body.url, body.lineage)
        asking = replace(body, ask=_check_ask(body.ask)) if body.ask else body
        return without(replace(message, body=asking), asking, _check_registers(body.registers, now))
    checked = _BODIES[type(body)](body)
    return message if checked is body else replace(message, body=checked)


def _check_ask(ask: Ask) -> Ask:
    check_id(ask.reference, "proposal")
    texts = (ask.asked_by, ask.title, ask.type_name)
    for text in texts:
        check_length(text, TITLE, "What a proposal says of a work item")
    asked_by, title, type_name = map(make_plain, texts)
    return replace(ask, asked_by=asked_by, title=title, type_name=type_name)


def _check_work_item(url: str, lineage: frozenset[str]) -> None:
    if url:
        check_address(url, "url")
    check_lineage(lineage)


def _check_registers(registers: Registers, now: datetime) -> list[LeftOut]:
    left_out = []
    for key, register in registers.items():
        try:
            _check_register(key, register, now)
        except RefusedValueError as error:
            left_out.append(LeftOut(key, refusal_of(error)))
    return left_out


def _check_register(key: str, register: Register, now: datetime) -> None:
    place = _check_key(key)
    check_number(register.version.local, CHANGES, f"The version of {place}")
    check_number(register.version.remote, CHANGES, f"The version of {place}")
    check_time(register.changed_at, now, f"The time of {place}")
    check_organization_id(register.changed_in, f"The origin of {place}")
    match register.value:
        case RichText(text=text):
            check_bytes(text, DESCRIPTION, "The description")
        case TypeValue(name=name, category=category):
            check_length(name, NAME, "The name of the type")
            check_length(category, NAME, "The category of the type")
        case CommentValue():
            _check_comment(register.value, now)
        case AttachmentValue():
            _check_attachment(register.value)
        case str():
            check_length(register.value, TITLE, "The title")


def _check_comment(value: CommentValue, now: datetime) -> None:
    check_length(value.author, NAME, "The author of a comment")
    check_time(value.created_at, now, "The time of a comment")
    author = make_plain(value.author)[:_SHOWN]
    check_bytes(value.text.text, COMMENT, f"The comment of {author} on {value.created_at:%Y-%m-%d %H:%M}")


def _check_attachment(value: AttachmentValue) -> None:
    check_length(value.name, NAME, "The name of a file")
    check_length(value.comment, WORDS, "The comment of a file")
    check_number(value.size, FILE_SIZE, "The size of a file")


def _check_applied(body: AppliedBody) -> AppliedBody:
    _check_work_item(body.url, body.lineage)
    _check_ids(body.message_ids, "message_ids")
    return body


def _check_failed(body: FailedBody) -> FailedBody:
    _check_code(body.error_code, ERROR_CODE, "error_code")
    _check_ids(body.message_ids, "message_ids")
    return replace(body, text=_check_words(body.text, "text"))


def _check_content(body: ContentBody) -> ContentBody:
    check_count(body.keys, IDS, "keys")
    for key in body.keys:
        _check_key(key)
    if body.error_code:
        _check_code(body.error_code, ERROR_CODE, "error_code")
    return replace(body, text=_check_words(body.text, "text"))


def _check_connection_changed(body: ConnectionChangedBody) -> ConnectionChangedBody:
    _check_code(body.change, KIND, "change")
    return replace(body, name=make_plain(check_length(body.name, NAME, "name")))


def _check_comparison(body: ComparisonBody) -> ComparisonBody:
    check_id(body.comparison_id, "comparison_id")
    _check_ids(body.digests, "digests")
    _check_digests(body.digests.values())
    return body


def _check_compared(body: ComparedBody) -> ComparedBody:
    check_id(body.comparison_id, "comparison_id")
    _check_ids(body.unknown, "unknown")
    _check_ids(body.differing, "differing")
    for digests in body.differing.values():
        check_count(digests, REGISTERS, "The registers of a work item")
        for key in digests:
            _check_key(key)
        _check_digests(digests.values())
    return body


def _check_twins(body: StateRequestedBody | CleanedUpBody) -> StateRequestedBody | CleanedUpBody:
    _check_ids(body.twin_ids, "twin_ids")
    return body


def _check_decision(body: DecisionBody) -> DecisionBody:
    check_id(body.reference, "proposal")
    _check_ids(body.twin_ids, "twin_ids")
    if body.error_code:
        _check_code(body.error_code, ERROR_CODE, "error_code")
    return replace(body, text=_check_words(body.text, "text"))


_BODIES: Mapping[type[MessageBody], Callable[..., MessageBody]] = {
    AppliedBody: _check_applied,
    FailedBody: _check_failed,
    ContentBody: _check_content,
    ConnectionChangedBody: _check_connection_changed,
    ComparisonBody: _check_comparison,
    ComparedBody: _check_compared,
    StateRequestedBody: _check_twins,
    CleanedUpBody: _check_twins,
    DecisionBody: _check_decision,
}


def _check_ids(ids: Iterable[str], place: str) -> None:
    listed = list(ids)
    check_count(listed, IDS, place)
    for one in listed:
        check_id(one, place)


def _check_digests(digests: Iterable[str]) -> None:
    for digest in digests:
        check_name(digest, DIGEST, "A digest")


def check_id(text: str, place: str) -> str:
    """Return an id: letters, digits and a few signs."""
    return check_name(text, ID, place)


def check_name(text: str, limit: Limit, place: str) -> str:
    """Return a text of that length at most, made as ids are."""
    return _check_name(text, _ID, limit, place)


def check_organization_id(text: str, place: str) -> str:
    """Return the id of an organization; without colons, so that it can stand before a number."""
    return _check_name(text, _ORGANIZATION_ID, ORGANIZATION_ID, place)


def _check_code(text: str, limit: Limit, place: str) -> str:
    return _check_name(text, CODE_FORM, limit, place)


def _check_name(text: str, form: re.Pattern[str], limit: Limit, place: str) -> str:
    check_length(text, limit, place)
    if form.fullmatch(text) is None:
        raise NameRefusedError(f"{place} holds other characters than it may have.", place=place)
    return text


def _check_key(key: str) -> str:
    """Check the key of a register or file and return how a refusal names it."""
    check_length(key, KEY, "A key")
    if not key or hides_something(key):
        raise NameRefusedError("A key holds characters that are not seen.", place="key")
    return f"{key[:_SHOWN]}…" if len(key) > _SHOWN else key


def _check_words(text: str, place: str) -> str:
    return make_plain(check_length(text, WORDS, place))
