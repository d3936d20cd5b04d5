"""What every gateway holds of attachments."""

import uuid
from collections.abc import Iterator

import pytest
from tests.contract.gateway.stages import PROJECT, Stage

from adnode.domain.errors import ContentMismatchError, InvalidWriteError, WorkItemNotFoundError
from adnode.domain.work_item import TITLE, NewAttachment, WorkItemSnapshot, WorkItemWrite
from adnode.ports.gateway import chunk_stream

CONTENT = bytes(range(256)) * 1000
NAME = "Übersicht & more (1).bin"


def download(stage: Stage, attachment_id: str, name: str = NAME) -> bytes:
    with stage.gateway.open_attachment(attachment_id, name) as stream:
        return b"".join(stream.chunks)


def attach(stage: Stage, work_item_id: int, *names: str) -> WorkItemSnapshot:
    files = [stage.gateway.upload_attachment(PROJECT, name, chunk_stream([name.encode()])) for name in names]
    added = tuple(NewAttachment(file.url, name, f"about {name}") for file, name in zip(files, names, strict=True))
    [outcome] = stage.gateway.write_work_items(
        [WorkItemWrite(PROJECT, work_item_id=work_item_id, add_attachments=added)]
    )
    assert outcome.snapshot is not None, outcome.error
    return outcome.snapshot


@pytest.mark.parametrize("size", [None, len(CONTENT)])
def test_bytes_come_back_as_they_were(stage: Stage, size: int | None) -> None:
    chunks = [CONTENT[:5], b"", CONTENT[5:70_000], CONTENT[70_000:]]
    uploaded = stage.gateway.upload_attachment(PROJECT, NAME, chunk_stream(chunks, size))
    assert str(uuid.UUID(uploaded.id)) == uploaded.id
    assert stage.gateway.file_id(uploaded.url) == uploaded.id
    assert stage.gateway.file_id(stage.gateway.file_url(uploaded.id, NAME)) == uploaded.id
    assert download(stage, uploaded.id) == CONTENT


def test_an_empty_file_is_a_file(stage: Stage) -> None:
    uploaded = stage.gateway.upload_attachment(PROJECT, "empty.txt", chunk_stream([]))
    assert download(stage, uploaded.id, "empty.txt") == b""


def test_a_download_says_its_size(stage: Stage) -> None:
    uploaded = stage.gateway.upload_attachment(PROJECT, NAME, chunk_stream([CONTENT]))
    with stage.gateway.open_attachment(uploaded.id, NAME) as stream:
        assert stream.size in (None, len(CONTENT))


def test_a_download_may_be_left_early(stage: Stage) -> None:
    uploaded = stage.gateway.upload_attachment(PROJECT, NAME, chunk_stream([CONTENT]))
    with stage.gateway.open_attachment(uploaded.id, NAME) as stream:
        assert CONTENT.startswith(next(stream.chunks))
    assert download(stage, uploaded.id) == CONTENT


def test_uploaded_files_are_linked_with_name_and_comment(stage: Stage) -> None:
    number = stage.create()
    linked = attach(stage, number, "a.txt", "b.txt")
    assert {(one.name, one.comment, one.size) for one in linked.attachments} == {
        ("a.txt", "about a.txt", 5),
        ("b.txt", "about b.txt", 5),
    }
    assert linked.revision == 2
    assert stage.gateway.read_work_items([number])[number] == linked
    for attachment in linked.attachments:
        assert download(stage, attachment.id, attachment.name) == attachment.name.encode()


def test_files_are_removed_by_their_index(stage: Stage) -> None:
    number = stage.create()
    linked = attach(stage, number, "a.txt", "b.txt", "c.txt", "d.txt")
    gone = tuple(one.index for one in linked.attachments if one.name in ("a.txt", "c.txt"))
    write = WorkItemWrite(
        PROJECT,
        work_item_id=number,
        revision=linked.revision,
        remove_relation_indexes=gone,
        add_hyperlinks=("https://x.example/",),
    )
    [outcome] = stage.gateway.write_work_items([write])
    assert outcome.snapshot is not None, outcome.error
    assert {one.name for one in outcome.snapshot.attachments} == {"b.txt", "d.txt"}
    assert outcome.snapshot.hyperlinks == ("https://x.example/",)


def test_the_index_counts_all_relations(stage: Stage) -> None:
    links = tuple(f"https://x.example/{number}" for number in range(5))
    [made] = stage.gateway.write_work_items(
        [WorkItemWrite(PROJECT, {TITLE: "x"}, type_name="Task", add_hyperlinks=links)]
    )
    assert made.snapshot is not None
    linked = attach(stage, made.snapshot.id, "a.txt")
    [attachment] = linked.attachments
    write = WorkItemWrite(
        PROJECT, work_item_id=linked.id, revision=linked.revision, remove_relation_indexes=(attachment.index,)
    )
    [outcome] = stage.gateway.write_work_items([write])
    assert outcome.snapshot is not None, outcome.error
    assert outcome.snapshot.attachments == ()
    assert set(outcome.snapshot.hyperlinks) == set(links)


def test_files_of_a_person_are_seen(stage: Stage) -> None:
    number = stage.create()
    stage.person.attach(number, "theirs.bin", CONTENT)
    [attachment] = stage.gateway.read_work_items([number])[number].attachments
    assert (attachment.name, attachment.size) == ("theirs.bin", len(CONTENT))
    assert download(stage, attachment.id, attachment.name) == CONTENT
    stage.person.detach(number, "theirs.bin")
    assert stage.gateway.read_work_items([number])[number].attachments == ()


def test_a_file_that_is_none_of_ours_can_not_be_linked(stage: Stage) -> None:
    number = stage.create()
    url = stage.gateway.file_url(str(uuid.uuid4()), "x")
    write = WorkItemWrite(PROJECT, work_item_id=number, add_attachments=(NewAttachment(url, "x"),))
    [outcome] = stage.gateway.write_work_items([write])
    assert isinstance(outcome.error, InvalidWriteError | WorkItemNotFoundError)


def test_a_file_that_is_gone_is_told(stage: Stage) -> None:
    with pytest.raises(WorkItemNotFoundError), stage.gateway.open_attachment(str(uuid.uuid4()), "gone.txt"):
        pass


def test_a_source_that_fails_is_not_blamed_on_azure_devops(stage: Stage) -> None:
    def chunks() -> Iterator[bytes]:
        yield CONTENT
        raise ContentMismatchError("The file arrived damaged.")

    with pytest.raises(ContentMismatchError):
        stage.gateway.upload_attachment(PROJECT, NAME, chunk_stream(chunks()))
    uploaded = stage.gateway.upload_attachment(PROJECT, NAME, chunk_stream([CONTENT]))
    assert download(stage, uploaded.id) == CONTENT
