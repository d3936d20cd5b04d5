"""Writes as patches, and what comes of answers that are not what one hopes for."""

import json
from typing import Any

import pytest
from tests.unit.adapters.azure_devops.conftest import make_client
from tests.unit.adapters.azure_devops.scripted_server import DROP, Reply, ScriptedServer, Seen, refuse, say

from adnode.adapters.azure_devops.client import AzureDevOpsClient
from adnode.adapters.azure_devops.comments import Comments
from adnode.adapters.azure_devops.patches import make_patch
from adnode.adapters.azure_devops.reading import Reading
from adnode.adapters.azure_devops.writing import Writing
from adnode.domain.errors import (
    GatewayUnavailableError,
    InvalidWriteError,
    RateLimitedError,
    RevisionConflictError,
    RuleViolationError,
)
from adnode.domain.organization import OrganizationKind
from adnode.domain.rich_text import TextFormat
from adnode.domain.work_item import DESCRIPTION, TITLE, NewAttachment, WorkItemWrite

UPDATE = WorkItemWrite("Fabrikam", {TITLE: "x"}, work_item_id=7, revision=3)
CREATE = WorkItemWrite("My Project", {TITLE: "x"}, type_name="User Story")


@pytest.fixture
def writing(client: AzureDevOpsClient) -> Writing:
    reading = Reading(client, OrganizationKind.SERVICES)
    return Writing(client, reading, Comments(client, reading))


def item(number: int = 7, revision: int = 4, **more: object) -> dict[str, object]:
    return {"id": number, "rev": revision, "fields": {"System.TeamProject": "Fabrikam"}, **more}


def answers(*entries: tuple[int, object]) -> Reply:
    rows = [
        {"code": code, "headers": {}, "body": body if isinstance(body, str) else json.dumps(body)}
        for code, body in entries
    ]
    return say({"count": len(rows), "value": rows})


def test_a_patch_tests_first_and_removes_from_the_end() -> None:
    write = WorkItemWrite(
        "Fabrikam",
        {TITLE: "New", DESCRIPTION: ""},
        work_item_id=7,
        revision=3,
        formats={DESCRIPTION: TextFormat.MARKDOWN, "X.Html": TextFormat.HTML},
        history="said",
        add_attachments=(NewAttachment("https://file", "a.txt", "about"), NewAttachment("https://other", "b.txt")),
        remove_relation_indexes=(1, 4, 2),
        add_hyperlinks=("https://link",),
    )
    assert make_patch(write) == [
        {"op": "test", "path": "/rev", "value": 3},
        {"op": "add", "path": "/fields/System.Title", "value": "New"},
        {"op": "add", "path": "/fields/System.Description", "value": ""},
        {"op": "add", "path": "/multilineFieldsFormat/System.Description", "value": "Markdown"},
        {"op": "add", "path": "/fields/System.History", "value": "said"},
        {"op": "remove", "path": "/relations/4"},
        {"op": "remove", "path": "/relations/2"},
        {"op": "remove", "path": "/relations/1"},
        {
            "op": "add",
            "path": "/relations/-",
            "value": {
                "rel": "AttachedFile",
                "url": "https://file",
                "attributes": {"name": "a.txt", "comment": "about"},
            },
        },
        {
            "op": "add",
            "path": "/relations/-",
            "value": {"rel": "AttachedFile", "url": "https://other", "attributes": {"name": "b.txt"}},
        },
        {"op": "add", "path": "/relations/-", "value": {"rel": "Hyperlink", "url": "https://link"}},
    ]


def test_a_create_tests_nothing_and_sends_no_empty_field() -> None:
    write = WorkItemWrite("Fabrikam", {TITLE: "New", DESCRIPTION: ""}, type_name="Task", revision=9)
    assert make_patch(write) == [{"op": "add", "path": "/fields/System.Title", "value": "New"}]


def test_one_write_is_a_call_of_its_own(server: ScriptedServer, writing: Writing) -> None:
    server.script.append(say(item()))
    [outcome] = writing.write_work_items([UPDATE])
    assert outcome.snapshot is not None
    [seen] = server.seen
    assert (seen.method, seen.path) == ("PATCH", "/collection/_apis/wit/workItems/7?$expand=relations")
    assert seen.headers["Content-Type"].startswith("application/json-patch+json")
    server.script.append(say(item(8, 1)))
    writing.write_work_items([CREATE])
    assert server.seen[1].method == "POST"
    assert server.seen[1].path == "/collection/My%20Project/_apis/wit/workItems/$User%20Story?$expand=relations"


def test_several_writes_are_one_batch(server: ScriptedServer, writing: Writing) -> None:
    server.script.append(answers((200, item()), (200, item(8, 1))))
    outcomes = writing.write_work_items([UPDATE, CREATE])
    assert [outcome.snapshot.id for outcome in outcomes if outcome.snapshot] == [7, 8]
    [seen] = server.seen
    first, second = seen.document
    assert seen.path == "/collection/_apis/wit/$batch"
    assert first["uri"] == "/_apis/wit/workitems/7?$expand=relations&api-version=7.1-preview.3"
    assert second["uri"].startswith("/My%20Project/_apis/wit/workitems/$User%20Story?")
    assert second["body"][0] == {"op": "add", "path": "/id", "value": "-2"}
    assert {entry["method"] for entry in seen.document} == {"PATCH"}


def test_each_entry_of_a_batch_has_its_own_error(server: ScriptedServer, writing: Writing) -> None:
    conflict = {"message": "VS403351: Test Operation failed", "typeKey": "TestPatchOperationFailedException"}
    rule = {
        "message": "TF401320",
        "typeKey": "RuleValidationException",
        "customProperties": {"FieldReferenceName": "A.B"},
    }
    html = "<html><title>Down</title></html>"
    server.script.append(
        answers((412, conflict), (400, rule), (500, html), (429, {"message": "TF400733"}), (200, item()))
    )
    outcomes = writing.write_work_items([UPDATE] * 5)
    errors = [outcome.error for outcome in outcomes]
    kinds = [RevisionConflictError, RuleViolationError, GatewayUnavailableError, RateLimitedError, type(None)]
    assert [type(error) for error in errors] == kinds
    assert isinstance(errors[1], RuleViolationError)
    assert errors[1].fields == ("A.B",)
    assert [getattr(error, "effect_unknown", False) for error in errors] == [False, False, True, False, False]


def test_entries_without_an_answer_are_in_doubt(server: ScriptedServer, writing: Writing) -> None:
    server.script.append(answers((200, item())))
    first, second = writing.write_work_items([UPDATE, CREATE])
    assert first.error is None
    assert isinstance(second.error, GatewayUnavailableError)
    assert second.error.effect_unknown


def test_a_body_that_is_a_document_is_read_too(server: ScriptedServer, writing: Writing) -> None:
    rows = [{"code": 200, "body": item()}, {"code": 400, "body": {"message": "TF51535: Cannot find field X."}}]
    server.script.append(say({"count": 2, "value": rows}))
    first, second = writing.write_work_items([UPDATE, UPDATE])
    assert first.snapshot is not None
    assert isinstance(second.error, InvalidWriteError)


def test_a_refused_batch_is_tried_in_smaller_ones(server: ScriptedServer, writing: Writing) -> None:
    def reply(seen: Seen) -> Reply:
        entries: Any = seen.document
        if not seen.path.endswith("$batch"):
            return refuse(400, "ArgumentException", "bad") if b'"bad"' in seen.body else say(item())
        if len(entries) > 2 or any("bad" in json.dumps(entry) for entry in entries):
            return refuse(400, "ArgumentException", "The batch can't be accepted.")
        return answers(*[(200, item()) for _ in entries])

    server.default = reply
    bad = WorkItemWrite("Fabrikam", {TITLE: "bad"}, work_item_id=9, revision=1)
    outcomes = writing.write_work_items([UPDATE, UPDATE, UPDATE, UPDATE, bad])
    assert [type(outcome.error) for outcome in outcomes] == [type(None)] * 4 + [InvalidWriteError]


def test_an_organization_without_batches_is_written_one_by_one() -> None:
    with ScriptedServer(without=("BATCH",)) as server:
        client = make_client(server.url)
        reading = Reading(client, OrganizationKind.SERVER)
        server.default = lambda _: say(item())
        outcomes = Writing(client, reading, Comments(client, reading)).write_work_items([UPDATE, UPDATE, UPDATE])
        client.close()
        assert all(outcome.snapshot for outcome in outcomes)
        assert len(server.seen) == 3


def test_a_lost_batch_leaves_every_entry_in_doubt(server: ScriptedServer, writing: Writing) -> None:
    server.script.append(DROP)
    outcomes = writing.write_work_items([UPDATE, CREATE])
    assert all(outcome.error is not None and outcome.error.effect_unknown for outcome in outcomes)
    assert len(server.seen) == 1


def test_the_comment_is_told_by_the_answer(server: ScriptedServer, writing: Writing) -> None:
    fields = {"System.TeamProject": "Fabrikam", "System.History": "as stored"}
    server.script.append(say(item(fields=fields, commentVersionRef={"commentId": 26, "version": 1})))
    [outcome] = writing.write_work_items([WorkItemWrite("Fabrikam", work_item_id=7, history="as sent")])
    assert (outcome.comment_id, outcome.comment_text) == (26, "as stored")


def test_an_answer_that_does_not_tell_the_comment_costs_a_look(server: ScriptedServer, writing: Writing) -> None:
    newest = {"comments": [{"commentId": 27, "text": "as stored"}], "count": 1, "totalCount": 3}
    server.script.extend([say(item()), say(newest)])
    [outcome] = writing.write_work_items([WorkItemWrite("Fabrikam", work_item_id=7, history="as sent")])
    assert (outcome.comment_id, outcome.comment_text) == (27, "as stored")
    assert "order=desc" in server.seen[1].path
    server.script.extend([say(item()), refuse(404, "WorkItemUnauthorizedAccessException", "TF401232")])
    [outcome] = writing.write_work_items([WorkItemWrite("Fabrikam", work_item_id=7, history="as sent")])
    assert (outcome.comment_id, outcome.error) == (None, None)
    assert outcome.snapshot is not None
