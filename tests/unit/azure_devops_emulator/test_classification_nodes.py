from typing import Any

import pytest
from azure.devops.exceptions import AzureDevOpsServiceError
from azure.devops.v7_1.work_item_tracking.models import JsonPatchOperation, WorkItemClassificationNode
from tests.unit.azure_devops_emulator.callers import Place

from azure_devops_emulator.identities import Role

NODES = "Fabrikam/_apis/wit/classificationNodes"


def client_of(place: Place) -> Any:
    return place.administrator.clients.get_work_item_tracking_client()


def make(client: Any, name: str, path: str | None = None, group: str = "areas") -> Any:
    return client.create_or_update_classification_node(WorkItemClassificationNode(name=name), "Fabrikam", group, path)


def make_task(client: Any, **fields: str) -> Any:
    values = {"Title": "A task", **fields}
    patch = [JsonPatchOperation(op="add", path=f"/fields/System.{name}", value=value) for name, value in values.items()]
    return client.create_work_item(patch, "Fabrikam", "Task")


def test_both_roots_are_listed(services: Place) -> None:
    roots = client_of(services).get_root_nodes("Fabrikam", depth=1)
    assert [(root.name, root.structure_type, root.path) for root in roots] == [
        ("Fabrikam", "area", "\\Fabrikam\\Area"),
        ("Fabrikam", "iteration", "\\Fabrikam\\Iteration"),
    ]
    assert [child.name for child in roots[1].children] == ["Iteration 1", "Iteration 2", "Iteration 3"]


def test_a_tree_is_as_deep_as_asked_for(services: Place) -> None:
    client = client_of(services)
    make(client, "Web")
    make(client, "Shop", "Web")
    assert client.get_classification_node("Fabrikam", "Areas").children is None
    assert client.get_classification_node("Fabrikam", "Areas").has_children
    [web] = client.get_classification_node("Fabrikam", "areas", depth=1).children
    assert (web.name, web.has_children, web.children) == ("Web", True, None)
    [web] = client.get_classification_node("Fabrikam", "areas", depth=2).children
    assert [(child.name, child.path) for child in web.children] == [("Shop", "\\Fabrikam\\Area\\Web\\Shop")]


def test_a_node_is_made_with_201_and_found_by_its_path(services: Place) -> None:
    answer = services.administrator("POST", f"{NODES}/Areas?api-version=7.1", {"name": "Web shop"})
    assert answer.status == 201
    found = services.administrator.get(f"{NODES}/areas/web%20SHOP")
    assert found["identifier"] == answer.body["identifier"]
    assert found["url"].endswith(f"/{services.project.id}/_apis/wit/classificationNodes/Areas/Web%20shop")
    assert found["_links"]["parent"]["href"].endswith("/classificationNodes/Areas")


def test_a_new_area_can_be_used_by_work_items(services: Place) -> None:
    client = client_of(services)
    make(client, "Web")
    task = make_task(client, AreaPath="Fabrikam\\Web")
    assert task.fields["System.AreaPath"] == "Fabrikam\\Web"


def test_nodes_are_found_by_ids(services: Place) -> None:
    client = client_of(services)
    made = make(client, "Web")
    rows = services.administrator.get(f"{NODES}?ids={made.id},9999&errorPolicy=omit")["value"]
    assert [row and row["name"] for row in rows] == ["Web", None]
    assert services.administrator("GET", f"{NODES}?ids={made.id},9999").status == 404


def test_an_iteration_has_dates(services: Place) -> None:
    client = client_of(services)
    dates = {"startDate": "2026-01-15T00:00:00Z", "finishDate": "2026-01-31T00:00:00Z"}
    node = WorkItemClassificationNode(attributes=dates)
    changed = client.update_classification_node(node, "Fabrikam", "iterations", "Iteration 1")
    assert changed.attributes == dates


def test_work_items_follow_a_renamed_node(services: Place) -> None:
    client = client_of(services)
    make(client, "Web")
    task = make_task(client, AreaPath="Fabrikam\\Web")
    client.update_classification_node(WorkItemClassificationNode(name="Shop"), "Fabrikam", "areas", "Web")
    assert client.get_work_item(task.id).fields["System.AreaPath"] == "Fabrikam\\Shop"
    with pytest.raises(AzureDevOpsServiceError, match="VS402485"):
        client.get_classification_node("Fabrikam", "areas", "Web")


def test_a_node_is_moved_with_what_is_below_it(services: Place) -> None:
    client = client_of(services)
    web, _, _ = make(client, "Web"), make(client, "Shop", "Web"), make(client, "Old")
    moved = client.create_or_update_classification_node(
        WorkItemClassificationNode(id=web.id), "Fabrikam", "areas", "Old"
    )
    assert moved.path == "\\Fabrikam\\Area\\Old\\Web"
    assert client.get_classification_node("Fabrikam", "areas", "Old/Web/Shop").name == "Shop"
    into_itself = {"id": web.id}
    assert services.administrator("POST", f"{NODES}/areas/Old/Web?api-version=7.1", into_itself).status == 400


def test_the_work_items_of_a_deleted_node_go_where_they_are_sent(services: Place) -> None:
    client = client_of(services)
    make(client, "Web")
    make(client, "Shop", "Web")
    task = make_task(client, AreaPath="Fabrikam\\Web\\Shop")
    root = client.get_classification_node("Fabrikam", "areas")
    answer = services.administrator("DELETE", f"{NODES}/areas/Web?$reclassifyId={root.id}&api-version=7.1")
    assert (answer.status, answer.content) == (204, b"")
    assert client.get_work_item(task.id).fields["System.AreaPath"] == "Fabrikam"
    assert client.get_classification_node("Fabrikam", "areas", depth=5).children is None


@pytest.mark.parametrize("query", ["", "$reclassifyId=9999&", "$reclassifyId={self}&", "$reclassifyId={iteration}&"])
def test_a_node_is_not_deleted_without_a_node_that_takes_its_work_items(services: Place, query: str) -> None:
    web = make(client_of(services), "Web")
    query = query.format(self=web.id, iteration=services.project.iterations.id)
    answer = services.administrator("DELETE", f"{NODES}/areas/Web?{query}api-version=7.1")
    assert answer.status in (400, 404)
    assert services.project.areas.child("Web") is not None


def test_a_name_is_taken_only_once_and_has_no_slashes(services: Place) -> None:
    client = client_of(services)
    make(client, "Web")
    assert services.administrator("POST", f"{NODES}/areas?api-version=7.1", {"name": "WEB"}).status == 409
    assert services.administrator("POST", f"{NODES}/areas?api-version=7.1", {"name": "a/b"}).status == 400
    assert services.administrator("GET", f"{NODES}/regions").status == 400


def test_who_may_not_edit_the_project_makes_no_nodes(services: Place) -> None:
    caller = services.caller(Role.CONTRIBUTOR)
    assert caller("POST", f"{NODES}/areas?api-version=7.1", {"name": "Web"}).status == 403
    assert caller.get(f"{NODES}/areas")["hasChildren"] is False
