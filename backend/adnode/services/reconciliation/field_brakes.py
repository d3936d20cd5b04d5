"""The brake of single fields: one that two automations change to and fro rests, until a person retries."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from adnode.domain.connection import Connection
from adnode.domain.error_record import ErrorRecord
from adnode.domain.errors import AdnodeError
from adnode.domain.field_loop import CHANGES, RETURNS, WINDOW, FieldChange, FieldLoopError
from adnode.domain.message import AppliedBody, FailedBody, MessageKind
from adnode.domain.sync_state import DESCRIPTION, SUMMARY, TYPE
from adnode.domain.synced_change import ChangedThing, SyncedChange
from adnode.domain.twin import Twin
from adnode.ports.storage import UnitOfWork
from adnode.sync.field_loops import is_loop

FIELDS = {SUMMARY: ChangedThing.SUMMARY, DESCRIPTION: ChangedThing.DESCRIPTION, TYPE: ChangedThing.TYPE}
_NAMES = {SUMMARY: "title", DESCRIPTION: "description", TYPE: "type"}


@dataclass(frozen=True, slots=True)
class FieldBrakes:
    """Register keys of one twin that rest, and those that were released and are to be told the peer again."""

    resting: frozenset[str] = frozenset()
    released: frozenset[str] = frozenset()


NONE = FieldBrakes()


def read_field_brakes(work: UnitOfWork, twin_ids: Collection[str], now: datetime) -> Mapping[str, FieldBrakes]:
    """Return the brakes of the twins that have any, by their history and the open errors about it."""
    history = work.synced_changes.since(twin_ids, now - WINDOW)
    records = work.error_records.open_of_twins(twin_ids)
    found: dict[str, FieldBrakes] = {}
    for twin_id in {*history, *records}:
        braked = {record.subject: record for record in records.get(twin_id, ()) if _is_brake(record)}
        resting = {key for key in FIELDS if _rests(work, twin_id, key, braked.get(key), history.get(twin_id, ()), now)}
        if resting or braked:
            found[twin_id] = FieldBrakes(frozenset(resting), frozenset(braked.keys() - resting))
    return found


def make_loop_error(connection: Connection, twin: Twin, key: str) -> FieldLoopError:
    """Return the error of a field that rests."""
    partner = connection.peer.organization_name if connection.peer else "the partner"
    return FieldLoopError(
        f"The {_NAMES[key]} of work item {twin.work_item_id or twin.remote_url} changed {CHANGES} times within "
        f"{WINDOW.seconds // 60} minutes and went back to earlier values {RETURNS} times: it seems that an automation "
        f"here and one of {partner} answer each other. This field of the pair rests, all else goes on. Stop one of the "
        "two, then retry.",
        field=key,
    )


def tell_brakes(
    work: UnitOfWork,
    twin: Twin,
    brakes: FieldBrakes,
    errors: Mapping[str, AdnodeError],
    known: Collection[str],
    url: str,
    now: datetime,
) -> None:
    """Tell the peer what has begun to rest, and what goes on again, where no answer to a message of it does."""
    for key in sorted(brakes.resting - set(known)):
        failed = FailedBody(errors[key].code, errors[key].message, ())
        work.outbox.add(twin.connection_id, twin.id, MessageKind.FAILED, failed, now)
    if brakes.released and not errors:
        applied = AppliedBody(twin.work_item_id or 0, url, twin.lineage, ())
        work.outbox.add(twin.connection_id, twin.id, MessageKind.APPLIED, applied, now)


def _is_brake(record: ErrorRecord) -> bool:
    return record.code == FieldLoopError.code and not record.is_remote


def _rests(
    work: UnitOfWork,
    twin_id: str,
    key: str,
    record: ErrorRecord | None,
    history: Sequence[SyncedChange],
    now: datetime,
) -> bool:
    if record is not None and record.retried_at is None:
        return True
    changes = list(_changes(history, FIELDS[key]))
    if not is_loop(changes, now):
        return False
    since = record.retried_at if record is not None else _released_at(work, twin_id, key)
    is_on = is_loop([change for change in changes if since is None or change.at > since], now)
    if is_on and record is not None:
        # It went on after the retry: that is told anew.
        work.error_records.close(now, twin_id=twin_id, code=record.code, subject=key)
    return is_on


def _changes(history: Iterable[SyncedChange], thing: ChangedThing) -> Iterable[FieldChange]:
    for change in history:
        for value in change.values:
            if value.thing is thing:
                yield FieldChange(change.at, value.digest or value.text)


def _released_at(work: UnitOfWork, twin_id: str, key: str) -> datetime | None:
    """Return when a person last let the field go on, here or at the partner: what was before does not count."""
    records = work.error_records.list_records(twin_id=twin_id, include_closed=True)
    brakes = [record for record in records if record.code == FieldLoopError.code]
    times = [each.closed_at for each in brakes if each.closed_at and (each.is_remote or each.subject == key)]
    return max(times, default=None)
