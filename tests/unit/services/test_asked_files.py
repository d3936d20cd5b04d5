"""A file is taken only when it was asked for, in the size that was announced, and given only to whom it concerns."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from tests.unit.services.memory_nodes import Meeting, MemoryNode
from tests.unit.services.speaking import Speaker

from adnode.domain.connection import Visibility
from adnode.domain.errors import (
    AdnodeError,
    ContentMismatchError,
    ContentNotAskedForError,
    ContentTooLongError,
    ContentUnavailableError,
)
from adnode.domain.message import ContentBody, MessageKind
from adnode.domain.trace import AskedFile
from adnode.ports.gateway import ContentStream

KEY = "org-x:file-1"


@pytest.fixture
def meeting() -> Meeting:
    return Meeting()


@pytest.fixture
def alpha(meeting: Meeting) -> MemoryNode:
    return meeting.add("alpha")


@pytest.fixture
def beta(meeting: Meeting) -> MemoryNode:
    return meeting.add("beta")


@pytest.fixture
def connection_id(meeting: Meeting, alpha: MemoryNode, beta: MemoryNode) -> str:
    """A private connection: alpha is called only, and asks for files by message."""
    return meeting.connect(alpha, beta)


@pytest.fixture
def number(meeting: Meeting, alpha: MemoryNode, connection_id: str) -> int:
    number = alpha.create("Task", "Hello")
    meeting.share(alpha, connection_id, number)
    return number


class Watched:
    """A stream that says whether anybody read of it."""

    def __init__(self, *chunks: bytes, size: int | None = None) -> None:
        self.was_read = False
        self.stream = ContentStream(self._give(chunks), size)

    def _give(self, chunks: tuple[bytes, ...]) -> Iterator[bytes]:
        self.was_read = True
        yield from chunks


def ask(node: MemoryNode, connection_id: str, twin_id: str, key: str = KEY) -> None:
    with node.storage.unit_of_work() as work:
        work.traces.ask_for_files([AskedFile(connection_id, key, twin_id, node.clock.now())])
        work.commit()


def refusal(node: MemoryNode, connection_id: str, watched: Watched, key: str = KEY) -> AdnodeError:
    before = dict(node.organization.files)
    with pytest.raises(AdnodeError) as caught:
        node.contents.store(connection_id, key, "a.txt", watched.stream)
    assert node.organization.files == before
    return caught.value


def test_a_file_that_nobody_asked_for_is_refused_before_a_byte_of_it_is_read(
    alpha: MemoryNode, connection_id: str, number: int
) -> None:
    watched = Watched(b"content")
    assert isinstance(refusal(alpha, connection_id, watched), ContentNotAskedForError)
    assert not watched.was_read


def test_a_file_is_taken_once(alpha: MemoryNode, connection_id: str, number: int) -> None:
    ask(alpha, connection_id, alpha.twin(number).id)
    alpha.contents.store(connection_id, KEY, "a.txt", Watched(b"content", size=7).stream)
    assert [content for _, content in alpha.organization.files.values()] == [b"content"]
    again = Watched(b"content", size=7)
    assert isinstance(refusal(alpha, connection_id, again), ContentNotAskedForError)
    assert not again.was_read


def test_a_file_that_another_partner_was_asked_for_is_refused(
    meeting: Meeting, alpha: MemoryNode, connection_id: str, number: int
) -> None:
    other = meeting.connect(alpha, meeting.add("gamma"))
    ask(alpha, connection_id, alpha.twin(number).id)
    assert isinstance(refusal(alpha, other, Watched(b"x")), ContentNotAskedForError)


def test_a_file_for_a_pair_that_ended_meanwhile_is_refused(alpha: MemoryNode, connection_id: str, number: int) -> None:
    ask(alpha, connection_id, alpha.twin(number).id)
    alpha.work_items.unlink(connection_id, number)
    assert isinstance(refusal(alpha, connection_id, Watched(b"x")), ContentNotAskedForError)


@pytest.mark.parametrize(
    ("chunks", "size", "kind"),
    [
        ((b"1234", b"5678", b"9"), 8, ContentTooLongError),
        ((b"1234", b"5678"), 9, ContentMismatchError),
        ((b"1",), 0, ContentTooLongError),
    ],
)
def test_a_file_that_is_not_as_long_as_announced_is_not_kept(
    alpha: MemoryNode,
    connection_id: str,
    number: int,
    chunks: tuple[bytes, ...],
    size: int,
    kind: type[AdnodeError],
) -> None:
    ask(alpha, connection_id, alpha.twin(number).id)
    assert isinstance(refusal(alpha, connection_id, Watched(*chunks, size=size)), kind)
    alpha.contents.store(connection_id, KEY, "a.txt", Watched(b"12345678", size=8).stream)


def test_a_file_is_known_by_a_name_that_hides_nothing(alpha: MemoryNode, connection_id: str, number: int) -> None:
    ask(alpha, connection_id, alpha.twin(number).id)
    alpha.contents.store(connection_id, KEY, "../invoice\u202efdp.exe", Watched(b"x").stream)
    assert [name for name, _ in alpha.organization.files.values()] == ["invoicefdp.exe"]


def test_a_file_that_came_before_its_answer_was_lost_is_not_reported_as_failed(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode, connection_id: str
) -> None:
    original = beta.create("Task", "With a file")
    beta.organization.attach(original, "a.txt", b"content")
    [copy] = meeting.share(beta, connection_id, original)
    assert [file.name for file in alpha.organization.snapshot(copy).attachments] == ["a.txt"]
    key = f"{beta.organization.id}:{beta.organization.snapshot(original).attachments[0].id}"
    twin_id = alpha.twin(copy).id
    with alpha.storage.unit_of_work() as work:
        work.outbox.add(connection_id, twin_id, MessageKind.CONTENT_REQUESTED, ContentBody((key,)), alpha.clock.now())
        work.commit()
    meeting.rest()
    assert alpha.error_records() == beta.error_records() == []
    assert len(alpha.organization.files) == 1


def test_a_side_that_is_called_for_its_files_is_not_asked_for_them(
    meeting: Meeting, alpha: MemoryNode, beta: MemoryNode
) -> None:
    speaker = Speaker(alpha, beta, meeting.connect(alpha, beta, Visibility.PUBLIC))
    answer = speaker.say("content_requested", {"keys": ["o:1"], "error_code": "", "text": ""})
    assert (answer.outcome, answer.error_code) == ("refused", "unexpected_message")


def test_word_that_files_cannot_be_had_counts_for_those_that_were_asked_for(
    alpha: MemoryNode, beta: MemoryNode, connection_id: str, number: int
) -> None:
    twin_id = alpha.twin(number).id
    ask(alpha, connection_id, twin_id)
    speaker = Speaker(alpha, beta, connection_id)
    body = {"keys": [KEY, *(f"org-x:{each}" for each in range(900))], "error_code": "gone", "text": ""}
    assert speaker.say("content_failed", body, twin_id).outcome == "stored"
    with alpha.storage.unit_of_work() as work:
        assert list(work.traces.contents(connection_id, body["keys"])) == [KEY]


# files of ours that a text of the partner names ----------------------------------------------------------------------


@pytest.fixture
def speaker(alpha: MemoryNode, beta: MemoryNode, connection_id: str, number: int) -> Speaker:
    return Speaker(alpha, beta, connection_id)


def describe(speaker: Speaker, key: str) -> dict[str, Any]:
    html = f'<div><img src="adnode-file:{quote(key, safe="")}/shown.png"></div>'
    registers = {"description": speaker.register({"text": html, "format": "html"}, (1, 0))}
    return speaker.state(registers=registers)


@pytest.mark.parametrize("path", ["guid", "../../../_apis/projects?x=", "a/b"])
def test_a_text_of_the_partner_shows_no_file_that_is_not_in_sync_with_it(
    alpha: MemoryNode, speaker: Speaker, number: int, path: str
) -> None:
    secret = alpha.create("Task", "Secret")
    file = alpha.organization.attach(secret, "secret.txt", b"secret")
    key = f"{alpha.organization.id}:{file if path == 'guid' else path}"
    speaker.say("state", describe(speaker, key), alpha.twin(number).id)
    alpha.reconciliation.reconcile(speaker.connection_id)
    written = alpha.organization.snapshot(number).text("System.Description")
    assert file not in written
    assert "_apis" not in written
    alpha.organization.edit(number, {"System.Description": written + "<p>edited</p>"})
    alpha.feed.read(alpha.organization.id)
    alpha.reconciliation.reconcile(speaker.connection_id)
    with pytest.raises(ContentUnavailableError), alpha.contents.open(speaker.connection_id, key):
        pytest.fail("it was given away")


def test_a_text_of_the_partner_may_show_a_file_of_another_work_item_in_sync_with_it(
    meeting: Meeting, alpha: MemoryNode, speaker: Speaker, number: int
) -> None:
    shared = alpha.create("Task", "Shared")
    file = alpha.organization.attach(shared, "shown.png", b"image")
    meeting.share(alpha, speaker.connection_id, shared)
    speaker.say("state", describe(speaker, f"{alpha.organization.id}:{file}"), alpha.twin(number).id)
    alpha.reconciliation.reconcile(speaker.connection_id)
    assert file in alpha.organization.snapshot(number).text("System.Description")


@pytest.mark.parametrize("key", ["o:" + "k" * 499, "o:\u202e", "o:\0"])
def test_a_text_may_name_a_file_that_can_not_be(alpha: MemoryNode, speaker: Speaker, number: int, key: str) -> None:
    assert speaker.say("state", describe(speaker, key), alpha.twin(number).id).outcome == "stored"
    alpha.reconciliation.reconcile(speaker.connection_id)
    assert "shown.png" in alpha.organization.snapshot(number).text("System.Description")
    with alpha.storage.unit_of_work() as work:
        assert work.traces.asked_files(speaker.connection_id, [key]) == {}
    assert alpha.error_records() == []
