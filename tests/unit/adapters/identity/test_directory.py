"""Asking Azure DevOps who somebody is: everything that is no clear answer is no."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.contract.identity.fake_azure_devops import JSON, FakeAnswer, FakeAzureDevOps, FakePerson, serve

from adnode.adapters.identity.directory import HttpIdentityDirectory
from adnode.adapters.identity.json_answers import BODY_LIMIT_BYTES
from adnode.domain.errors import GatewayUnavailableError, SessionRefusedError
from adnode.domain.organization import OrganizationKind
from adnode.domain.session import Collection
from adnode.ports.identity import AdministratorCheck, WorkItemRights

USER = "33333333-3333-3333-3333-333333333333"
HTML = {"Content-Type": "text/html; charset=utf-8"}
WHO = "/_apis/connectionData"
RIGHT = "/_apis/permissions/3e65f728"


@pytest.fixture
def fake() -> Iterator[FakeAzureDevOps]:
    with serve(FakeAzureDevOps(people={"token": FakePerson(USER, permission=True)})) as served:
        yield served


@pytest.fixture
def directory() -> Iterator[HttpIdentityDirectory]:
    made = HttpIdentityDirectory()
    yield made
    made.close()


@pytest.mark.parametrize(
    "answer",
    [
        FakeAnswer(203, b"<html>Sign in</html>", HTML),
        FakeAnswer(200, b"<html>Sign in</html>", HTML),
        FakeAnswer(203, b'{"instanceId": "x"}'),
        FakeAnswer(302, b"", {"Location": "https://evil.example/"}),
        FakeAnswer(401, b"{}"),
        FakeAnswer(403, b"{}"),
        FakeAnswer(404, b"{}"),
        FakeAnswer(204, b"", {}),
        FakeAnswer(200, b"", {"Content-Type": JSON}),
        FakeAnswer(200, b"[]"),
        FakeAnswer(200, b"{"),
        FakeAnswer(200, b"[" * 100_000),
        FakeAnswer(200, b"{}"),
        FakeAnswer(200, json.dumps({"x": "y" * BODY_LIMIT_BYTES}).encode()),
    ],
)
def test_only_a_json_document_with_status_200_counts(
    fake: FakeAzureDevOps, directory: HttpIdentityDirectory, answer: FakeAnswer
) -> None:
    fake.instead[WHO] = answer
    with pytest.raises(SessionRefusedError):
        directory.identify(fake.collection, "token")


def test_redirects_are_not_followed(fake: FakeAzureDevOps, directory: HttpIdentityDirectory) -> None:
    fake.instead[WHO] = FakeAnswer(302, b"", {"Location": f"{fake.url}/elsewhere"})
    with pytest.raises(SessionRefusedError):
        directory.identify(fake.collection, "token")
    assert [path for path, _, _ in fake.seen] == [f"/fabrikam{WHO}"]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_failing_azure_devops_is_not_the_persons_fault(
    fake: FakeAzureDevOps, directory: HttpIdentityDirectory, status: int
) -> None:
    fake.instead[WHO] = FakeAnswer(status, b"{}")
    with pytest.raises(GatewayUnavailableError):
        directory.identify(fake.collection, "token")


def test_nobody_there_is_not_the_persons_fault(directory: HttpIdentityDirectory) -> None:
    nowhere = Collection("http://127.0.0.1:9/fabrikam", "fabrikam", OrganizationKind.SERVICES)
    with pytest.raises(GatewayUnavailableError):
        directory.identify(nowhere, "token")


def other_user(document: dict[str, Any]) -> None:
    document["authorizedUser"]["id"] = "99999999-9999-9999-9999-999999999999"


def no_authorized_user(document: dict[str, Any]) -> None:
    del document["authorizedUser"]


def windows_identity(document: dict[str, Any]) -> None:
    document["authenticatedUser"]["descriptor"] = "System.Security.Principal.WindowsIdentity;S-1-5-21"


def service_identity(document: dict[str, Any]) -> None:
    document["authenticatedUser"]["descriptor"] = "Microsoft.TeamFoundation.ServiceIdentity;x"


def on_premises(document: dict[str, Any]) -> None:
    document["deploymentType"] = "onPremises"


def nobody(document: dict[str, Any]) -> None:
    for name in ("authenticatedUser", "authorizedUser"):
        document[name]["id"] = "00000000-0000-0000-0000-000000000000"


def no_instance(document: dict[str, Any]) -> None:
    document["instanceId"] = ""


@pytest.mark.parametrize(
    "change", [other_user, no_authorized_user, windows_identity, service_identity, on_premises, nobody, no_instance]
)
def test_answers_about_anybody_but_a_signed_in_person_are_refused(
    fake: FakeAzureDevOps, directory: HttpIdentityDirectory, change: Callable[[dict[str, Any]], None]
) -> None:
    fake.change = change
    with pytest.raises(SessionRefusedError):
        directory.identify(fake.collection, "token")


def test_a_public_organization_does_not_make_strangers_somebody(
    fake: FakeAzureDevOps, directory: HttpIdentityDirectory
) -> None:
    fake.is_public = True
    with pytest.raises(SessionRefusedError):
        directory.identify(fake.collection, "bogus")


def test_a_tenant_of_zeros_is_none(fake: FakeAzureDevOps, directory: HttpIdentityDirectory) -> None:
    fake.tenant_id = "00000000-0000-0000-0000-000000000000"
    assert directory.identify(fake.collection, "token").entra_tenant_id == ""


def test_server_people_are_windows_identities(directory: HttpIdentityDirectory) -> None:
    fake = FakeAzureDevOps(kind=OrganizationKind.SERVER, people={"token": FakePerson(USER, permission=True)})
    with serve(fake):
        assert directory.identify(fake.collection, "token").user_id == USER
        assert directory.check_administrator(fake.collection, "token", USER) == AdministratorCheck(is_granted=True)
    assert [query["api-version"] for _, query, _ in fake.seen] == [["5.0-preview"], ["5.0"]]


def test_the_right_is_asked_for_without_the_administrators_bonus(
    fake: FakeAzureDevOps, directory: HttpIdentityDirectory
) -> None:
    directory.check_administrator(fake.collection, "token", USER)
    ((path, query, authorization),) = fake.seen
    assert path == "/fabrikam/_apis/permissions/3e65f728-f8bc-4ecd-8764-7e378b19bfa7/2"
    assert query == {"alwaysAllowAdministrators": ["false"], "api-version": ["7.0"]}
    assert authorization == "Bearer token"


@pytest.mark.parametrize(
    ("is_member", "check"),
    [
        (True, AdministratorCheck(is_granted=True)),
        (False, AdministratorCheck(is_granted=False)),
        (None, AdministratorCheck(is_granted=False, is_known=False)),
    ],
)
def test_membership_counts_where_the_permission_is_out_of_reach(
    fake: FakeAzureDevOps, directory: HttpIdentityDirectory, is_member: bool | None, check: AdministratorCheck
) -> None:
    fake.people["token"] = FakePerson(USER, permission=None, is_member=is_member)
    assert directory.check_administrator(fake.collection, "token", USER) == check


def test_membership_does_not_overrule_a_clear_no(fake: FakeAzureDevOps, directory: HttpIdentityDirectory) -> None:
    fake.people["token"] = FakePerson(USER, permission=False, is_member=True)
    assert directory.check_administrator(fake.collection, "token", USER) == AdministratorCheck(is_granted=False)


@pytest.mark.parametrize("value", [[], [True, True], ["true"], [1], True, None, {"value": True}])
def test_odd_answers_about_the_right_are_no(
    fake: FakeAzureDevOps, directory: HttpIdentityDirectory, value: object
) -> None:
    fake.instead[RIGHT] = FakeAnswer(200, json.dumps({"value": value}).encode())
    assert not directory.check_administrator(fake.collection, "token", USER).is_granted


def test_the_membership_of_somebody_else_does_not_count(
    fake: FakeAzureDevOps, directory: HttpIdentityDirectory
) -> None:
    fake.people["token"] = FakePerson(USER, permission=None, is_member=True)
    fake.instead["/_apis/identities"] = FakeAnswer(200, json.dumps({"id": "other", "memberOf": []}).encode())
    assert not directory.check_administrator(fake.collection, "token", USER).is_known


def test_the_area_is_asked_for_with_all_nodes_above_it(fake: FakeAzureDevOps, directory: HttpIdentityDirectory) -> None:
    fake.people["token"] = FakePerson(USER, readable=frozenset({7}), editable=frozenset({7}))
    assert directory.rights_on(fake.collection, "token", 7) == WorkItemRights(may_read=True, may_edit=True)
    _, query, _ = fake.seen[-1]
    assert query["tokens"] == ["vstfs:///Classification/Node/root:vstfs:///Classification/Node/area-7"]


def test_an_unreadable_area_lets_nobody_edit(fake: FakeAzureDevOps, directory: HttpIdentityDirectory) -> None:
    fake.people["token"] = FakePerson(USER, readable=frozenset({7}), editable=frozenset({7}))
    fake.instead["/Web Shop/_apis/wit/classificationnodes"] = FakeAnswer(404, b"{}")
    assert directory.rights_on(fake.collection, "token", 7) == WorkItemRights(may_read=True, may_edit=False)


@pytest.mark.parametrize("token", ["", "two words", "line\nbreak", "ümlaut", "x" * 20_000])
def test_a_token_that_cannot_be_sent_is_refused_before_anything_is_sent(
    fake: FakeAzureDevOps, directory: HttpIdentityDirectory, token: str
) -> None:
    with pytest.raises(SessionRefusedError):
        directory.identify(fake.collection, token)
    assert fake.seen == []


def test_a_netrc_file_of_this_machine_does_not_replace_the_token(
    fake: FakeAzureDevOps, directory: HttpIdentityDirectory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    directory.identify(fake.collection, "token")
    assert fake.seen[0][2] == "Bearer token"


def test_cookies_are_not_kept(fake: FakeAzureDevOps, directory: HttpIdentityDirectory) -> None:
    fake.instead["/_apis/permissions"] = FakeAnswer(401, b"{}", {"Content-Type": JSON, "Set-Cookie": "who=admin"})
    directory.check_administrator(fake.collection, "token", USER)
    assert list(directory._session.cookies) == []
