from typing import Any

import pytest
from azure.devops.exceptions import AzureDevOpsServiceError
from azure.devops.v7_1.work_item_tracking.models import (
    JsonPatchOperation,
    QueryBatchGetRequest,
    QueryHierarchyItem,
    TeamContext,
)
from tests.unit.azure_devops_emulator.callers import Place

from azure_devops_emulator.identities import Role

QUERIES = "Fabrikam/_apis/wit/queries"
WIQL = "SELECT [System.Id], [System.Title] FROM WorkItems WHERE [System.State] = 'New'"


@pytest.fixture
def client(services: Place) -> Any:
    return services.administrator.clients.get_work_item_tracking_client()


def make(client: Any, name: str, folder: str = "Shared Queries") -> Any:
    return client.create_query(QueryHierarchyItem(name=name, wiql=WIQL), "Fabrikam", folder)


def test_there_are_own_and_shared_queries(client: Any) -> None:
    own, shared = client.get_queries("Fabrikam")
    assert (own.name, own.is_public, own.is_folder) == ("My Queries", False, True)
    assert (shared.name, shared.is_public, shared.has_children) == ("Shared Queries", True, False)


def test_a_query_is_found_by_id_and_by_path(client: Any) -> None:
    client.create_query(QueryHierarchyItem(name="Bugs", is_folder=True), "Fabrikam", "Shared Queries")
    made = make(client, "Open", "Shared Queries/Bugs")
    assert made.path == "Shared Queries/Bugs/Open"
    assert client.get_query("Fabrikam", made.id).wiql is None
    read = client.get_query("Fabrikam", "shared queries/bugs/open", expand="wiql")
    assert (read.id, read.wiql) == (made.id, WIQL)
    assert [column.reference_name for column in read.columns] == ["System.Id", "System.Title"]
    shared = client.get_queries("Fabrikam", depth=2)[1]
    assert [[each.name for each in folder.children] for folder in shared.children] == [["Open"]]


def test_queries_are_searched_by_name(services: Place, client: Any) -> None:
    for name in ("Open bugs", "Open tasks", "Closed"):
        make(client, name)
    found = client.search_queries("Fabrikam", "OPEN", top=1)
    assert ([each.name for each in found.value], found.has_more) == (["Open bugs"], True)


def test_a_query_is_changed_and_deleted(client: Any) -> None:
    made = make(client, "Open")
    changed = client.update_query(QueryHierarchyItem(name="New ones"), "Fabrikam", made.id)
    assert (changed.name, changed.id) == ("New ones", made.id)
    client.delete_query("Fabrikam", made.id)
    with pytest.raises(AzureDevOpsServiceError, match="does not exist"):
        client.get_query("Fabrikam", made.id)


def test_a_query_is_moved_to_another_folder(client: Any) -> None:
    made = make(client, "Open", "My Queries")
    moved = client.create_query(QueryHierarchyItem(id=made.id), "Fabrikam", "Shared Queries")
    assert (moved.path, moved.is_public) == ("Shared Queries/Open", True)
    assert client.get_queries("Fabrikam")[0].has_children is False


def test_own_queries_are_seen_by_their_owner_only(services: Place, client: Any) -> None:
    own, shared = make(client, "Mine", "My Queries"), make(client, "Ours")
    other = services.caller(Role.READER)
    assert other("GET", f"{QUERIES}/{own.id}").status == 404
    assert other.get(f"{QUERIES}/{shared.id}")["name"] == "Ours"
    assert other("DELETE", f"{QUERIES}/{shared.id}?api-version=7.1").status == 403


def test_several_queries_are_read_at_once(client: Any) -> None:
    made = make(client, "Open")
    request = QueryBatchGetRequest(expand="wiql", ids=[made.id], error_policy="omit")
    assert [each.wiql for each in client.get_queries_batch(request, "Fabrikam")] == [WIQL]


@pytest.mark.parametrize(
    "body",
    [{"name": "Open", "wiql": "SELECT nonsense"}, {"wiql": WIQL}, {"name": "Open"}, {"name": "a/b", "wiql": WIQL}],
)
def test_a_query_that_makes_no_sense_is_refused(services: Place, body: dict[str, str]) -> None:
    path = f"{QUERIES}/Shared%20Queries?api-version=7.1"
    assert services.administrator("POST", path, body).status == 400


def test_a_name_is_taken_once_in_a_folder(client: Any) -> None:
    make(client, "Open")
    make(client, "Open", "My Queries")
    with pytest.raises(AzureDevOpsServiceError, match="TF237018"):
        make(client, "open")


def test_a_saved_query_is_run_by_its_id(services: Place, client: Any) -> None:
    patch = [JsonPatchOperation(op="add", path="/fields/System.Title", value="A task")]
    task = client.create_work_item(patch, "Fabrikam", "Task")
    wiql = "SELECT [System.Id] FROM WorkItems WHERE [System.TeamProject] = @project"
    made = client.create_query(QueryHierarchyItem(name="All", wiql=wiql), "Fabrikam", "Shared Queries")
    assert [each.id for each in client.query_by_id(made.id).work_items] == [task.id]
    assert [each.id for each in client.query_by_id(made.id, TeamContext(project="Fabrikam")).work_items] == [task.id]
    other = services.organization.add_project("Other", "Agile")
    assert services.administrator("GET", f"{other.id}/_apis/wit/wiql/{made.id}").status == 404
