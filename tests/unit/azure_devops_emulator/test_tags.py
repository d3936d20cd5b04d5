from typing import Any

import pytest
from azure.devops.v7_1.work_item_tracking.models import JsonPatchOperation, WorkItemTagDefinition
from tests.unit.azure_devops_emulator.callers import Place

from azure_devops_emulator.identities import Role

TAGS = "Fabrikam/_apis/wit/tags"


@pytest.fixture
def client(services: Place) -> Any:
    return services.administrator.clients.get_work_item_tracking_client()


@pytest.fixture
def task(client: Any) -> Any:
    values = {"Title": "A task", "Tags": "first; second"}
    patch = [JsonPatchOperation(op="add", path=f"/fields/System.{name}", value=value) for name, value in values.items()]
    return client.create_work_item(patch, "Fabrikam", "Task")


def test_tags_that_work_items_brought_are_listed_and_found(client: Any, task: Any) -> None:
    tags = client.get_tags("Fabrikam")
    assert [tag.name for tag in tags] == ["first", "second"]
    assert client.get_tag("Fabrikam", tags[1].id).name == "second"
    assert client.get_tag("Fabrikam", "FIRST").id == tags[0].id


def test_work_items_follow_a_renamed_tag(client: Any, task: Any) -> None:
    client.update_tag(WorkItemTagDefinition(name="renamed"), "Fabrikam", "first")
    assert client.get_work_item(task.id).fields["System.Tags"] == "renamed; second"
    assert [tag.name for tag in client.get_tags("Fabrikam")] == ["second", "renamed"]


def test_work_items_lose_a_deleted_tag(client: Any, task: Any) -> None:
    client.delete_tag("Fabrikam", "first")
    assert client.get_work_item(task.id).fields["System.Tags"] == "second"
    client.delete_tag("Fabrikam", "second")
    assert "System.Tags" not in client.get_work_item(task.id).fields
    assert client.get_tags("Fabrikam") == []


def test_an_unknown_tag_and_a_taken_name_are_refused(services: Place, task: Any) -> None:
    assert services.administrator("GET", f"{TAGS}/nothing").status == 404
    assert services.administrator("PATCH", f"{TAGS}/first?api-version=7.1", {"name": "Second"}).status == 400
    assert services.administrator("PATCH", f"{TAGS}/first?api-version=7.1", {"name": "First"}).status == 200


def test_who_may_not_edit_the_project_changes_no_tags(services: Place, task: Any) -> None:
    caller = services.caller(Role.CONTRIBUTOR)
    assert caller("DELETE", f"{TAGS}/first?api-version=7.1").status == 403
    assert caller.get(TAGS)["count"] == 2
