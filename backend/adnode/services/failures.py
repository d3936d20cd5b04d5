"""Error records made from exceptions."""

from dataclasses import replace
from datetime import datetime

from adnode.domain.clock_difference import ClockWrongError
from adnode.domain.connection import Connection
from adnode.domain.connection_note import SILENCE_CODES
from adnode.domain.error_record import ErrorRecord, Impact
from adnode.domain.errors import (
    AdnodeError,
    AuthenticationFailedError,
    ConnectionEndedError,
    GatewayError,
    LeaseLostError,
    PeerBusyError,
    PeerError,
    RevisionConflictError,
)
from adnode.domain.twin import Twin
from adnode.ports.system import Ids
from adnode.services.correlation import correlation_id
from adnode.services.technical_details import describe

LINE = "line"
"""Subject of records about the line to the peer: they close as soon as it answers."""
SILENCE = "silence"
"""Subject of records about a peer that should call and does not: they close as soon as it calls."""
ENDED = "ended"
"""Subject of the record that says that the partner has ended a connection: no retry helps, a person must see to it."""
PARTNER = "partner"
"""Subject of records about what the partner could not do: they never mix with what failed here for the same reason."""
REFUSED = "refused"
"""Subject of records about messages that the partner did not take: nothing that it applies later makes up for those."""
REQUESTS = "requests"
"""Subject of records about requests in the partner's name that are refused: they close with the first good one."""
BRAKED = "braked"
"""Subject of records about a partner that has more made here than is allowed in an hour: they close once it fits."""
CLOCK = "clock"
"""Subject of records about clocks that are off: they close once they are right."""
FEED = "change_feed"
"""Subject of records about reading what changed: they close as soon as that works."""


def retries_by_itself(error: AdnodeError) -> bool:
    """Say whether the work is tried again without a person.

    A credential that stopped working concerns everything at once and is mended outside adnode, so work waits for it
    rather than failing item by item.
    """
    if isinstance(error, AuthenticationFailedError | ClockWrongError | LeaseLostError | RevisionConflictError):
        return True
    if isinstance(error, GatewayError | PeerError):
        return error.is_transient or getattr(error, "effect_unknown", False)
    return False


def asked_delay_seconds(error: AdnodeError) -> float | None:
    """Return the Retry-After that came with the error."""
    return error.retry_after_seconds if isinstance(error, GatewayError | PeerBusyError) else None


def _impact(twin: Twin | None) -> Impact:
    return Impact.CONNECTION if twin is None else Impact.WORK_ITEM


def make_record(
    error: AdnodeError, connection: Connection, twin: Twin | None, ids: Ids, now: datetime, *, subject: str = ""
) -> ErrorRecord:
    """Return the error record of an exception at a connection or at one of its twins."""
    return ErrorRecord(
        id=ids.new_id(),
        organization_id=connection.organization_id,
        connection_id=connection.id,
        twin_id=twin.id if twin else "",
        impact=_impact(twin),
        code=error.code,
        message=error.message,
        opened_at=now,
        last_seen_at=now,
        subject=subject,
        is_transient=retries_by_itself(error),
        work_item_id=twin.work_item_id if twin else None,
        correlation_id=correlation_id(),
        technical=describe(error),
    )


def make_partner_record(
    connection: Connection,
    twin: Twin | None,
    code: str,
    text: str,
    ids: Ids,
    now: datetime,
    *,
    subject: str = PARTNER,
) -> ErrorRecord:
    """Return the error record of what the partner's node could not do.

    Its words are quoted: what it calls this node and its account is that node and its account.
    """
    partner = connection.peer.organization_name if connection.peer else "the partner"
    record = make_record(PeerError(text), connection, twin, ids, now, subject=subject)
    return replace(record, code=code or record.code, message=f"The node of {partner} says: {text}", is_remote=True)


def make_line_record(
    error: AdnodeError, connection: Connection, since: datetime, ids: Ids, now: datetime
) -> ErrorRecord:
    """Return the error record of a connection whose peer can't be talked to since then."""
    record = make_record(error, connection, None, ids, now, subject=LINE)
    if error.code not in SILENCE_CODES:
        return record
    return replace(record, message=f"{describe_silence(connection, since)} {error.message}")


def describe_silence(connection: Connection, since: datetime | None) -> str:
    """Return the sentence that a partner does not answer; with seconds, as all that happened is told."""
    partner = connection.peer.organization_name if connection.peer else "the partner"
    moment = f"has not answered since {since:%Y-%m-%d %H:%M:%S} UTC" if since else "has not answered yet"
    return f"The node of {partner} {moment}."


def make_ended_record(connection: Connection, ids: Ids, now: datetime) -> ErrorRecord:
    """Return the error record of a connection that the partner has ended."""
    partner = connection.peer.organization_name if connection.peer else "The partner"
    text = (
        f"{partner} ended connection {connection.name}. All work items stay as they are, and nothing is synchronized "
        "over it any more. Delete the connection here; to go on, make a new one with a new invitation."
    )
    return make_record(ConnectionEndedError(text), connection, None, ids, now, subject=ENDED)


def make_feed_record(error: AdnodeError, organization_id: str, ids: Ids, now: datetime) -> ErrorRecord:
    """Return the error record of an organization that this node can't read: nothing that changes there is noticed."""
    record = make_organization_record(error, organization_id, Impact.NODE, ids, now, subject=FEED)
    return replace(record, message=f"Changes are not noticed: {error.message}")


def make_organization_record(
    error: AdnodeError, organization_id: str, impact: Impact, ids: Ids, now: datetime, *, subject: str
) -> ErrorRecord:
    """Return the error record of what concerns all of an organization."""
    return ErrorRecord(
        id=ids.new_id(),
        organization_id=organization_id,
        connection_id="",
        twin_id="",
        impact=impact,
        code=error.code,
        message=error.message,
        opened_at=now,
        last_seen_at=now,
        subject=subject,
        is_transient=retries_by_itself(error),
        correlation_id=correlation_id(),
        technical=describe(error),
    )
