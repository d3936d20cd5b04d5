"""Organizations on Services and collections on Server, with everything in them."""

from __future__ import annotations

import itertools
import threading
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime

from azure_devops_emulator.answers import ApiError
from azure_devops_emulator.hooks import Delivery, Subscriptions
from azure_devops_emulator.identities import FULL_SCOPE, Credential, Identity, Right, Role
from azure_devops_emulator.processes import find_process
from azure_devops_emulator.projects import ClassificationNode, Project, Team
from azure_devops_emulator.statistics import Statistics
from azure_devops_emulator.tracking.attachments import LARGEST_ON_SERVICES, AttachmentStore
from azure_devops_emulator.tracking.store import WorkItemStore

_TEAM_FOUNDATION = "Microsoft.TeamFoundation.Core.WebApi"


class Organization:
    """One organization. Hold `lock` while reading or changing it, never while sending a body."""

    def __init__(
        self,
        name: str,
        *,
        is_server: bool = False,
        hook_time_scale: float = 1.0,
        instance_id: str | None = None,
        statistics: Statistics | None = None,
    ) -> None:
        self.name = name
        self.is_server = is_server
        self.statistics = statistics or Statistics()
        self.instance_id = instance_id or str(uuid.uuid4())
        self.deployment_id = str(uuid.uuid4())
        self.lock = threading.RLock()
        self.url = ""
        self.projects: dict[str, Project] = {}
        self.identities: dict[str, Identity] = {}
        self.credentials: dict[str, Credential] = {}
        self.subscriptions = Subscriptions()
        self.delivery = Delivery(self.subscriptions, hook_time_scale)
        self.node_ids = itertools.count(1)
        self.tracking = WorkItemStore(self.statistics)
        self.batch_entry_seconds = 0.0
        self.attachments = AttachmentStore(None if is_server else LARGEST_ON_SERVICES)

    def now(self) -> datetime:
        """The time, in whole milliseconds."""
        moment = datetime.now(UTC)
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)

    def close(self) -> None:
        """End what runs in the background and delete the files."""
        self.delivery.stop()
        self.attachments.close()

    def add_project(self, name: str, process_name: str) -> Project:
        """Make a project with a default team, one area and three iterations. Raises ApiError 400 for bad arguments."""
        process = find_process(process_name)
        if process is None:
            raise _project_error("InvalidProcessException", f"There is no process {process_name}.")
        if self.find_project(name):
            message = f"TF200019: The following project already exists on the Azure DevOps Server: {name}."
            raise _project_error("ProjectAlreadyExistsException", message)
        areas = ClassificationNode(next(self.node_ids), name, "area")
        iterations = ClassificationNode(next(self.node_ids), name, "iteration")
        for number in (1, 2, 3):
            self.add_node(iterations, f"Iteration {number}" if process.name != "Scrum" else f"Sprint {number}")
        project = Project(name, process, areas, iterations, teams=[Team(f"{name} Team")])
        self.projects[project.id] = project
        return project

    def add_node(self, parent: ClassificationNode, name: str) -> ClassificationNode:
        """Put an area or iteration below another."""
        node = ClassificationNode(next(self.node_ids), name, parent.kind, parent)
        parent.children.append(node)
        return node

    def find_project(self, name_or_id: str) -> Project | None:
        """The project by name or id, in any letter case."""
        wanted = name_or_id.lower()
        found = self.projects.get(wanted)
        return found or next((each for each in self.projects.values() if each.name.lower() == wanted), None)

    def project(self, name_or_id: str) -> Project:
        """The project by name or id. Raises ApiError 404 (TF200016) if there is none."""
        project = self.find_project(name_or_id)
        if project is None:
            raise missing_project(name_or_id)
        return project

    def add_identity(self, identity: Identity) -> Identity:
        """Make a person known."""
        self.identities[identity.id] = identity
        return identity

    def find_identity(self, text: str) -> Identity | None:
        """The person by unique name, display name, id or `Display <unique>`; None if nobody or several are meant."""
        wanted = text.strip().lower()
        if wanted.endswith(">") and "<" in wanted:
            wanted = wanted[wanted.rindex("<") + 1 : -1].strip()
        people = self.identities.values()
        exact = [each for each in people if wanted in (each.unique_name.lower(), each.id, each.subject_descriptor)]
        named = exact or [each for each in people if each.display_name.lower() == wanted]
        return named[0] if len(named) == 1 else None

    def add_token(
        self,
        token: str,
        identity: Identity | None = None,
        *,
        kind: str = "pat",
        scopes: Iterable[str] = (FULL_SCOPE,),
        revoked: bool = False,
    ) -> Credential:
        """Have a token open the organization for `identity` (its first administrator when none is given)."""
        owner = identity or self.administrator
        self.add_identity(owner)
        credential = Credential(token, owner, kind, frozenset(scopes), revoked)
        self.credentials[token] = credential
        return credential

    @property
    def administrator(self) -> Identity:
        """The first member of Project Collection Administrators, made when there is none."""
        for each in self.identities.values():
            if each.is_administrator:
                return each
        domain = "".join(letter for letter in self.name.lower() if letter.isalnum()) or "organization"
        return self.add_identity(Identity("Ada Admin", f"ada@{domain}.example", Role.ADMINISTRATOR))


def missing_project(name: str) -> ApiError:
    """404 for a project that is not there or may not be seen."""
    return ApiError(
        404,
        "ProjectDoesNotExistWithNameException",
        f"TF200016: The following project does not exist: {name}. Verify that the name of the project is correct"
        " and that the project exists on the specified Azure DevOps Server.",
        type_name=f"{_TEAM_FOUNDATION}.ProjectDoesNotExistWithNameException, {_TEAM_FOUNDATION}",
    )


def refuse(identity: Identity, needed: Right, where: str) -> ApiError:
    """403 for an identity without a right."""
    return ApiError(
        403,
        "AccessCheckException",
        f"TF50309: The following account does not have sufficient permissions to complete the operation:"
        f" {identity.display_name}. The following permissions are needed to perform this operation:"
        f" {needed.value} on {where}.",
        type_name="Microsoft.TeamFoundation.Framework.Server.AccessCheckException,"
        " Microsoft.TeamFoundation.Framework.Server",
    )


def _project_error(type_key: str, message: str) -> ApiError:
    return ApiError(400, type_key, message, type_name=f"{_TEAM_FOUNDATION}.{type_key}, {_TEAM_FOUNDATION}")
