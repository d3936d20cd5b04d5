"""Users, groups and memberships (the Graph area of the identity host). Server does not have it."""

from __future__ import annotations

import base64
from collections.abc import Callable
from functools import wraps
from typing import Any

from azure_devops_emulator.answers import Answer, ApiError, Document, bad_argument, listed
from azure_devops_emulator.groups import ADMINISTRATORS, Group, Membership, Subject
from azure_devops_emulator.identities import Identity, Right, Role
from azure_devops_emulator.organizations import refuse
from azure_devops_emulator.routes.identities import identity_descriptor
from azure_devops_emulator.routing import Call, RouteTable
from azure_devops_emulator.tenants import tenant_id

routes = RouteTable(scope="vso.graph")
_DEEPEST = 100
_Handler = Callable[[Call, Membership], Answer | Document]


def _graph(method: str, template: str, scope: str | None = None) -> Callable[[_Handler], _Handler]:
    """Have the decorated function answer a route below `_apis/graph/` with the memberships of the moment."""

    def register(handler: _Handler) -> _Handler:
        @routes.route(method, f"_apis/graph/{template}", preview_only=True, scope=scope)
        @wraps(handler)
        def answer(call: Call) -> Answer | Document:
            if call.organization.is_server:
                return _not_on_server(template)
            return handler(call, Membership(call.organization))

        return handler

    return register


@_graph("GET", "groups")
def list_groups(call: Call, membership: Membership) -> Document:
    """Every group, or those of the collection or project that `scopeDescriptor` means."""
    wanted = call.query.get("scopeDescriptor")
    groups = [each for each in membership.groups if not wanted or _scope_descriptor(each.scope_id) == wanted]
    return listed(describe_subject(call, each) for each in groups)


@_graph("GET", "groups/{descriptor}")
def read_group(call: Call, membership: Membership) -> Document:
    """One group."""
    return describe_subject(call, _subject(membership, call.parameters["descriptor"], Group))


@_graph("GET", "users")
def list_users(call: Call, _membership: Membership) -> Document:
    """Every person."""
    return listed(describe_subject(call, each) for each in call.organization.identities.values())


@_graph("GET", "users/{descriptor}")
def read_user(call: Call, membership: Membership) -> Document:
    """One person."""
    return describe_subject(call, _subject(membership, call.parameters["descriptor"], Identity))


@_graph("GET", "memberships/{descriptor}")
def list_memberships(call: Call, membership: Membership) -> Document:
    """The memberships of a subject, upwards or downwards, `depth` levels deep (one by default)."""
    subject = _subject(membership, call.parameters["descriptor"])
    upwards = call.query.get("direction", "up").lower() in ("up", "unknown")
    depth = call.query.integer("depth", 1) or 1
    step = membership.containers if upwards else membership.members
    pairs: list[tuple[Subject, Subject]] = []
    level = [subject]
    for _ in range(min(depth, _DEEPEST)):
        found = [(each, other) for each in level for other in step(each)]
        pairs += [pair for pair in found if pair not in pairs]
        level = [*dict.fromkeys(other for _, other in found)]
    return listed(_describe_membership(call, *(pair if upwards else reversed(pair))) for pair in pairs)


@_graph("GET", "memberships/{descriptor}/{container}")
def read_membership(call: Call, membership: Membership) -> Document:
    """A direct membership. Raises ApiError 404 if the subject is not in the group."""
    subject, container = _pair(call, membership)
    if container not in membership.containers(subject):
        raise _not_found(f"{call.parameters['descriptor']} is not a member of {call.parameters['container']}.")
    return _describe_membership(call, subject, container)


@_graph("HEAD", "memberships/{descriptor}/{container}")
def check_membership(call: Call, membership: Membership) -> Answer:
    """200 if there is the direct membership, else 404."""
    subject, container = _pair(call, membership)
    return Answer(status=200 if container in membership.containers(subject) else 404)


@_graph("PUT", "memberships/{descriptor}/{container}", scope="vso.graph_manage")
def add_membership(call: Call, membership: Membership) -> Answer:
    """Make a person a collection administrator; the other groups follow from rights."""
    person, container = _changeable_pair(call, membership)
    person.role = Role.ADMINISTRATOR
    return Answer(_describe_membership(call, person, container), 201)


@_graph("DELETE", "memberships/{descriptor}/{container}", scope="vso.graph_manage")
def remove_membership(call: Call, membership: Membership) -> Answer:
    """Make a collection administrator a contributor."""
    person, _ = _changeable_pair(call, membership)
    if person.is_administrator:
        person.role = Role.CONTRIBUTOR
    return Answer(status=200)


@_graph("GET", "membershipstates/{descriptor}")
def read_membership_state(call: Call, membership: Membership) -> Document:
    """Whether a subject is active in the organization."""
    subject = _subject(membership, call.parameters["descriptor"])
    active = isinstance(subject, Group) or subject.role is not Role.OUTSIDER
    return {"active": active, "_links": _links(call, f"MembershipStates/{subject.subject_descriptor}")}


@_graph("GET", "descriptors/{id}")
def read_descriptor(call: Call, membership: Membership) -> Document:
    """The Graph descriptor of a storage key; that of the collection or a project names a scope of groups."""
    key = call.parameters["id"].lower()
    if key == call.organization.instance_id or key in call.organization.projects:
        return {"value": _scope_descriptor(key), "_links": _links(call, f"Descriptors/{key}")}
    subject = _subject(membership, call.parameters["id"])
    links = _links(
        call,
        f"Descriptors/{subject.id}",
        storageKey=f"StorageKeys/{subject.subject_descriptor}",
        subject=_path(subject),
    )
    return {"value": subject.subject_descriptor, "_links": links}


@_graph("GET", "storagekeys/{descriptor}")
def read_storage_key(call: Call, membership: Membership) -> Document:
    """The storage key of a Graph descriptor."""
    subject = _subject(membership, call.parameters["descriptor"])
    links = _links(call, f"StorageKeys/{subject.subject_descriptor}", descriptor=f"Descriptors/{subject.id}")
    return {"value": subject.id, "_links": links}


@_graph("POST", "subjectlookup")
def look_up_subjects(call: Call, membership: Membership) -> Document:
    """The subjects of the given descriptors, by descriptor; unknown ones are left out."""
    keys = call.object().get("lookupKeys")
    if not isinstance(keys, list):
        raise bad_argument("The body needs a list of lookupKeys.")
    descriptors = [str(each.get("descriptor")) for each in keys if isinstance(each, dict)]
    found = {each: subject for each in descriptors if (subject := membership.find(each))}
    return {"count": len(found), "value": {each: describe_subject(call, found[each]) for each in found}}


@_graph("POST", "subjectquery")
def query_subjects(call: Call, membership: Membership) -> Document:
    """The subjects whose names begin with the query."""
    body = call.object()
    wanted = str(body.get("query") or "").lower()
    kinds = {str(kind).lower() for kind in body.get("subjectKind") or ("user", "group")}
    people: list[Subject] = [*call.organization.identities.values()]
    subjects = (people if "user" in kinds else []) + ([*membership.groups] if "group" in kinds else [])
    return listed(describe_subject(call, each) for each in subjects if wanted and _name(each).startswith(wanted))


def describe_subject(call: Call, subject: Subject) -> Document:
    """A person or group as Graph describes it."""
    document = _group(subject) if isinstance(subject, Group) else _user(call, subject)
    path, descriptor = _path(subject), subject.subject_descriptor
    links = _links(
        call,
        path,
        memberships=f"Memberships/{descriptor}",
        membershipState=f"MembershipStates/{descriptor}",
        storageKey=f"StorageKeys/{descriptor}",
    )
    return {
        **document,
        "legacyDescriptor": identity_descriptor(call.organization, subject),
        "_links": links,
        "url": links["self"]["href"],
        "descriptor": descriptor,
    }


def _user(call: Call, person: Identity) -> Document:
    return {
        "subjectKind": "user",
        "metaType": "member",
        "directoryAlias": person.unique_name.partition("@")[0],
        "domain": tenant_id(call.organization),
        "principalName": person.unique_name,
        "mailAddress": person.unique_name,
        "origin": "aad",
        "originId": person.id,
        "displayName": person.display_name,
    }


def _group(group: Group) -> Document:
    return {
        "subjectKind": "group",
        "description": group.description,
        "domain": group.domain,
        "principalName": group.principal_name,
        "mailAddress": None,
        "origin": "vsts",
        "originId": group.id,
        "displayName": group.name,
    }


def _describe_membership(call: Call, *pair: Subject) -> Document:
    member, container = pair
    path = f"Memberships/{member.subject_descriptor}/{container.subject_descriptor}"
    return {
        "containerDescriptor": container.subject_descriptor,
        "memberDescriptor": member.subject_descriptor,
        "_links": _links(call, path, member=_path(member), container=_path(container)),
    }


def _links(call: Call, path: str, **others: str) -> dict[str, dict[str, str]]:
    root = f"{call.organization_url}/_apis/Graph"
    return {name: {"href": f"{root}/{each}"} for name, each in {"self": path, **others}.items()}


def _path(subject: Subject) -> str:
    return f"{'Groups' if isinstance(subject, Group) else 'Users'}/{subject.subject_descriptor}"


def _scope_descriptor(scope_id: str) -> str:
    return "scp." + base64.urlsafe_b64encode(scope_id.encode()).decode().rstrip("=")


def _name(subject: Subject) -> str:
    return (subject.name if isinstance(subject, Group) else subject.display_name).lower()


def _subject(membership: Membership, key: str, kind: Any = Subject) -> Subject:
    subject = membership.find(key)
    if subject is None or not isinstance(subject, kind):
        raise _not_found(f"There is no subject {key}.")
    return subject


def _pair(call: Call, membership: Membership) -> tuple[Subject, Subject]:
    subject = _subject(membership, call.parameters["descriptor"])
    return subject, _subject(membership, call.parameters["container"], Group)


def _changeable_pair(call: Call, membership: Membership) -> tuple[Identity, Group]:
    if not call.identity.may(Right.EDIT_COLLECTION):
        raise refuse(call.identity, Right.EDIT_COLLECTION, call.organization.name)
    person, container = _pair(call, membership)
    if not isinstance(person, Identity) or not isinstance(container, Group) or container.name != ADMINISTRATORS:
        raise bad_argument(f"The emulator changes only which people are in {ADMINISTRATORS}.")
    return person, container


def _not_found(message: str) -> ApiError:
    name = "Microsoft.VisualStudio.Services.Graph"
    return ApiError(
        404, "GraphSubjectNotFoundException", message, type_name=f"{name}.GraphSubjectNotFoundException, {name}"
    )


def _not_on_server(template: str) -> Answer:
    text = f"The controller for path '/_apis/graph/{template}' was not found or does not implement IController."
    return Answer(status=404, text=text, content_type="text/plain; charset=utf-8")
