import pytest
from azure.devops.v7_1.security.models import PermissionEvaluation, PermissionEvaluationBatch
from tests.unit.azure_devops_emulator.callers import Caller, Place

from azure_devops_emulator.identities import Identity, Right, Role

COLLECTION = "3e65f728-f8bc-4ecd-8764-7e378b19bfa7"
PROJECT = "52d39943-cb85-4d7f-8fa8-c6baac873819"
AREA = "83e28ad4-2d72-4ceb-97b0-c7726d5502c3"
HOOKS = "cb594ebe-87dd-4fc9-ac2c-6a10a4c92046"
NOWHERE = "066488b8-b14e-43d1-befc-a2e655266e2b"


def evaluate(caller: Caller, namespace: str, bits: int, token: str = "", always: bool = False) -> bool:
    evaluation = PermissionEvaluation(security_namespace_id=namespace, token=token, permissions=bits)
    batch = PermissionEvaluationBatch(always_allow_administrators=always, evaluations=[evaluation])
    [answer] = caller.clients.get_security_client().has_permissions_batch(batch).evaluations
    value: bool = answer.value
    return value


def area_token(place: Place) -> str:
    return f"vstfs:///Classification/Node/{place.project.areas.identifier}"


@pytest.mark.parametrize(
    ("role", "value"), [(Role.ADMINISTRATOR, True), (Role.CONTRIBUTOR, False), (Role.READER, False)]
)
def test_only_collection_administrators_may_edit_the_collection(services: Place, role: Role, value: bool) -> None:
    caller = services.caller(role)
    assert evaluate(caller, COLLECTION, 2, "NAMESPACE:") is value
    assert caller.clients.get_security_client().has_permissions(COLLECTION, 2) == [value]
    tokens = caller.clients.get_security_client().has_permissions(
        COLLECTION, 2, tokens="NAMESPACE:", always_allow_administrators=False
    )
    assert tokens == [value]


def test_several_tokens_are_answered_in_their_order(services: Place) -> None:
    other = services.organization.add_project("Other", "Agile")
    person = Identity("Cleo", "cleo@people.example", project_rights={other.id: frozenset({Right.READ})})
    client = services.caller_as(person).clients.get_security_client()
    tokens = [f"$PROJECT:vstfs:///Classification/TeamProject/{each.id}:" for each in (services.project, other)]
    assert client.has_permissions(PROJECT, 8192, tokens=",".join(tokens)) == [True, False]
    assert client.has_permissions(PROJECT, 8192, tokens="|".join(reversed(tokens)), delimiter="|") == [False, True]


@pytest.mark.parametrize(
    ("bits", "role", "value"),
    [
        (16, Role.READER, True),
        (32, Role.READER, False),
        (48, Role.CONTRIBUTOR, True),
        (48, Role.READER, False),
        (16, Role.OUTSIDER, False),
        (1 << 20, Role.ADMINISTRATOR, False),
    ],
)
def test_work_items_are_read_and_written_by_area(services: Place, bits: int, role: Role, value: bool) -> None:
    assert evaluate(services.caller(role), AREA, bits, area_token(services)) is value


def test_an_area_below_the_root_counts_for_its_project(services: Place) -> None:
    child = services.organization.add_node(services.project.areas, "Web")
    rights = {services.project.id: frozenset({Right.READ})}
    caller = services.caller_as(Identity("Cleo", "cleo@people.example", project_rights=rights))
    token = f"{area_token(services)}:vstfs:///Classification/Node/{child.identifier}"
    assert evaluate(caller, AREA, 16, token)
    assert not evaluate(caller, AREA, 32, token)


@pytest.mark.parametrize(("bits", "right"), [(1048576, Right.BYPASS_RULES), (2097152, Right.SUPPRESS_NOTIFICATIONS)])
def test_special_rights_are_asked_for_by_project(services: Place, bits: int, right: Right) -> None:
    token = f"$PROJECT:vstfs:///Classification/TeamProject/{services.project.id}"
    for rights, value in ((frozenset({right}), True), (frozenset({Right.READ, Right.WRITE}), False)):
        person = Identity("Cleo", "cleo@people.example", project_rights={services.project.id: rights})
        assert evaluate(services.caller_as(person), PROJECT, bits, token) is value


def test_hooks_are_viewed_by_contributors_and_edited_by_administrators(services: Place) -> None:
    token = f"PublisherSecurity/{services.project.id}"
    contributor = services.caller(Role.CONTRIBUTOR)
    assert evaluate(contributor, HOOKS, 1, token)
    assert not evaluate(contributor, HOOKS, 2, token)
    assert evaluate(services.administrator, HOOKS, 7, "PublisherSecurity")


def test_nobody_has_rights_on_what_is_not_there_unless_administrators_always_have(services: Place) -> None:
    token = f"$PROJECT:vstfs:///Classification/TeamProject/{NOWHERE}"
    assert not evaluate(services.administrator, PROJECT, 1, token)
    assert evaluate(services.administrator, PROJECT, 1, token, always=True)
    assert not evaluate(services.caller(Role.CONTRIBUTOR), PROJECT, 1, token, always=True)


def test_keys_of_a_batch_are_read_in_any_letter_case(services: Place) -> None:
    body = {
        "alwaysallowadministrators": False,
        "evaluations": [{"securitynamespaceid": COLLECTION, "token": "NAMESPACE:", "permissions": 2}],
    }
    answer = services.administrator("POST", "_apis/security/permissionevaluationbatch?api-version=7.1", body).body
    [evaluation] = answer["evaluations"]
    assert evaluation == {
        "securityNamespaceId": COLLECTION,
        "token": "NAMESPACE:",
        "permissions": 2,
        "value": True,
    }


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"evaluations": ["text"]}, 400),
        ({"evaluations": [{"securityNamespaceId": COLLECTION, "permissions": "2"}]}, 400),
        ({"evaluations": [{"securityNamespaceId": NOWHERE, "permissions": 2}]}, 404),
    ],
)
def test_a_batch_that_cannot_be_evaluated_is_refused(services: Place, body: object, status: int) -> None:
    path = "_apis/security/permissionevaluationbatch?api-version=7.1"
    assert services.administrator("POST", path, body).status == status


def test_namespaces_describe_their_bits(services: Place) -> None:
    client = services.administrator.clients.get_security_client()
    assert {each.name for each in client.query_security_namespaces()} >= {
        "Collection",
        "Project",
        "CSS",
        "ServiceHooks",
    }
    [namespace] = client.query_security_namespaces(HOOKS)
    assert {action.bit: action.name for action in namespace.actions}[2] == "EditSubscriptions"
    assert services.administrator("GET", f"_apis/securitynamespaces/{NOWHERE}").status == 404
