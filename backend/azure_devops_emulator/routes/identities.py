"""Identities of people and groups, with the groups they are in (the IMS area)."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from azure_devops_emulator.answers import ApiError, Document, bad_argument, listed
from azure_devops_emulator.groups import Group, Membership, Subject
from azure_devops_emulator.identities import Identity
from azure_devops_emulator.organizations import Organization
from azure_devops_emulator.routing import Call, RouteTable
from azure_devops_emulator.tenants import tenant_id

routes = RouteTable(scope="vso.identity")
_LISTS = ("descriptors", "identityIds", "subjectDescriptors")


@routes.route("GET", "_apis/identities")
def list_identities(call: Call) -> Document:
    """The identities that the parameters name; None stands for one that is not known, as the service does it."""
    membership = Membership(call.organization)
    for name in _LISTS:
        if keys := call.query.list(name):
            found = [_find(call, membership, key) for key in keys]
            return listed(each and describe_identity(call, membership, each) for each in found)
    if "filterValue" not in call.query:
        raise bad_argument(f"Name the identities by {', '.join(_LISTS)} or by searchFilter and filterValue.")
    return listed(describe_identity(call, membership, each) for each in _search(call, membership))


@routes.route("GET", "_apis/identities/{id}")
def read_identity(call: Call) -> Document:
    """One identity by id, with its groups when `queryMembership` asks for them."""
    membership = Membership(call.organization)
    subject = _find(call, membership, call.parameters["id"])
    if subject is None:
        message = f"TF400814: The identity {call.parameters['id']} cannot be found."
        raise ApiError(404, "IdentityNotFoundException", message)
    return describe_identity(call, membership, subject)


def describe_identity(call: Call, membership: Membership, subject: Subject) -> Document:
    """An identity as the service describes it."""
    person = isinstance(subject, Identity)
    document: Document = {
        "id": subject.id,
        "descriptor": identity_descriptor(call.organization, subject),
        "subjectDescriptor": subject.subject_descriptor,
        "providerDisplayName": subject.display_name if isinstance(subject, Identity) else subject.principal_name,
        "isActive": True,
        "isContainer": not person,
        "members": [],
        "memberOf": [],
        "memberIds": [],
        "properties": _properties(call.organization, subject),
        "resourceVersion": 2,
        "metaTypeId": 0 if person else 255,
    }
    for key, subjects in _memberships(call.query.get("queryMembership", "None").lower(), membership, subject).items():
        document[key] = [identity_descriptor(call.organization, each) for each in subjects]
        if key == "members":
            document["memberIds"] = [each.id for each in subjects]
    return document


def identity_descriptor(organization: Organization, subject: Subject) -> str:
    """The descriptor of the older APIs: a claims identity on Services, a Windows identity on Server."""
    if isinstance(subject, Group):
        return subject.descriptor
    if organization.is_server:
        return f"System.Security.Principal.WindowsIdentity;{_windows_identifier(subject)}"
    return f"Microsoft.IdentityModel.Claims.ClaimsIdentity;{tenant_id(organization)}\\{subject.unique_name}"


def typed(value: str) -> Document:
    """A property value as identities hold it."""
    return {"$type": "System.String", "$value": value}


def _windows_identifier(identity: Identity) -> str:
    first, second, third = uuid.UUID(identity.id).fields[:3]
    return f"S-1-5-21-{first}-{second}-{third}-1001"


def _properties(organization: Organization, subject: Subject) -> Document:
    if isinstance(subject, Group):
        values = {
            "SchemaClassName": "Group",
            "Description": subject.description,
            "Domain": subject.domain,
            "Account": subject.name,
            "ScopeName": subject.scope_name,
        }
    else:
        values = {
            "SchemaClassName": "User",
            "Domain": organization.name if organization.is_server else tenant_id(organization),
            "Account": subject.unique_name,
            "Mail": subject.unique_name,
        }
    return {name: typed(value) for name, value in values.items()}


def _memberships(wanted: str, membership: Membership, subject: Subject) -> dict[str, list[Subject]]:
    steps: dict[str, Callable[[Subject], list[Subject]]] = {
        "members": membership.members,
        "memberOf": membership.containers,
    }
    if wanted == "direct":
        return {key: step(subject) for key, step in steps.items()}
    asked = {"expanded": ("members", "memberOf"), "expandedup": ("memberOf",), "expandeddown": ("members",)}
    return {key: membership.expand(subject, steps[key]) for key in asked.get(wanted, ())}


def _find(call: Call, membership: Membership, key: str) -> Subject | None:
    if found := membership.find(key):
        return found
    people = call.organization.identities.values()
    return next((each for each in people if identity_descriptor(call.organization, each).lower() == key.lower()), None)


def _search(call: Call, membership: Membership) -> list[Subject]:
    kind = call.query.get("searchFilter", "General").lower()
    wanted = call.query.get("filterValue").lower()
    people = call.organization.identities.values()
    found: list[Subject] = []
    if kind in ("general", "displayname"):
        found += [each for each in people if each.display_name.lower() == wanted]
    if kind in ("general", "accountname", "mailaddress"):
        found += [each for each in people if each.unique_name.lower() == wanted]
    if kind in ("general", "displayname", "accountname", "localgroupname"):
        found += [each for each in membership.groups if wanted in (each.principal_name.lower(), each.name.lower())]
    return [*dict.fromkeys(found)]
