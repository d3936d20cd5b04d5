"""Every call of the official Python client that a node may make, with the client as it is published."""

import io
from typing import Any

import pytest
from azure.devops.exceptions import AzureDevOpsAuthenticationError, AzureDevOpsServiceError
from azure.devops.v7_1.work_item_tracking.models import (
    CommentCreate,
    CommentUpdate,
    JsonPatchOperation,
    Wiql,
    WorkItemBatchGetRequest,
    WorkItemDeleteUpdate,
)
from tests.contract.emulator.conftest import ORGANIZATION, EmulatorServer, connect


def patch(**fields: object) -> list[JsonPatchOperation]:
    return [JsonPatchOperation(op="add", path=f"/fields/System.{name}", value=value) for name, value in fields.items()]


@pytest.fixture
def task(client: Any, project: str) -> Any:
    return client.create_work_item(patch(Title="A task", Description="<p>text</p>"), project, "Task")


def test_a_created_work_item_is_read_back(connection: Any, client: Any, project: str, task: Any) -> None:
    assert task.rev == 1
    read = client.get_work_item(task.id, project=project, expand="All")
    assert read.fields["System.Title"] == "A task"
    assert read.fields["System.TeamProject"] == project
    assert read.fields["System.Rev"] == 1
    assert read.url.endswith(f"/_apis/wit/workItems/{task.id}")
    # Server has no Markdown fields, which shows by the missing key.
    formats: dict[str, str] | None = {} if connection.base_url.endswith(f"/{ORGANIZATION}") else None
    assert read.additional_properties.get("multilineFieldsFormat") == formats


def test_lists_and_batches_give_the_same_work_items(client: Any, project: str, task: Any) -> None:
    other = client.create_work_item(patch(Title="Other"), project, "Task")
    ids = [task.id, other.id]
    listed = client.get_work_items(ids)
    batched = client.get_work_items_batch(WorkItemBatchGetRequest(ids=ids, fields=["System.Title"]))
    assert [item.id for item in listed] == [item.id for item in batched] == ids
    assert [item.fields["System.Title"] for item in batched] == ["A task", "Other"]


def test_a_missing_work_item_fails_a_list_unless_it_may_be_left_out(client: Any, task: Any) -> None:
    with pytest.raises(AzureDevOpsServiceError) as caught:
        client.get_work_items([task.id, 999_999])
    assert caught.value.type_key == "WorkItemUnauthorizedAccessException"
    omitted = client.get_work_items([task.id, 999_999], error_policy="omit")
    assert [item.id for item in omitted if item is not None] == [task.id]


def test_a_stale_revision_is_refused(client: Any, task: Any) -> None:
    lock = JsonPatchOperation(op="test", path="/rev", value=1)
    assert client.update_work_item([lock, *patch(Title="Second")], task.id).rev == 2
    with pytest.raises(AzureDevOpsServiceError) as caught:
        client.update_work_item([lock, *patch(Title="Third")], task.id)
    assert caught.value.type_key == "TestPatchOperationFailedException"
    assert client.get_work_item(task.id).fields["System.Title"] == "Second"


def test_revisions_and_updates_tell_the_history(client: Any, task: Any) -> None:
    client.update_work_item(patch(Title="Second"), task.id)
    revisions = client.get_revisions(task.id)
    assert [revision.fields["System.Title"] for revision in revisions] == ["A task", "Second"]
    update = client.get_updates(task.id)[-1]
    assert (update.fields["System.Title"].old_value, update.fields["System.Title"].new_value) == ("A task", "Second")
    assert client.get_revision(task.id, 1).fields["System.Title"] == "A task"


def test_comments_live_through_their_verbs(client: Any, project: str, task: Any) -> None:
    made = client.add_work_item_comment(CommentCreate(text="first"), project, task.id, format="html")
    assert (made.text, made.version) == ("first", 1)
    edited = client.update_work_item_comment(CommentUpdate(text="second"), project, task.id, made.id, format="html")
    assert (edited.text, edited.version) == ("second", 2)
    assert [each.text for each in client.get_comments(project, task.id).comments] == ["second"]
    client.delete_comment(project, task.id, made.id)
    assert client.get_comments(project, task.id).total_count == 0
    assert client.get_work_item(task.id).rev == 4


def test_history_makes_a_comment(client: Any, project: str, task: Any) -> None:
    client.update_work_item(patch(History="said with a change"), task.id)
    assert [each.text for each in client.get_comments(project, task.id).comments] == ["said with a change"]


def test_attachments_come_back_byte_for_byte(client: Any, project: str, task: Any) -> None:
    content = bytes(range(256)) * 100
    made = client.create_attachment(io.BytesIO(content), project=project, file_name="a.bin")
    relation = {"rel": "AttachedFile", "url": made.url, "attributes": {"comment": "file"}}
    client.update_work_item([JsonPatchOperation(op="add", path="/relations/-", value=relation)], task.id)
    [linked] = client.get_work_item(task.id, expand="Relations").relations
    assert linked.attributes["name"] == "a.bin"
    assert b"".join(client.get_attachment_content(made.id, file_name="a.bin", download=True)) == content


def test_the_change_feed_goes_on_where_it_stopped(client: Any, project: str, task: Any) -> None:
    token = None
    seen: list[tuple[int, int]] = []
    while True:
        page = client.read_reporting_revisions_get(project=project, continuation_token=token, max_page_size=2)
        properties = page.additional_properties
        seen += [(item["id"], item["rev"]) for item in properties["values"]]
        token = properties["continuationToken"]
        if properties["isLastBatch"]:
            break
    assert (task.id, 1) in seen
    client.update_work_item(patch(Title="Second"), task.id)
    later = client.read_reporting_revisions_get(project=project, continuation_token=token)
    assert [(item["id"], item["rev"]) for item in later.additional_properties["values"]] == [(task.id, 2)]


def test_a_query_finds_work_items(client: Any, project: str, task: Any) -> None:
    query = Wiql(query=f"SELECT [System.Id] FROM WorkItems WHERE [System.Id] >= {task.id}")  # noqa: S608
    assert [found.id for found in client.query_by_wiql(query, time_precision=True).work_items] == [task.id]


def test_deleted_work_items_can_be_restored(client: Any, project: str, task: Any) -> None:
    assert client.delete_work_item(task.id, project=project).code == 200
    with pytest.raises(AzureDevOpsServiceError, match="TF401232"):
        client.get_work_item(task.id)
    assert client.get_deleted_work_item(task.id, project=project).id == task.id
    client.restore_work_item(WorkItemDeleteUpdate(is_deleted=False), task.id, project=project)
    assert client.get_work_item(task.id).rev == 3


def test_types_states_and_fields_are_described(client: Any, project: str) -> None:
    assert {"Task", "Bug", "Epic"} <= {each.name for each in client.get_work_item_types(project)}
    assert client.get_work_item_type(project, "Task").reference_name == "Microsoft.VSTS.WorkItemTypes.Task"
    assert {"Proposed", "InProgress", "Completed"} <= {
        state.category for state in client.get_work_item_type_states(project, "Task")
    }
    fields = client.get_work_item_type_fields_with_references(project, "Task", expand="All")
    assert "System.Title" in {each.reference_name for each in fields}
    assert client.get_work_item_field("System.Title").type == "string"
    assert client.get_work_item_type_categories(project)


def test_projects_are_found_by_name_and_id(connection: Any, project: str) -> None:
    core = connection.clients_v7_1.get_core_client()
    found = core.get_project(project, include_capabilities=True)
    assert core.get_project(found.id).name == project
    assert found.capabilities["processTemplate"]["templateName"] in ("Agile", "Scrum")


def test_the_caller_is_named(connection: Any) -> None:
    data = connection.clients_v7_1.get_location_client().get_connection_data()
    assert data.authenticated_user.id
    assert data.instance_id


def test_a_wrong_token_is_refused(emulator: EmulatorServer) -> None:
    with pytest.raises(AzureDevOpsAuthenticationError):
        connect(emulator, ORGANIZATION, pat="wrong").clients_v7_1.get_core_client().get_projects()
