"""Messages by which two nodes compare what they know."""

from datetime import UTC, datetime

import pytest

from adnode.domain.errors import ValidationError
from adnode.domain.message import ComparedBody, ComparisonBody, Message, MessageBody, MessageKind, StateRequestedBody
from adnode.domain.message_documents import body_from_document, message_from_document, message_to_document

BODIES: list[tuple[MessageKind, MessageBody]] = [
    (MessageKind.COMPARISON, ComparisonBody("job-1", {"t1": "0123456789abcdef"})),
    (MessageKind.COMPARED, ComparedBody("job-1", 3, ("t2",), {"t1": {"summary": "0123456789abcdef"}})),
    (MessageKind.STATE_REQUESTED, StateRequestedBody(("t1", "t2"))),
]


@pytest.mark.parametrize(("kind", "body"), BODIES)
def test_a_message_comes_out_as_it_went_in(kind: MessageKind, body: MessageBody) -> None:
    message = Message("m1", 1, kind, "", body, datetime(2026, 11, 25, tzinfo=UTC))
    returned = message_from_document(message_to_document(message))
    assert (returned.kind, returned.body) == (kind, body)


@pytest.mark.parametrize(
    ("kind", "document"),
    [
        (MessageKind.COMPARISON, {"comparison_id": "c", "digests": ["t1"]}),
        (MessageKind.COMPARISON, {"comparison_id": "c", "digests": {"t1": 7}}),
        (MessageKind.COMPARISON, {"comparison_id": "c", "digests": {str(n): "d" for n in range(1001)}}),
        (MessageKind.COMPARISON, {"comparison_id": "c\0", "digests": {}}),
        (MessageKind.COMPARED, {"comparison_id": "c", "count": -1, "unknown": [], "differing": {}}),
        (MessageKind.COMPARED, {"comparison_id": "c", "count": 1, "unknown": [1], "differing": {}}),
        (MessageKind.COMPARED, {"comparison_id": "c", "count": 1, "unknown": [], "differing": {"t1": "d"}}),
        (MessageKind.COMPARED, {"comparison_id": "c", "count": 1, "unknown": [], "differing": {"t1": {"summary": 1}}}),
        (MessageKind.STATE_REQUESTED, {"twin_ids": [str(n) for n in range(1001)]}),
        (MessageKind.STATE_REQUESTED, {}),
    ],
)
def test_what_a_peer_may_not_send_is_refused(kind: MessageKind, document: object) -> None:
    with pytest.raises(ValidationError):
        body_from_document(kind, document)
