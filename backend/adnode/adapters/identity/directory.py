"""What Azure DevOps says about the bearer of an access token (extension-platform contract, 1.4)."""

from collections.abc import Mapping
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import quote, urlsplit

import requests

from adnode.adapters.identity.json_answers import JsonAnswer, ask
from adnode.domain.errors import SessionRefusedError
from adnode.domain.organization import OrganizationKind
from adnode.domain.session import Collection
from adnode.ports.identity import AdministratorCheck, Person, WorkItemRights

COLLECTION_NAMESPACE = "3e65f728-f8bc-4ecd-8764-7e378b19bfa7"
EDIT_COLLECTION = 2
AREA_NAMESPACE = "83e28ad4-2d72-4ceb-97b0-c7726d5502c3"
EDIT_WORK_ITEMS = 32
ADMINISTRATORS = "Microsoft.TeamFoundation.Identity;S-1-9-1551374245-1204400969-2402986413-2179408616-0-0-0-0-1"
"""Descriptor of Project Collection Administrators: the same in every collection, whatever the language."""
SERVICES_HOST, SERVICES_IDENTITY_HOST = "dev.azure.com", "vssps.dev.azure.com"
NOBODY = "00000000-0000-0000-0000-000000000000"
AREA_DEPTH_LIMIT = 20

_DESCRIPTORS = {
    OrganizationKind.SERVICES: "Microsoft.IdentityModel.Claims.ClaimsIdentity;",
    OrganizationKind.SERVER: "System.Security.Principal.WindowsIdentity;",
}
_DEPLOYMENTS = {OrganizationKind.SERVICES: "hosted", OrganizationKind.SERVER: "onpremises"}
# Server 2019 answers up to 5.0 (https://learn.microsoft.com/azure/devops/integrate/concepts/rest-api-versioning).
_VERSIONS = {OrganizationKind.SERVICES: "7.0", OrganizationKind.SERVER: "5.0"}


class HttpIdentityDirectory:
    """IdentityDirectory over HTTPS. Thread-safe; close it when the node stops."""

    def __init__(self) -> None:
        self._session = requests.Session()
        # What one organization sets must not be sent to another.
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def identify(self, collection: Collection, access_token: str) -> Person:
        """Return who the bearer is in the collection; raises SessionRefusedError, GatewayUnavailableError."""
        version = {"api-version": f"{_VERSIONS[collection.kind]}-preview"}
        answer = ask(self._session, f"{collection.url}/_apis/connectionData", version, access_token)
        if answer is None:
            raise _unknown(collection)
        return _person(collection, answer)

    def check_administrator(self, collection: Collection, access_token: str, user_id: str) -> AdministratorCheck:
        """Say whether the bearer holds the right "Edit collection-level information".

        Where the token's scopes don't reach the permission, membership in Project Collection Administrators counts.
        """
        path = f"{collection.url}/_apis/permissions/{COLLECTION_NAMESPACE}/{EDIT_COLLECTION}"
        is_granted = self._permission(collection, path, {}, access_token)
        if is_granted is None:
            is_granted = self._membership(collection, access_token, user_id)
        return AdministratorCheck(bool(is_granted), is_granted is not None)

    def rights_on(self, collection: Collection, access_token: str, work_item_id: int) -> WorkItemRights:
        """Return what the bearer may do with a work item; one that can't be read allows nothing."""
        url = f"{collection.url}/_apis/wit/workitems/{work_item_id}"
        parameters = {"fields": "System.TeamProject,System.AreaPath", "api-version": _VERSIONS[collection.kind]}
        answer = ask(self._session, url, parameters, access_token)
        if answer is None or answer.document.get("id") != work_item_id:
            return WorkItemRights(may_read=False, may_edit=False)
        token = self._area_token(collection, access_token, answer.document.get("fields"))
        if token is None:
            return WorkItemRights(may_read=True, may_edit=False)
        path = f"{collection.url}/_apis/permissions/{AREA_NAMESPACE}/{EDIT_WORK_ITEMS}"
        is_granted = self._permission(collection, path, {"tokens": token}, access_token)
        return WorkItemRights(may_read=True, may_edit=bool(is_granted))

    def _permission(
        self, collection: Collection, path: str, parameters: Mapping[str, str], access_token: str
    ) -> bool | None:
        """Return whether one permission is granted, None when Azure DevOps would not say."""
        version = {"alwaysAllowAdministrators": "false", "api-version": _VERSIONS[collection.kind]}
        answer = ask(self._session, path, {**parameters, **version}, access_token)
        value = answer.document.get("value") if answer else None
        return value[0] is True if isinstance(value, list) and len(value) == 1 else None

    def _membership(self, collection: Collection, access_token: str, user_id: str) -> bool | None:
        url = f"{_identity_url(collection)}/_apis/identities/{quote(user_id, safe='')}"
        parameters = {"queryMembership": "Expanded", "api-version": _VERSIONS[collection.kind]}
        answer = ask(self._session, url, parameters, access_token)
        if answer is None or str(answer.document.get("id", "")).lower() != user_id:
            return None
        groups = answer.document.get("memberOf")
        return isinstance(groups, list) and any(_descriptor(group) == ADMINISTRATORS.lower() for group in groups)

    def _area_token(self, collection: Collection, access_token: str, fields: Any) -> str | None:
        """Return the security token of the work item's area: the ids of all nodes from the root down to it.

        https://learn.microsoft.com/azure/devops/organizations/security/namespace-reference
        """
        if not isinstance(fields, dict):
            return None
        project, area = fields.get("System.TeamProject"), fields.get("System.AreaPath")
        if not isinstance(project, str) or not isinstance(area, str) or not project:
            return None
        names = area.split("\\")[1:]
        if len(names) > AREA_DEPTH_LIMIT:
            return None
        root = f"{collection.url}/{quote(project, safe='')}/_apis/wit/classificationnodes/Areas"
        identifiers: list[str] = []
        for depth in range(len(names) + 1):
            url = "/".join([root, *(quote(name, safe="") for name in names[:depth])])
            answer = ask(self._session, url, {"api-version": _VERSIONS[collection.kind]}, access_token)
            identifier = answer.document.get("identifier") if answer else None
            if not isinstance(identifier, str):
                return None
            identifiers.append(f"vstfs:///Classification/Node/{identifier}")
        return ":".join(identifiers)


def _person(collection: Collection, answer: JsonAnswer) -> Person:
    document = answer.document
    user, authorized = document.get("authenticatedUser"), document.get("authorizedUser")
    instance_id = document.get("instanceId")
    if not isinstance(user, dict) or not isinstance(instance_id, str) or not instance_id:
        raise _unknown(collection)
    user_id = str(user.get("id") or "").lower()
    # A public organization answers 200 to everybody, as somebody who is nobody.
    is_somebody = _descriptor(user.get("descriptor")).startswith(_DESCRIPTORS[collection.kind].lower())
    if not is_somebody or user_id in ("", NOBODY) or not _is_same(authorized, user_id):
        raise _unknown(collection)
    deployment = document.get("deploymentType")
    if isinstance(deployment, str) and deployment.lower() != _DEPLOYMENTS[collection.kind]:
        raise _unknown(collection)
    tenant_id = answer.headers.get("x-vss-resourcetenant", "").strip().lower()
    name = user.get("customDisplayName") or user.get("providerDisplayName") or user_id
    return Person(instance_id.lower(), user_id, str(name), "" if tenant_id == NOBODY else tenant_id)


def _is_same(authorized: object, user_id: str) -> bool:
    return isinstance(authorized, dict) and str(authorized.get("id") or "").lower() == user_id


def _descriptor(value: object) -> str:
    """Return a descriptor as text; some answers give it as identityType and identifier."""
    if isinstance(value, dict):
        return f"{value.get('identityType')};{value.get('identifier')}".lower()
    return value.lower() if isinstance(value, str) else ""


def _identity_url(collection: Collection) -> str:
    if urlsplit(collection.url).netloc == SERVICES_HOST:
        return collection.url.replace(f"//{SERVICES_HOST}/", f"//{SERVICES_IDENTITY_HOST}/", 1)
    return collection.url


def _unknown(collection: Collection) -> SessionRefusedError:
    return SessionRefusedError(
        f"{collection.name} does not recognize you as one of its people. Sign in to Azure DevOps again and reload the "
        "page."
    )
