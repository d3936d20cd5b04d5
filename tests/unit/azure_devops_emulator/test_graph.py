import pytest
from tests.unit.azure_devops_emulator.callers import Place

from azure_devops_emulator.identities import Role
from azure_devops_emulator.tenants import tenant_id

ADMINISTRATORS = "[fabrikam-services]\\Project Collection Administrators"


def descriptor_of(place: Place, principal_name: str) -> str:
    groups = place.administrator.clients.get_graph_client().list_groups().graph_groups
    [found] = [each.descriptor for each in groups if each.principal_name == principal_name]
    descriptor: str = found
    return descriptor


def test_groups_are_listed_for_the_collection_and_its_projects(services: Place) -> None:
    names = {row["principalName"] for row in services.administrator.get("_apis/graph/groups")["value"]}
    assert names == {
        ADMINISTRATORS,
        "[fabrikam-services]\\Project Collection Valid Users",
        "[Fabrikam]\\Project Administrators",
        "[Fabrikam]\\Contributors",
        "[Fabrikam]\\Readers",
        "[Fabrikam]\\Fabrikam Team",
    }


def test_the_groups_of_a_project_are_found_by_its_scope(services: Place) -> None:
    client = services.administrator.clients.get_graph_client()
    scope = client.get_descriptor(services.project.id).value
    groups = client.list_groups(scope_descriptor=scope).graph_groups
    assert {each.principal_name.split("\\")[0] for each in groups} == {"[Fabrikam]"}


def test_a_group_and_a_person_are_read_by_descriptor(services: Place) -> None:
    client = services.administrator.clients.get_graph_client()
    group = client.get_group(descriptor_of(services, ADMINISTRATORS))
    assert (group.display_name, group.subject_kind) == ("Project Collection Administrators", "group")
    person = services.organization.administrator
    user = client.get_user(person.subject_descriptor)
    assert (user.principal_name, user.display_name) == (person.unique_name, person.display_name)
    assert (user.origin, user.domain) == ("aad", tenant_id(services.organization))
    assert person.subject_descriptor in {each.descriptor for each in client.list_users().graph_users}


def test_descriptors_and_storage_keys_lead_to_each_other(services: Place) -> None:
    client = services.administrator.clients.get_graph_client()
    person = services.organization.administrator
    assert client.get_descriptor(person.id).value == person.subject_descriptor
    assert client.get_storage_key(person.subject_descriptor).value == person.id


def test_membership_is_direct_and_nested_groups_need_a_walk(services: Place) -> None:
    client = services.administrator.clients.get_graph_client()
    person = services.organization.administrator.subject_descriptor
    collection, project = (
        descriptor_of(services, ADMINISTRATORS),
        descriptor_of(services, "[Fabrikam]\\Project Administrators"),
    )
    direct = {each.container_descriptor for each in client.list_memberships(person)}
    assert collection in direct
    assert project not in direct
    deep = {each.container_descriptor for each in client.list_memberships(person, direction="up", depth=5)}
    assert {collection, project} <= deep
    assert client.list_memberships(collection, direction="down")[0].member_descriptor == person


def test_a_membership_is_checked_without_a_body(services: Place) -> None:
    contributor = services.caller(Role.CONTRIBUTOR)
    theirs = contributor.get("_apis/connectionData")["authenticatedUser"]["subjectDescriptor"]
    mine = services.organization.administrator.subject_descriptor
    group = descriptor_of(services, ADMINISTRATORS)
    for subject, status in ((mine, 200), (theirs, 404)):
        checked = services.administrator("HEAD", f"_apis/graph/memberships/{subject}/{group}")
        assert (checked.status, checked.content) == (status, b"")
        assert services.administrator("GET", f"_apis/graph/memberships/{subject}/{group}").status == status


def test_administrators_are_added_and_removed_with_their_rights(services: Place) -> None:
    caller = services.caller(Role.CONTRIBUTOR)
    subject = caller.get("_apis/connectionData")["authenticatedUser"]["subjectDescriptor"]
    client = services.administrator.clients.get_graph_client()
    group = descriptor_of(services, ADMINISTRATORS)
    collection = "3e65f728-f8bc-4ecd-8764-7e378b19bfa7"
    client.add_membership(subject, group)
    assert caller.get(f"_apis/permissions/{collection}/2")["value"] == [True]
    client.remove_membership(subject, group)
    assert caller.get(f"_apis/permissions/{collection}/2")["value"] == [False]
    path = f"_apis/graph/memberships/{subject}/{group}?api-version=7.1-preview.1"
    assert caller("PUT", path).status == 403


def test_subjects_are_looked_up_and_queried(services: Place) -> None:
    person = services.organization.administrator
    body = {"lookupKeys": [{"descriptor": person.subject_descriptor}, {"descriptor": "aad.unknown"}]}
    found = services.administrator("POST", "_apis/graph/subjectlookup?api-version=7.1-preview.1", body).body
    assert list(found["value"]) == [person.subject_descriptor]
    query = {"query": "ada", "subjectKind": ["User"]}
    found = services.administrator("POST", "_apis/graph/subjectquery?api-version=7.1-preview.1", query).body
    assert [row["displayName"] for row in found["value"]] == ["Ada Admin"]


@pytest.mark.parametrize(
    "path", ["groups/aad.unknown", "users/aad.unknown", "memberships/aad.unknown", "storagekeys/x"]
)
def test_an_unknown_subject_is_404(services: Place, path: str) -> None:
    answer = services.administrator("GET", f"_apis/graph/{path}")
    assert (answer.status, answer.body["typeKey"]) == (404, "GraphSubjectNotFoundException")


def test_server_has_no_graph(on_premises: Place) -> None:
    answer = on_premises.administrator("GET", "_apis/graph/groups")
    assert answer.status == 404
    assert b"does not implement IController" in answer.content


def test_a_token_needs_the_graph_scope(services: Place) -> None:
    person = services.organization.administrator
    assert services.caller_as(person, scopes=("vso.work",))("GET", "_apis/graph/groups").status == 401
    assert services.caller_as(person, scopes=("vso.graph",))("GET", "_apis/graph/groups").status == 200
