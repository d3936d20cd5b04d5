"""What a node knows of the other side's half of a connection."""

from tests.unit.services.memory_nodes import Meeting

from adnode.domain.connection_note import RemoteStatus
from adnode.domain.message import ConnectionChangedBody, MessageKind


def test_what_the_partner_says_of_its_half_outlives_the_call_that_brought_it() -> None:
    meeting = Meeting()
    alpha, beta = meeting.add("alpha"), meeting.add("beta")
    connection_id = meeting.connect(alpha, beta)
    with alpha.storage.unit_of_work() as work:
        told = ConnectionChangedBody("deactivated")
        work.outbox.add(connection_id, "", MessageKind.CONNECTION_CHANGED, told, meeting.clock.now())
        work.commit()
    assert beta.exchange.poll_once(connection_id, 0) == 1
    with beta.storage.unit_of_work() as work:
        assert work.notes.get(connection_id).remote_status is RemoteStatus.DEACTIVATED
