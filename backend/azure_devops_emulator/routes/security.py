"""What the caller may do: the same rights that the other routes enforce, asked for by namespace, bits and token."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from azure_devops_emulator.answers import ApiError, Document, bad_argument, listed
from azure_devops_emulator.organizations import Organization
from azure_devops_emulator.routing import Call, RouteTable
from azure_devops_emulator.security_namespaces import NAMESPACES, SecurityNamespace

routes = RouteTable()
_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


@routes.route("POST", "_apis/security/permissionevaluationbatch")
def evaluate_batch(call: Call) -> Document:
    """Each evaluation of the body with its `value`."""
    body = _lower_case_keys(call.object())
    administrators = bool(body.get("alwaysallowadministrators"))
    evaluations = body.get("evaluations")
    if not isinstance(evaluations, list):
        raise bad_argument("The body needs a list of evaluations.")
    values = [_evaluate_entry(call, entry, administrators) for entry in evaluations]
    return {"alwaysAllowAdministrators": administrators, "evaluations": values}


@routes.route("GET", "_apis/permissions/{namespace}/{bits}")
def evaluate_tokens(call: Call) -> Document:
    """Whether the caller has the bits on each token; on the namespace's root when none is given."""
    namespace = _namespace(call.parameters["namespace"])
    bits = call.integer("bits")
    tokens = call.query.get("tokens").split(call.query.get("delimiter", ","))
    administrators = call.query.flag("alwaysAllowAdministrators")
    return listed(_is_allowed(call, namespace, token, bits, administrators) for token in tokens)


@routes.route("GET", "_apis/securitynamespaces")
def list_namespaces(_call: Call) -> Document:
    """Every namespace that the emulator knows."""
    return listed(each.as_document() for each in NAMESPACES.values())


@routes.route("GET", "_apis/securitynamespaces/{namespace}")
def read_namespace(call: Call) -> Document:
    """A list of the one namespace."""
    return listed([_namespace(call.parameters["namespace"]).as_document()])


def _evaluate_entry(call: Call, entry: Any, administrators: bool) -> Document:
    if not isinstance(entry, Mapping):
        raise bad_argument("An evaluation must be a JSON object.")
    row = _lower_case_keys(entry)
    token, bits = row.get("token") or "", row.get("permissions")
    if not isinstance(token, str) or isinstance(bits, bool) or not isinstance(bits, int):
        raise bad_argument("An evaluation needs securityNamespaceId, token and permissions (a number).")
    namespace = _namespace(str(row.get("securitynamespaceid") or ""))
    return {
        "securityNamespaceId": namespace.id,
        "token": token,
        "permissions": bits,
        "value": _is_allowed(call, namespace, token, bits, administrators),
    }


def _lower_case_keys(document: Mapping[str, Any]) -> dict[str, Any]:
    return {name.lower(): value for name, value in document.items()}


def _namespace(name: str) -> SecurityNamespace:
    namespace = NAMESPACES.get(name.lower())
    if namespace is None:
        raise ApiError(
            404,
            "InvalidSecurityNamespaceException",
            f"The emulator does not have the security namespace '{name}'.",
            type_name="Microsoft.TeamFoundation.Framework.Server.InvalidSecurityNamespaceException,"
            " Microsoft.TeamFoundation.Framework.Server",
        )
    return namespace


def _is_allowed(call: Call, namespace: SecurityNamespace, token: str, bits: int, administrators: bool) -> bool:
    if administrators and call.identity.is_administrator:
        return True
    rights = namespace.rights(bits)
    if rights is None:
        return False
    scopes = _scopes(call.organization, token)
    return bool(scopes) and all(call.identity.may(right, scope) for right in rights for scope in scopes)


def _scopes(organization: Organization, token: str) -> list[str | None]:
    """What a token means: projects by id, named themselves or by an area or iteration, or None for the collection.

    Empty for a token that names something that is not there: nobody has rights on that.
    """
    named = [each.lower() for each in _GUID.findall(token) if each.lower() != organization.instance_id]
    if not named:
        return [None]
    return [found for each in named if (found := _project_of(organization, each))]


def _project_of(organization: Organization, identifier: str) -> str | None:
    if identifier in organization.projects:
        return identifier
    for project in organization.projects.values():
        nodes = [*project.areas.walk(), *project.iterations.walk()]
        if any(node.identifier == identifier for node in nodes):
            return project.id
    return None
