"""The Microsoft Entra tenant that stands behind an organization on Services."""

from __future__ import annotations

import uuid

from azure_devops_emulator.organizations import Organization


def tenant_id(organization: Organization) -> str:
    """The id of the organization's tenant; always the same for the same organization."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"tenant of {organization.instance_id}"))
