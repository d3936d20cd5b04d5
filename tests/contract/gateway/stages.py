"""Organizations that the contract suite runs on: one in memory, and emulated ones behind the official client."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from adnode.adapters.azure_devops.credentials import TokenSignIn
from adnode.adapters.azure_devops.gateway import AzureDevOpsGateway
from adnode.adapters.azure_devops.pacing import Pace
from adnode.adapters.memory.gateway import MemoryGateway
from adnode.adapters.memory.gateway_organization import PERSON, MemoryOrganization
from adnode.cli.demo.azure_devops import AzureDevOpsUser
from adnode.domain.organization import OrganizationKind, PersonalAccessToken
from adnode.domain.rich_text import TextFormat
from adnode.ports.gateway import WorkItemGateway
from azure_devops_emulator.identities import Identity, Role
from azure_devops_emulator.server import EmulatorServer

ROBOT = "Robot"
PROJECT, OTHER_PROJECT = "Fabrikam", "Tailspin"
ROBOT_TOKEN, PERSON_TOKEN = "token-of-the-robot", "token-of-paula"
SERVICES, COLLECTION = "services-org", "DefaultCollection"
MEMORY, MEMORY_COLLECTION = "memory", "MemoryCollection"
STAGES = (MEMORY, MEMORY_COLLECTION, SERVICES, COLLECTION, f"tfs/{COLLECTION}")


class Person(Protocol):
    """What a person does in the web page of the organization."""

    def create(self, type_name: str, fields: dict[str, object], markdown: tuple[str, ...] = ()) -> int: ...
    def edit(self, work_item_id: int, fields: dict[str, object]) -> None: ...
    def comment(self, work_item_id: int, text: str) -> int: ...
    def edit_comment(self, work_item_id: int, comment_id: int, text: str) -> None: ...
    def delete_comment(self, work_item_id: int, comment_id: int) -> None: ...
    def attach(self, work_item_id: int, name: str, content: bytes) -> None: ...
    def detach(self, work_item_id: int, name: str) -> None: ...
    def delete(self, work_item_id: int) -> None: ...
    def restore(self, work_item_id: int) -> None: ...
    def move(self, work_item_id: int, project: str) -> None: ...


class Stage:
    """An organization with the gateway to it and a person at work in it.

    A Server of today's kind has no Markdown fields and moves no work items between projects.
    """

    def __init__(self, name: str, gateway: WorkItemGateway, person: Person, organization_id: str) -> None:
        self.name = name
        self.gateway = gateway
        self.person = person
        self.organization_id = organization_id
        self.is_server = name.endswith("Collection")

    def create(self, title: str = "A title", type_name: str = "Task", **fields: object) -> int:
        return self.person.create(type_name, {"System.Title": title, **fields})


class MemoryPerson:
    def __init__(self, organization: MemoryOrganization) -> None:
        self._organization = organization

    def create(self, type_name: str, fields: dict[str, object], markdown: tuple[str, ...] = ()) -> int:
        formats = dict.fromkeys(markdown, TextFormat.MARKDOWN)
        return self._organization.create(PROJECT, type_name, fields, formats)

    def edit(self, work_item_id: int, fields: dict[str, object]) -> None:
        self._organization.edit(work_item_id, fields)

    def comment(self, work_item_id: int, text: str) -> int:
        return self._organization.comment(work_item_id, text)

    def edit_comment(self, work_item_id: int, comment_id: int, text: str) -> None:
        self._organization.edit_comment(work_item_id, comment_id, text)

    def delete_comment(self, work_item_id: int, comment_id: int) -> None:
        self._organization.delete_comment(work_item_id, comment_id)

    def attach(self, work_item_id: int, name: str, content: bytes) -> None:
        self._organization.attach(work_item_id, name, content)

    def detach(self, work_item_id: int, name: str) -> None:
        snapshot = self._organization.snapshot(work_item_id)
        self._organization.detach(work_item_id, next(one.id for one in snapshot.attachments if one.name == name))

    def delete(self, work_item_id: int) -> None:
        self._organization.delete(work_item_id)

    def restore(self, work_item_id: int) -> None:
        self._organization.restore(work_item_id)

    def move(self, work_item_id: int, project: str) -> None:
        self._organization.move(work_item_id, project)


class EmulatedPerson:
    def __init__(self, user: AzureDevOpsUser) -> None:
        self._user = user

    def create(self, type_name: str, fields: dict[str, object], markdown: tuple[str, ...] = ()) -> int:
        return self._user.create(type_name, fields, markdown)

    def edit(self, work_item_id: int, fields: dict[str, object]) -> None:
        self._user.update(work_item_id, fields)

    def comment(self, work_item_id: int, text: str) -> int:
        return self._user.add_comment(work_item_id, text)

    def edit_comment(self, work_item_id: int, comment_id: int, text: str) -> None:
        self._user.edit_comment(work_item_id, comment_id, text)

    def delete_comment(self, work_item_id: int, comment_id: int) -> None:
        self._user.delete_comment(work_item_id, comment_id)

    def attach(self, work_item_id: int, name: str, content: bytes) -> None:
        self._user.attach(work_item_id, name, content)

    def detach(self, work_item_id: int, name: str) -> None:
        self._user.detach(work_item_id, name)

    def delete(self, work_item_id: int) -> None:
        self._user.delete(work_item_id)

    def restore(self, work_item_id: int) -> None:
        self._user.restore(work_item_id)

    def move(self, work_item_id: int, project: str) -> None:
        paths = {"System.AreaPath": project, "System.IterationPath": project}
        self._user.update(work_item_id, {"System.TeamProject": project, **paths})


@contextmanager
def open_emulator() -> Iterator[EmulatorServer]:
    """Start an emulator in which a robot and a person have tokens."""
    rows = [(SERVICES, "Agile", PROJECT)], [(COLLECTION, "Agile", PROJECT)]
    with EmulatorServer(0, *rows) as server:
        for organization in server.landscape.organizations:
            organization.add_project(OTHER_PROJECT, "Agile")
            for name, token in ((ROBOT, ROBOT_TOKEN), (PERSON, PERSON_TOKEN)):
                unique_name = f"{name.split()[0].lower()}@contract.example"
                organization.add_token(token, Identity(name, unique_name, Role.CONTRIBUTOR))
        yield server


def make_gateway(url: str, token: str = ROBOT_TOKEN) -> AzureDevOpsGateway:
    kind = OrganizationKind.SERVICES if url.endswith(SERVICES) else OrganizationKind.SERVER
    return AzureDevOpsGateway(url, TokenSignIn(PersonalAccessToken(token)), Pace(), kind)


@contextmanager
def open_stage(name: str, emulator: EmulatorServer) -> Iterator[Stage]:
    if name in (MEMORY, MEMORY_COLLECTION):
        kind = OrganizationKind.SERVICES if name == MEMORY else OrganizationKind.SERVER
        knows_markdown = kind is OrganizationKind.SERVICES
        organization = MemoryOrganization(
            name, "Agile", projects=(PROJECT, OTHER_PROJECT), kind=kind, knows_markdown=knows_markdown
        )
        yield Stage(name, MemoryGateway(organization, ROBOT), MemoryPerson(organization), organization.id)
        return
    url = f"{emulator.url}/{name}"
    gateway, user = make_gateway(url), AzureDevOpsUser(url, PROJECT, PERSON_TOKEN)
    instance_id = emulator.landscape.organization(name.removeprefix("tfs/")).instance_id
    try:
        yield Stage(name, gateway, EmulatedPerson(user), instance_id)
    finally:
        gateway.close()
        user.close()
