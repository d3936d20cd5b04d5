"""What every IdentityDirectory does: the one in memory, and the real one against an Azure DevOps on a socket."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from tests.contract.identity.fake_azure_devops import FakeAzureDevOps, FakePerson, serve

from adnode.adapters.identity.directory import HttpIdentityDirectory
from adnode.adapters.memory.identity import MemoryIdentityDirectory, MemoryPerson
from adnode.domain.errors import SessionRefusedError
from adnode.domain.organization import OrganizationKind
from adnode.domain.session import Collection
from adnode.ports.identity import AdministratorCheck, IdentityDirectory, Person, WorkItemRights

INSTANCE = "11111111-1111-1111-1111-111111111111"
TENANT = "22222222-2222-2222-2222-222222222222"
ADMIN = "33333333-3333-3333-3333-333333333333"
READER = "44444444-4444-4444-4444-444444444444"


@dataclass(slots=True)
class Place:
    directory: IdentityDirectory
    collection: Collection


@pytest.fixture(params=["memory", "http"])
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    """An organization with an administrator (token ``admin``) and a reader (token ``reader``)."""
    if request.param == "memory":
        collection = Collection("https://dev.azure.com/fabrikam", "fabrikam", OrganizationKind.SERVICES)
        people = {
            "admin": MemoryPerson(
                Person(INSTANCE, ADMIN, "Anna Admin", TENANT),
                is_administrator=True,
                readable=frozenset({7}),
                editable=frozenset({7}),
            ),
            "reader": MemoryPerson(Person(INSTANCE, READER, "Rita Reader", TENANT), readable=frozenset({7})),
            "silent": MemoryPerson(Person(INSTANCE, READER, "Rita Reader", TENANT), is_known=False),
        }
        yield Place(
            MemoryIdentityDirectory({(collection.url, token): one for token, one in people.items()}), collection
        )
        return
    fake = FakeAzureDevOps(instance_id=INSTANCE.upper(), tenant_id=TENANT)
    fake.people = {
        "admin": FakePerson(ADMIN, permission=True, readable=frozenset({7}), editable=frozenset({7})),
        "reader": FakePerson(READER, "Rita Reader", permission=False, readable=frozenset({7})),
        "silent": FakePerson(READER, "Rita Reader"),
    }
    directory = HttpIdentityDirectory()
    with serve(fake):
        yield Place(directory, fake.collection)
    directory.close()


def test_the_bearer_is_named_by_the_organization(place: Place) -> None:
    person = place.directory.identify(place.collection, "admin")
    assert person == Person(INSTANCE, ADMIN, "Anna Admin", TENANT)


@pytest.mark.parametrize("token", ["stranger", ""])
def test_a_token_of_nobody_is_refused(place: Place, token: str) -> None:
    with pytest.raises(SessionRefusedError):
        place.directory.identify(place.collection, token)


def test_administrators_are_told_from_others(place: Place) -> None:
    check = place.directory.check_administrator
    assert check(place.collection, "admin", ADMIN) == AdministratorCheck(is_granted=True)
    assert check(place.collection, "reader", READER) == AdministratorCheck(is_granted=False)


def test_what_azure_devops_does_not_say_counts_as_no(place: Place) -> None:
    check = place.directory.check_administrator(place.collection, "silent", READER)
    assert check == AdministratorCheck(is_granted=False, is_known=False)


@pytest.mark.parametrize(
    ("token", "work_item_id", "rights"),
    [
        ("admin", 7, WorkItemRights(may_read=True, may_edit=True)),
        ("reader", 7, WorkItemRights(may_read=True, may_edit=False)),
        ("reader", 8, WorkItemRights(may_read=False, may_edit=False)),
        ("stranger", 7, WorkItemRights(may_read=False, may_edit=False)),
    ],
)
def test_rights_on_a_work_item_are_those_of_the_bearer(
    place: Place, token: str, work_item_id: int, rights: WorkItemRights
) -> None:
    assert place.directory.rights_on(place.collection, token, work_item_id) == rights
