"""The people one can sign in as: an administrator, a contributor and a reader of each organization."""

from __future__ import annotations

from azure_devops_emulator.identities import Identity, Role
from azure_devops_emulator.organizations import Organization

SIGN_IN_ROLES = (Role.ADMINISTRATOR, Role.CONTRIBUTOR, Role.READER)
_NAMES = {Role.CONTRIBUTOR: ("Cleo Contributor", "cleo"), Role.READER: ("Remy Reader", "remy")}


def find_account(organization: Organization, role: Role) -> Identity:
    """The person with that role, made when there is none. Hold the organization's lock."""
    if role is Role.ADMINISTRATOR:
        return organization.administrator
    display_name, mailbox = _NAMES[role]
    domain = organization.administrator.unique_name.partition("@")[2]
    unique_name = f"{mailbox}@{domain}"
    found = organization.find_identity(unique_name)
    return found or organization.add_identity(Identity(display_name, unique_name, role))
