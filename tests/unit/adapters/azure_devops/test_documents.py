"""Documents of the REST API in all the shapes that were seen."""

from datetime import UTC, datetime
from typing import Any

import pytest

from adnode.adapters.azure_devops.addresses import OrganizationAddress
from adnode.adapters.azure_devops.documents import UNKNOWN_TIME, read_comment, read_name, read_snapshot, read_time
from adnode.domain.rich_text import TextFormat
from adnode.domain.work_item import CommentReference

ADDRESS = OrganizationAddress("https://dev.azure.com/contoso")
GUID = "a5cedde4-2dd5-4fcf-befe-fd0977dd3433"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2019-03-25T07:56:26.23Z", datetime(2019, 3, 25, 7, 56, 26, 230000, UTC)),
        ("2019-03-25T07:56:26Z", datetime(2019, 3, 25, 7, 56, 26, 0, UTC)),
        ("2019-03-25T07:56:26.1234567Z", datetime(2019, 3, 25, 7, 56, 26, 123456, UTC)),
        ("2019-03-25T07:56:26.237-08:00", datetime(2019, 3, 25, 15, 56, 26, 237000, UTC)),
        ("2019-03-25T07:56:26", datetime(2019, 3, 25, 7, 56, 26, 0, UTC)),
        ("3/25/2019 7:56:30 AM", UNKNOWN_TIME),
        (None, UNKNOWN_TIME),
        ("", UNKNOWN_TIME),
    ],
)
def test_times_are_read_as_utc(text: object, expected: datetime) -> None:
    assert read_time(text) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"displayName": "Jamal Hartnett", "uniqueName": "jamal@x"}, "Jamal Hartnett"),
        ({"uniqueName": "jamal@x"}, "jamal@x"),
        ("Jamal Hartnett <jamal@x>", "Jamal Hartnett"),
        ("Jamal <JJ> Hartnett <jamal@x>", "Jamal <JJ> Hartnett"),
        ("Jamal Hartnett", "Jamal Hartnett"),
        (None, ""),
    ],
)
def test_identities_are_documents_or_text(value: object, expected: str) -> None:
    assert read_name(value) == expected


@pytest.mark.parametrize("key", ["id", "commentId"])
def test_a_comment_has_its_number_under_either_name(key: str) -> None:
    document = {key: 26, "text": "x", "createdBy": {"displayName": "John"}, "createdDate": "2023-11-09T09:02:12Z"}
    comment = read_comment(document)
    assert (comment.id, comment.author, comment.format) == (26, "John", TextFormat.HTML)
    assert comment.modified_at == comment.created_at


@pytest.mark.parametrize("spelling", ["markdown", "Markdown"])
def test_formats_are_spelled_in_either_case(spelling: str) -> None:
    assert read_comment({"id": 1, "format": spelling}).format is TextFormat.MARKDOWN
    document = {"id": 1, "rev": 1, "multilineFieldsFormat": {"System.Description": spelling, "X.Y": "html"}}
    assert read_snapshot(document, ADDRESS).formats == {
        "System.Description": TextFormat.MARKDOWN,
        "X.Y": TextFormat.HTML,
    }


def test_a_work_item_with_next_to_nothing_is_read() -> None:
    snapshot = read_snapshot({"id": 1, "rev": 2}, ADDRESS)
    assert (snapshot.id, snapshot.revision, snapshot.formats, snapshot.fields) == (1, 2, None, {})
    assert snapshot.comment_reference is None


def test_relations_are_told_apart_and_keep_their_index() -> None:
    relations: list[dict[str, Any]] = [
        {"rel": "System.LinkTypes.Hierarchy-Reverse", "url": "https://dev.azure.com/contoso/_apis/wit/workItems/5"},
        {"rel": "Hyperlink", "url": "https://other.example/5", "attributes": {}},
        {
            "rel": "AttachedFile",
            "url": f"https://internal.name/collection/_apis/wit/attachments/{GUID.upper()}",
            "attributes": {
                "name": "a.png",
                "resourceSize": 12,
                "comment": "about",
                "authorizedDate": "2019-03-25T07:56:26Z",
            },
        },
        {
            "rel": "AttachedFile",
            "url": f"https://dev.azure.com/contoso/_apis/wit/attachments/{GUID}?fileName=b%20c.txt",
            "attributes": None,
        },
        {"rel": "AttachedFile", "url": "https://somewhere.example/no-attachment"},
    ]
    snapshot = read_snapshot({"id": 1, "rev": 2, "relations": relations}, ADDRESS)
    assert snapshot.hyperlinks == ("https://other.example/5",)
    assert [(one.id, one.name, one.size, one.comment, one.index) for one in snapshot.attachments] == [
        (GUID, "a.png", 12, "about", 2),
        (GUID, "b c.txt", 0, "", 3),
    ]


def test_the_comment_of_a_revision_is_read() -> None:
    document = {"id": 1, "rev": 2, "commentVersionRef": {"commentId": 26, "version": 1, "url": "x"}}
    assert read_snapshot(document, ADDRESS).comment_reference == CommentReference(26, 1)
