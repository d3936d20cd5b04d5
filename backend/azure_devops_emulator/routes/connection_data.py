"""Who is calling, and which organization this is.

In a public organization a caller without a valid token is answered too, as the identity Anonymous.
"""

from __future__ import annotations

import time

from azure_devops_emulator import authentication
from azure_devops_emulator.answers import Answer, Document
from azure_devops_emulator.identities import Identity
from azure_devops_emulator.organizations import Organization
from azure_devops_emulator.routes.identities import identity_descriptor, typed
from azure_devops_emulator.routing import Call, RouteTable
from azure_devops_emulator.tenants import tenant_id

routes = RouteTable()
_PUBLIC_ACCESS = "System:PublicAccess;aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa"
_ACCESS_MAPPING = "HostGuidAccessMapping"
_SERVICE_OWNER = "00025394-6065-48ca-87d9-7f5672854ef7"


@routes.route("GET", "_apis/connectionData", preview_only=True, anonymous=True)
def read_connection_data(call: Call) -> Answer:
    """The caller's identity and the ids of the organization and its deployment."""
    anonymous = call.credential is authentication.ANONYMOUS
    if anonymous and not _is_public(call.organization):
        return authentication.challenge(call.headers)
    person = _anonymous(call.identity) if anonymous else _describe(call.organization, call.identity)
    headers = {} if call.organization.is_server else {"X-VSS-ResourceTenant": tenant_id(call.organization)}
    document: Document = {
        "authenticatedUser": person,
        "authorizedUser": person,
        "instanceId": call.organization.instance_id,
        "deploymentId": call.organization.deployment_id,
        "deploymentType": "onPremises" if call.organization.is_server else "hosted",
        "locationServiceData": {
            "serviceOwner": _SERVICE_OWNER,
            "defaultAccessMappingMoniker": _ACCESS_MAPPING,
            "lastChangeId": 1,
            "lastChangeId64": int(time.time()),
        },
        "webApplicationRelativeDirectory": "",
    }
    return Answer(document, headers=headers)


def _is_public(organization: Organization) -> bool:
    return any(project.visibility == "public" for project in organization.projects.values())


def _describe(organization: Organization, identity: Identity) -> Document:
    return {
        "id": identity.id,
        "descriptor": identity_descriptor(organization, identity),
        "subjectDescriptor": identity.subject_descriptor,
        "providerDisplayName": identity.display_name,
        "isActive": True,
        "properties": {"Account": typed(identity.unique_name)},
        "resourceVersion": 2,
        "metaTypeId": 0,
    }


def _anonymous(identity: Identity) -> Document:
    return {
        "id": identity.id,
        "descriptor": _PUBLIC_ACCESS,
        "subjectDescriptor": "",
        "providerDisplayName": identity.display_name,
        "isActive": False,
        "properties": {"Account": typed("Anonymous")},
        "resourceVersion": 2,
        "metaTypeId": 0,
    }
