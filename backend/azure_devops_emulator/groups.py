"""The groups of an organization and who is in them, as they follow from roles and rights.

Project Collection Administrators is a member of each project's Project Administrators, so that membership is nested as
in a real organization. See https://learn.microsoft.com/azure/devops/organizations/security/permissions.
"""

from __future__ import annotations

import base64
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from azure_devops_emulator.identities import Identity, Right, Role
from azure_devops_emulator.organizations import Organization
from azure_devops_emulator.projects import Project

ADMINISTRATORS = "Project Collection Administrators"
VALID_USERS = "Project Collection Valid Users"
PROJECT_ADMINISTRATORS = "Project Administrators"


@dataclass(frozen=True, slots=True)
class Group:
    """A group of the collection (`scope_id` is its instance id) or of a project. `domain` names the scope."""

    name: str
    scope_name: str
    scope_id: str
    domain: str
    description: str

    @property
    def id(self) -> str:
        """The storage key; it stays when the scope is renamed."""
        return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{self.scope_id} {self.name}"))

    @property
    def principal_name(self) -> str:
        """`[scope]\\name`."""
        return f"[{self.scope_name}]\\{self.name}"

    @property
    def security_identifier(self) -> str:
        """The identifier in the form of a Windows SID."""
        parts = [str(part) for part in uuid.UUID(self.id).fields[:4]]
        return f"S-1-9-1551374245-{'-'.join(parts)}"

    @property
    def subject_descriptor(self) -> str:
        """The Graph descriptor."""
        return "vssgp." + base64.urlsafe_b64encode(self.security_identifier.encode()).decode().rstrip("=")

    @property
    def descriptor(self) -> str:
        """The identity descriptor of the older APIs."""
        return f"Microsoft.TeamFoundation.Identity;{self.security_identifier}"


Subject = Identity | Group


class Membership:
    """Who is in which group at this moment. Hold the organization's lock while using it."""

    def __init__(self, organization: Organization) -> None:
        self._organization = organization
        self._members: dict[Group, list[Subject]] = {}
        administrators = self._add_collection_groups()
        for project in organization.projects.values():
            self._add_project_groups(project, administrators)

    @property
    def groups(self) -> list[Group]:
        """Every group."""
        return [*self._members]

    def find(self, key: str) -> Subject | None:
        """The person or group by storage key, descriptor or Graph descriptor."""
        wanted = key.lower()
        people: list[Subject] = [*self._organization.identities.values()]
        for subject in [*people, *self._members]:
            if wanted in (subject.id, subject.descriptor.lower(), subject.subject_descriptor.lower()):
                return subject
        return None

    def members(self, subject: Subject) -> list[Subject]:
        """Who is directly in a group; nobody is in a person."""
        return self._members.get(subject, []) if isinstance(subject, Group) else []

    def containers(self, subject: Subject) -> list[Subject]:
        """The groups that a person or group is directly in."""
        return [group for group, members in self._members.items() if subject in members]

    def expand(self, subject: Subject, step: Callable[[Subject], list[Subject]]) -> list[Subject]:
        """Everything that is reached by taking `step` (members or containers) again and again."""
        reached: list[Subject] = []
        waiting = step(subject)
        while waiting:
            reached += waiting
            found = [each for subject in waiting for each in step(subject)]
            waiting = [each for each in dict.fromkeys(found) if each not in reached]
        return reached

    def _add_collection_groups(self) -> Group:
        organization = self._organization
        people = organization.identities.values()
        domain = f"vstfs:///Framework/IdentityDomain/{organization.instance_id}"

        def add(name: str, description: str, members: list[Subject]) -> Group:
            group = Group(name, organization.name, organization.instance_id, domain, description)
            self._members[group] = members
            return group

        add(VALID_USERS, "Everybody who may enter.", [each for each in people if each.role is not Role.OUTSIDER])
        return add(ADMINISTRATORS, "May do everything.", [each for each in people if each.is_administrator])

    def _add_project_groups(self, project: Project, administrators: Group) -> None:
        people = self._organization.identities.values()
        able = {right: [each for each in people if each.may(right, project.id)] for right in Right}
        leading = [each for each in able[Right.EDIT_PROJECT] if not each.is_administrator]
        writing = [each for each in able[Right.WRITE] if each not in able[Right.EDIT_PROJECT]]
        reading = [each for each in able[Right.READ] if each not in able[Right.WRITE]]
        rows: list[tuple[str, str, list[Subject]]] = [
            (PROJECT_ADMINISTRATORS, "May do everything in the project.", [administrators, *leading]),
            ("Contributors", "May change work items.", [*writing]),
            ("Readers", "May see work items.", [*reading]),
        ]
        rows += [(team.name, "A team.", [*able[Right.WRITE]]) for team in project.teams]
        domain = f"vstfs:///Classification/TeamProject/{project.id}"
        for name, description, members in rows:
            self._members[Group(name, project.name, project.id, domain, description)] = members
