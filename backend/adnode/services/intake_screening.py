"""What a message of the peer may say about this very connection: its twins, its organizations, its addresses."""

from collections.abc import Mapping
from dataclasses import replace

from adnode.domain.connection import Connection, TransportKind
from adnode.domain.errors import AddressRefusedError, NameRefusedError, RefusedValueError, UnexpectedMessageError
from adnode.domain.limits import LINEAGE, check_count
from adnode.domain.message import AppliedBody, LeftOut, Message, MessageKind, StateBody
from adnode.domain.message_limits import check_register_count, without
from adnode.domain.peer_messages import refusal_of
from adnode.domain.sync_state import PRESENCE_PREFIX, Registers, make_presence_key
from adnode.domain.twin import Twin
from adnode.domain.web_address import is_below


def screen(connection: Connection, twins: Mapping[str, Twin], message: Message) -> Message:
    """Return a message that keeps within its fields' limits as far as it may speak over this connection.

    A new pair needs an address below the partner's organization. An existing one is taken without an address that leads
    elsewhere: what is known of the partner's work item stays.
    """
    body = message.body
    if message.kind == MessageKind.CONTENT_REQUESTED and connection.transport is not TransportKind.POLL:
        return _refused(message, UnexpectedMessageError("This side is called for its files; nobody asks it for them."))
    if not isinstance(body, StateBody | AppliedBody):
        return message
    twin = twins.get(message.twin_id)
    known = twin if twin is not None and twin.connection_id == connection.id else None
    try:
        placed = _placed(connection, known, body)
        _check_joined_lineage(connection, known, placed)
    except RefusedValueError as error:
        return _refused(message, error)
    screened = message if placed is body else replace(message, body=placed)
    if not isinstance(placed, StateBody):
        return screened
    return without(screened, placed, _unfit(connection, known, placed.registers))


def _refused(message: Message, error: RefusedValueError) -> Message:
    return replace(message, body=None, raw=None, refusal=refusal_of(error), left_out=())


def _placed(connection: Connection, twin: Twin | None, body: StateBody | AppliedBody) -> StateBody | AppliedBody:
    """Return what was said with an address that may be shown and written, or with the one that is known already."""
    root = connection.peer.organization_url if connection.peer else ""
    if is_below(body.url, root):
        return body
    if twin is None and isinstance(body, StateBody):
        raise AddressRefusedError(
            f"The address of work item {body.work_item_id} does not lie below {root or 'an organization'}, which was "
            "agreed on when the connection was made. If the organization got another address, make an invitation anew "
            "for this connection.",
            place="url",
        )
    return replace(body, url=twin.remote_url if twin else "")


def _check_joined_lineage(connection: Connection, twin: Twin | None, body: StateBody | AppliedBody) -> None:
    """Names of the same work item add up over its life; with our own one they still have to fit into a message."""
    known = twin.lineage if twin else frozenset[str]()
    peer_id = connection.peer.organization_id if connection.peer else ""
    joined = known | body.lineage | {f"{peer_id}:{body.work_item_id}"}
    own = f"{connection.organization_id}:"
    has_own = any(name.startswith(own) for name in joined)
    if joined != known:
        check_count(joined if has_own else joined | {own}, LINEAGE, "The lineage of the work item")


def _unfit(connection: Connection, twin: Twin | None, registers: Registers) -> list[LeftOut]:
    """Return the registers that are too many, or that speak of the presence of a third organization."""
    allowed = {make_presence_key(connection.organization_id)}
    allowed |= {make_presence_key(connection.peer.organization_id)} if connection.peer else set()
    foreign = refusal_of(
        NameRefusedError("The presence of a work item is told by its own side only.", place="presence")
    )
    left_out = [LeftOut(key, foreign) for key in registers if key.startswith(PRESENCE_PREFIX) and key not in allowed]
    return left_out + check_register_count(twin.state.registers if twin else (), registers)
