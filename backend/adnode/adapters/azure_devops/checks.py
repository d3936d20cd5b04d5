"""Trying a credential: who it is, which organization answers, and which rights it has.

https://learn.microsoft.com/azure/devops/integrate/get-started/authentication/oauth#scopes
"""

from collections.abc import Callable
from datetime import UTC, datetime

from adnode.adapters.azure_devops.client import AzureDevOpsClient, Call
from adnode.adapters.azure_devops.documents import Document
from adnode.adapters.azure_devops.failures import Operation
from adnode.adapters.azure_devops.reading import READ_RIGHT, Reading
from adnode.adapters.azure_devops.resources import (
    CONNECTION_DATA,
    NEW_WORK_ITEMS,
    REPORTED_REVISIONS,
    TYPES,
    WORK_ITEMS,
)
from adnode.adapters.azure_devops.writing import PATCH_TYPE, WRITE_RIGHT
from adnode.domain.errors import AuthenticationFailedError, GatewayError, MissingRightError, ProjectNotFoundError
from adnode.domain.organization import OrganizationKind, OrganizationReport, RightCheck
from adnode.domain.work_item import TITLE, Project

ANONYMOUS_ID = "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa"
"""The identity of nobody, which public projects let in."""
SEE_PROJECTS = "See projects"
READ_WORK_ITEMS = "Read work items"
WRITE_WORK_ITEMS = "Write work items"
_VALIDATE = {"validateOnly": True}
_NO_WORK_ITEM = 2_147_483_647
"""The largest number; no organization has come to it."""
_ENTER = "enter the organization (the account must be a member)"
_REMEDIES = {
    SEE_PROJECTS: "Make the account a member of the projects; a token needs the scope Project and Team (Read).",
    READ_WORK_ITEMS: "Give the account 'View work items in this node' in the areas of the project; "
    "a token needs the scope Work Items (Read).",
    WRITE_WORK_ITEMS: "Give the account 'Edit work items in this node' in the areas of the project (Contributors have "
    "it, with a Basic license); a token needs the scope Work Items (Read & write).",
}


class Checks:
    """Tries what the node needs, without any effect."""

    def __init__(self, client: AzureDevOpsClient, reading: Reading) -> None:
        self._client = client
        self._reading = reading

    def check(self) -> OrganizationReport:
        """Return who the credential belongs to, where, and each right; raises AuthenticationFailedError."""
        data = self._read_connection()
        identity: Document = data.get("authenticatedUser") or {}
        return OrganizationReport(
            organization_id=str(data["instanceId"]).lower(),
            name=self._client.address.name,
            kind=_read_kind(data),
            identity=str(identity.get("providerDisplayName") or identity.get("customDisplayName") or identity["id"]),
            identity_id=str(identity["id"]).lower(),
            rights=self._check_rights(),
        )

    def time(self) -> datetime:
        """Return the time by Azure DevOps; where nothing was asked yet, it is asked for."""
        if self._client.time() is None:
            self._read_connection()
        return self._client.time() or datetime.now(UTC)

    def _read_connection(self) -> Document:
        operation = Operation("say who the credential belongs to", _ENTER)
        data: Document = self._client.ask(Call("GET", CONNECTION_DATA, operation), dict)
        identity: Document = data.get("authenticatedUser") or {}
        is_anonymous = str(identity.get("id", "")).lower() == ANONYMOUS_ID or "Anonymous" in str(
            identity.get("descriptor", "")
        )
        if not identity.get("id") or is_anonymous:
            raise AuthenticationFailedError(
                f"{self._client.address.url} answers, but takes the credential for nobody's: it is wrong, expired or "
                "revoked. Make a new one.",
                status=401,
            )
        if not data.get("instanceId"):
            raise GatewayError(f"{self._client.address.url} does not tell its id. Check that it is an Azure DevOps.")
        return data

    def _check_rights(self) -> tuple[RightCheck, ...]:
        projects: list[Project] = []
        checks = [_try(SEE_PROJECTS, lambda: self._see_projects(projects)), _try(READ_WORK_ITEMS, self._read_something)]
        write = _try(WRITE_WORK_ITEMS, lambda: self._write_anywhere(projects) if projects else self._write_nowhere())
        # Without a project only the lack of the scope can be seen, not that the right is there.
        return tuple(checks) if not projects and write.is_granted else (*checks, write)

    def _see_projects(self, found: list[Project]) -> None:
        found += self._reading.list_projects()
        if not found:
            raise MissingRightError("The account sees no project.", right=SEE_PROJECTS)

    def _read_something(self) -> None:
        operation = Operation("tell what changed", READ_RIGHT)
        self._client.tell(Call("GET", REPORTED_REVISIONS, operation, query={"$maxPageSize": 1}))

    def _write_anywhere(self, projects: list[Project]) -> None:
        """Validate a write in the projects until one takes it: which of them are meant, only a connection says."""
        refusal: MissingRightError | None = None
        for project in projects[:20]:
            try:
                self._validate_write(project)
            except MissingRightError as error:
                refusal = error
            except ProjectNotFoundError:
                continue
            else:
                return
        if refusal is not None:
            raise refusal

    def _write_nowhere(self) -> None:
        """Change a work item that there is not; a token without the scope is turned away before that is noticed."""
        operation = Operation("check a change without saving it", WRITE_RIGHT)
        patch = [{"op": "test", "path": "/rev", "value": 0}]
        self._ask(Call("PATCH", WORK_ITEMS, operation, {"id": _NO_WORK_ITEM}, _VALIDATE, patch, PATCH_TYPE))

    def _validate_write(self, project: Project) -> None:
        read = Operation("describe the work item types of a project", READ_RIGHT)
        names = self._client.ask(Call("GET", TYPES, read, {"project": project.id}), _enabled_types)
        if not names:
            return
        operation = Operation("check a new work item without saving it", WRITE_RIGHT)
        route = {"project": project.id, "type": "Task" if "Task" in names else names[0]}
        patch = [{"op": "add", "path": f"/fields/{TITLE}", "value": "Check"}]
        self._ask(Call("POST", NEW_WORK_ITEMS, operation, route, _VALIDATE, patch, PATCH_TYPE))

    def _ask(self, call: Call) -> None:
        """Send a write that saves nothing; only a missing right and an answer that did not come matter."""
        try:
            self._client.tell(call)
        except MissingRightError:
            raise
        except GatewayError as error:
            if error.is_transient:
                raise


def _enabled_types(document: Document) -> list[str]:
    return [str(entry["name"]) for entry in document["value"] if not entry.get("isDisabled")]


def _read_kind(data: Document) -> OrganizationKind:
    """Return which product answers, by ``deploymentType``."""
    is_server = str(data.get("deploymentType", "")).lower() == "onpremises"
    return OrganizationKind.SERVER if is_server else OrganizationKind.SERVICES


def _try(name: str, action: Callable[[], object]) -> RightCheck:
    try:
        action()
    except MissingRightError:
        return RightCheck(name, is_granted=False, remedy=_REMEDIES[name])
    return RightCheck(name, is_granted=True, remedy=_REMEDIES[name])
