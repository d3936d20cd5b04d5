"""Who may do what: people, their rights per project, and the tokens they call with."""

from __future__ import annotations

import base64
import uuid
from dataclasses import dataclass, field
from enum import StrEnum

from azure_devops_emulator.answers import Document


class Right(StrEnum):
    """What an identity may be allowed to do; rights below EDIT_COLLECTION are held per project."""

    READ = "read"
    WRITE = "write"
    DELETE = "delete"
    DESTROY = "destroy"
    MOVE = "move"
    BYPASS_RULES = "bypass-rules"
    SUPPRESS_NOTIFICATIONS = "suppress-notifications"
    VIEW_HOOKS = "view-hooks"
    EDIT_HOOKS = "edit-hooks"
    EDIT_PROJECT = "edit-project"
    CREATE_PROJECTS = "create-projects"
    EDIT_COLLECTION = "edit-collection"


class Role(StrEnum):
    """The groups that the emulator knows, with the rights they have by default."""

    ADMINISTRATOR = "administrator"
    CONTRIBUTOR = "contributor"
    READER = "reader"
    OUTSIDER = "outsider"


ROLE_RIGHTS: dict[Role, frozenset[Right]] = {
    Role.ADMINISTRATOR: frozenset(Right),
    Role.CONTRIBUTOR: frozenset({Right.READ, Right.WRITE, Right.DELETE, Right.MOVE, Right.VIEW_HOOKS}),
    Role.READER: frozenset({Right.READ, Right.VIEW_HOOKS}),
    Role.OUTSIDER: frozenset(),
}

# https://learn.microsoft.com/azure/devops/integrate/get-started/authentication/oauth#scopes: each includes the next.
_INCLUDED_SCOPES = {
    "vso.work_full": {"vso.work_write", "vso.work"},
    "vso.work_write": {"vso.work"},
    "vso.project_manage": {"vso.project_write", "vso.project"},
    "vso.project_write": {"vso.project"},
    "vso.graph_manage": {"vso.graph"},
    "vso.security_manage": {"vso.security"},
    "vso.hooks_write": {"vso.hooks"},
}
FULL_SCOPE = "full"


@dataclass(eq=False)
class Identity:
    """A person or service known to an organization. `project_rights` (by project id) replaces the role's rights."""

    display_name: str
    unique_name: str
    role: Role = Role.CONTRIBUTOR
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    project_rights: dict[str, frozenset[Right]] = field(default_factory=dict)

    def may(self, right: Right, project_id: str | None = None) -> bool:
        """Whether the identity has the right, in the project or in the whole collection."""
        rights = self.project_rights.get(project_id) if project_id else None
        return right in (ROLE_RIGHTS[self.role] if rights is None else rights)

    @property
    def is_administrator(self) -> bool:
        """Whether it is a member of Project Collection Administrators."""
        return self.role is Role.ADMINISTRATOR

    @property
    def subject_descriptor(self) -> str:
        """The Graph descriptor."""
        return "aad." + base64.urlsafe_b64encode(self.id.encode()).decode().rstrip("=")

    @property
    def descriptor(self) -> str:
        """The identity descriptor of the older APIs."""
        return f"Microsoft.IdentityModel.Claims.ClaimsIdentity;{self.id}\\{self.unique_name}"

    @property
    def text(self) -> str:
        """`Display Name <unique name>`."""
        return f"{self.display_name} <{self.unique_name}>"

    def reference(self, organization_url: str) -> Document:
        """The identity as it stands in fields and elsewhere."""
        avatar = f"{organization_url}/_apis/GraphProfile/MemberAvatars/{self.subject_descriptor}"
        return {
            "displayName": self.display_name,
            "url": f"{organization_url}/_apis/Identities/{self.id}",
            "_links": {"avatar": {"href": avatar}},
            "id": self.id,
            "uniqueName": self.unique_name,
            "imageUrl": avatar,
            "descriptor": self.subject_descriptor,
        }


@dataclass(frozen=True, slots=True)
class Credential:
    """A token and what it opens. `kind` is "pat" (Basic) or "bearer"; `revoked` ones are refused like unknown ones."""

    token: str
    identity: Identity
    kind: str = "pat"
    scopes: frozenset[str] = frozenset({FULL_SCOPE})
    revoked: bool = False

    def covers(self, scope: str | None) -> bool:
        """Whether the token's scopes include `scope`."""
        if scope is None or FULL_SCOPE in self.scopes or scope in self.scopes:
            return True
        return any(scope in _INCLUDED_SCOPES.get(held, ()) for held in self.scopes)
