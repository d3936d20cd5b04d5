import pytest
from tests.unit.azure_devops_emulator.callers import Place

from azure_devops_emulator.identities import Role


def test_an_identity_is_read_by_id_with_its_groups(services: Place) -> None:
    client = services.administrator.clients.get_identity_client()
    person = services.organization.administrator
    plain = client.read_identity(person.id)
    assert (plain.id, plain.provider_display_name, plain.is_container) == (person.id, person.display_name, False)
    assert plain.member_of == []
    expanded = client.read_identity(person.id, query_membership="Expanded")
    direct = client.read_identity(person.id, query_membership="Direct")
    assert set(direct.member_of) < set(expanded.member_of)
    assert all(each.startswith("Microsoft.TeamFoundation.Identity;S-1-9-") for each in expanded.member_of)


def test_the_administrators_are_found_by_name_with_their_members(services: Place) -> None:
    client = services.administrator.clients.get_identity_client()
    name = "[fabrikam-services]\\Project Collection Administrators"
    [group] = client.read_identities(search_filter="General", filter_value=name, query_membership="Direct")
    assert group.is_container
    assert group.member_ids == [services.organization.administrator.id]


@pytest.mark.parametrize(("kind", "value"), [("General", "Ada Admin"), ("MailAddress", "ada@fabrikamservices.example")])
def test_people_are_found_by_name_and_mail(services: Place, kind: str, value: str) -> None:
    client = services.administrator.clients.get_identity_client()
    found = client.read_identities(search_filter=kind, filter_value=value)
    assert [each.id for each in found] == [services.organization.administrator.id]


def test_lists_keep_their_order_and_say_nothing_of_strangers(services: Place) -> None:
    services.caller(Role.READER)
    people = [*services.organization.identities.values()][::-1]
    wanted = ",".join([people[0].id, "066488b8-b14e-43d1-befc-a2e655266e2b", people[1].id])
    rows = services.administrator.get(f"_apis/identities?identityIds={wanted}")["value"]
    assert [row and row["id"] for row in rows] == [people[0].id, None, people[1].id]
    descriptors = ",".join(each.subject_descriptor for each in people)
    rows = services.administrator.get(f"_apis/identities?subjectDescriptors={descriptors}")["value"]
    assert [row["id"] for row in rows] == [each.id for each in people]


def test_the_descriptor_of_connection_data_leads_back(services: Place, on_premises: Place) -> None:
    for place in (services, on_premises):
        person = place.administrator.get("_apis/connectionData")["authenticatedUser"]
        client = place.administrator.clients.get_identity_client()
        [found] = client.read_identities(descriptors=person["descriptor"])
        assert (found.id, found.descriptor) == (person["id"], person["descriptor"])


def test_an_unknown_identity_and_an_empty_search_are_refused(services: Place) -> None:
    assert services.administrator("GET", "_apis/identities/nobody").status == 404
    assert services.administrator("GET", "_apis/identities").status == 400
