"""The security namespaces that callers ask about, and which right of an identity stands behind each of their bits.

Ids and bits: https://learn.microsoft.com/azure/devops/organizations/security/namespace-reference.
"""

from __future__ import annotations

from dataclasses import dataclass

from azure_devops_emulator.answers import Document
from azure_devops_emulator.identities import Right


@dataclass(frozen=True, slots=True)
class Permission:
    """One bit of a namespace; whoever has `right` has it."""

    bit: int
    name: str
    display_name: str
    right: Right


@dataclass(frozen=True, slots=True)
class SecurityNamespace:
    """A set of permissions over tokens; `separator` parts the tokens of a namespace that is a tree."""

    id: str
    name: str
    separator: str
    read_bit: int
    write_bit: int
    permissions: tuple[Permission, ...]

    def rights(self, bits: int) -> frozenset[Right] | None:
        """The rights that all of `bits` need together, or None if one of the bits means nothing here."""
        asked = [each for each in self.permissions if bits & each.bit]
        known = sum(each.bit for each in asked)
        return frozenset(each.right for each in asked) if known == bits else None

    def as_document(self) -> Document:
        """The namespace as the service describes it."""
        return {
            "namespaceId": self.id,
            "name": self.name,
            "displayName": self.name,
            "separatorValue": self.separator,
            "elementLength": -1,
            "writePermission": self.write_bit,
            "readPermission": self.read_bit,
            "dataspaceCategory": "Default",
            "actions": [self._action(each) for each in self.permissions],
            "structureValue": 1,
            "extensionType": None,
            "isRemotable": False,
            "useTokenTranslator": False,
            "systemBitMask": 0,
        }

    def _action(self, permission: Permission) -> Document:
        return {
            "bit": permission.bit,
            "name": permission.name,
            "displayName": permission.display_name,
            "namespaceId": self.id,
        }


COLLECTION = SecurityNamespace(
    "3e65f728-f8bc-4ecd-8764-7e378b19bfa7",
    "Collection",
    ":",
    1,
    2,
    (
        Permission(1, "GENERIC_READ", "View collection-level information", Right.READ),
        Permission(2, "GENERIC_WRITE", "Edit collection-level information", Right.EDIT_COLLECTION),
        Permission(4, "CREATE_PROJECTS", "Create new projects", Right.CREATE_PROJECTS),
        Permission(16, "TRIGGER_EVENT", "Trigger events", Right.EDIT_COLLECTION),
        Permission(32, "MANAGE_TEMPLATE", "Manage process template", Right.EDIT_COLLECTION),
        Permission(128, "SYNCHRONIZE_READ", "View system synchronization information", Right.EDIT_COLLECTION),
        Permission(512, "MANAGE_TEST_CONTROLLERS", "Manage test controllers", Right.EDIT_COLLECTION),
        Permission(1024, "DELETE_FIELD", "Delete field from account", Right.EDIT_COLLECTION),
        Permission(2048, "MANAGE_ENTERPRISE_POLICIES", "Manage enterprise policies", Right.EDIT_COLLECTION),
    ),
)
PROJECT = SecurityNamespace(
    "52d39943-cb85-4d7f-8fa8-c6baac873819",
    "Project",
    ":",
    1,
    2,
    (
        Permission(1, "GENERIC_READ", "View project-level information", Right.READ),
        Permission(2, "GENERIC_WRITE", "Edit project-level information", Right.EDIT_PROJECT),
        Permission(4, "DELETE", "Delete team project", Right.EDIT_PROJECT),
        Permission(8192, "WORK_ITEM_DELETE", "Delete and restore work items", Right.DELETE),
        Permission(16384, "WORK_ITEM_MOVE", "Move work items out of this project", Right.MOVE),
        Permission(32768, "WORK_ITEM_PERMANENTLY_DELETE", "Permanently delete work items", Right.DESTROY),
        Permission(65536, "RENAME", "Rename team project", Right.EDIT_PROJECT),
        Permission(131072, "MANAGE_PROPERTIES", "Manage project properties", Right.EDIT_PROJECT),
        Permission(1048576, "BYPASS_RULES", "Bypass rules on work item updates", Right.BYPASS_RULES),
        Permission(
            2097152,
            "SUPPRESS_NOTIFICATIONS",
            "Suppress notifications for work item updates",
            Right.SUPPRESS_NOTIFICATIONS,
        ),
    ),
)
AREA = SecurityNamespace(
    "83e28ad4-2d72-4ceb-97b0-c7726d5502c3",
    "CSS",
    ":",
    1,
    2,
    (
        Permission(1, "GENERIC_READ", "View permissions for this node", Right.READ),
        Permission(2, "GENERIC_WRITE", "Edit this node", Right.EDIT_PROJECT),
        Permission(4, "CREATE_CHILDREN", "Create child nodes", Right.EDIT_PROJECT),
        Permission(8, "DELETE", "Delete this node", Right.EDIT_PROJECT),
        Permission(16, "WORK_ITEM_READ", "View work items in this node", Right.READ),
        Permission(32, "WORK_ITEM_WRITE", "Edit work items in this node", Right.WRITE),
        Permission(64, "MANAGE_TEST_PLANS", "Manage test plans", Right.WRITE),
        Permission(128, "MANAGE_TEST_SUITES", "Manage test suites", Right.WRITE),
    ),
)
ITERATION = SecurityNamespace(
    "bf7bfa03-b2b7-47db-8113-fa2e002cc5b1",
    "Iteration",
    ":",
    1,
    2,
    (
        Permission(1, "GENERIC_READ", "View permissions for this node", Right.READ),
        Permission(2, "GENERIC_WRITE", "Edit this node", Right.EDIT_PROJECT),
        Permission(4, "CREATE_CHILDREN", "Create child nodes", Right.EDIT_PROJECT),
        Permission(8, "DELETE", "Delete this node", Right.EDIT_PROJECT),
    ),
)
SERVICE_HOOKS = SecurityNamespace(
    "cb594ebe-87dd-4fc9-ac2c-6a10a4c92046",
    "ServiceHooks",
    "/",
    1,
    2,
    (
        Permission(1, "ViewSubscriptions", "View subscriptions", Right.VIEW_HOOKS),
        Permission(2, "EditSubscriptions", "Edit subscriptions", Right.EDIT_HOOKS),
        Permission(4, "DeleteSubscriptions", "Delete subscriptions", Right.EDIT_HOOKS),
        Permission(8, "PublishEvents", "Publish events", Right.EDIT_HOOKS),
    ),
)
TAGGING = SecurityNamespace(
    "bb50f182-8e5e-40b8-bc21-e8752a1e7ae2",
    "Tagging",
    "/",
    1,
    2,
    (
        Permission(1, "Enumerate", "Enumerate tag definitions", Right.READ),
        Permission(2, "Create", "Create tag definition", Right.WRITE),
        Permission(4, "Update", "Update tag definition", Right.EDIT_PROJECT),
        Permission(8, "Delete", "Delete tag definition", Right.EDIT_PROJECT),
    ),
)
NAMESPACES = {each.id: each for each in (COLLECTION, PROJECT, AREA, ITERATION, SERVICE_HOOKS, TAGGING)}
