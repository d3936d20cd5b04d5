"""What trying a credential finds out, against the emulator's people and tokens."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.contract.gateway.stages import COLLECTION, PROJECT, SERVICES, make_gateway, open_emulator
from tests.unit.adapters.azure_devops.token_service import TokenService

from adnode.adapters.azure_devops.checks import READ_WORK_ITEMS, SEE_PROJECTS, WRITE_WORK_ITEMS
from adnode.adapters.azure_devops.credentials import make_sign_in
from adnode.adapters.azure_devops.gateway import AzureDevOpsGateway
from adnode.adapters.azure_devops.pacing import Pace
from adnode.domain.errors import AuthenticationFailedError, MissingRightError
from adnode.domain.organization import OrganizationKind, OrganizationReport, ServicePrincipal
from adnode.domain.work_item import TITLE, WorkItemWrite
from azure_devops_emulator.identities import Identity, Role
from azure_devops_emulator.server import EmulatorServer

ALL_SCOPES = ("vso.work_write", "vso.project")


@pytest.fixture
def emulator() -> Iterator[EmulatorServer]:
    with open_emulator() as server:
        yield server


def check(emulator: EmulatorServer, token: str) -> OrganizationReport:
    gateway = make_gateway(f"{emulator.url}/{SERVICES}", token)
    try:
        return gateway.check()
    finally:
        gateway.close()


def add(
    emulator: EmulatorServer, token: str, *scopes: str, role: Role = Role.CONTRIBUTOR, revoked: bool = False
) -> None:
    organization = emulator.landscape.organization(SERVICES)
    identity = Identity("Some Body", f"{token}@contract.example", role)
    organization.add_token(token, identity, scopes=scopes or ("full",), revoked=revoked)


def missing(report: OrganizationReport) -> set[str]:
    return {right.name for right in report.missing}


def test_a_token_with_just_the_scopes_it_needs_has_every_right(emulator: EmulatorServer) -> None:
    add(emulator, "narrow", *ALL_SCOPES)
    report = check(emulator, "narrow")
    assert {right.name for right in report.rights} == {SEE_PROJECTS, READ_WORK_ITEMS, WRITE_WORK_ITEMS}
    assert missing(report) == set()
    assert report.identity == "Some Body"


def test_checking_leaves_nothing_behind(emulator: EmulatorServer) -> None:
    add(emulator, "narrow", *ALL_SCOPES)
    check(emulator, "narrow")
    assert emulator.landscape.statistics.document()["revisions_written"] == 0


@pytest.mark.parametrize(
    ("scopes", "expected"),
    [
        (("vso.work", "vso.project"), {WRITE_WORK_ITEMS}),
        (("vso.work_write",), {SEE_PROJECTS}),
        (("vso.work",), {SEE_PROJECTS, WRITE_WORK_ITEMS}),
        (("vso.project",), {READ_WORK_ITEMS, WRITE_WORK_ITEMS}),
        (("vso.code",), {SEE_PROJECTS, READ_WORK_ITEMS, WRITE_WORK_ITEMS}),
    ],
)
def test_each_missing_scope_is_named_with_its_remedy(
    emulator: EmulatorServer, scopes: tuple[str, ...], expected: set[str]
) -> None:
    add(emulator, "narrow", *scopes)
    report = check(emulator, "narrow")
    assert missing(report) == expected
    assert all("scope" in right.remedy for right in report.missing)


def test_a_reader_may_not_write(emulator: EmulatorServer) -> None:
    add(emulator, "reader", role=Role.READER)
    assert missing(check(emulator, "reader")) == {WRITE_WORK_ITEMS}


def test_an_outsider_sees_no_project(emulator: EmulatorServer) -> None:
    add(emulator, "outsider", role=Role.OUTSIDER)
    assert SEE_PROJECTS in missing(check(emulator, "outsider"))


@pytest.mark.parametrize("token", ["no-such-token", "revoked"])
def test_a_token_that_opens_nothing_is_refused(emulator: EmulatorServer, token: str) -> None:
    add(emulator, "revoked", revoked=True)
    with pytest.raises(AuthenticationFailedError):
        check(emulator, token)


def test_nobody_is_not_let_in_by_a_public_project(emulator: EmulatorServer) -> None:
    organization = emulator.landscape.organization(SERVICES)
    organization.project(PROJECT).visibility = "public"
    with pytest.raises(AuthenticationFailedError):
        check(emulator, "no-such-token")


def test_a_token_of_another_organization_is_refused(emulator: EmulatorServer) -> None:
    emulator.landscape.organization(COLLECTION).add_token("foreign", Identity("For Eign", "foreign@contract.example"))
    with pytest.raises(MissingRightError, match="enter the organization"):
        check(emulator, "foreign")


def test_a_write_without_the_right_names_it(emulator: EmulatorServer) -> None:
    add(emulator, "reader", role=Role.READER)
    gateway = make_gateway(f"{emulator.url}/{SERVICES}", "reader")
    [outcome] = gateway.write_work_items([WorkItemWrite(PROJECT, {TITLE: "x"}, type_name="Task")])
    gateway.close()
    assert isinstance(outcome.error, MissingRightError)
    assert "write work items" in str(outcome.error.details["right"])


def test_a_service_principal_is_let_in(
    emulator: EmulatorServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    organization = emulator.landscape.organization(SERVICES)
    organization.add_token("token-1", Identity("Principal", "principal@contract.example"), kind="bearer")
    with TokenService(tmp_path) as tokens:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tokens.certificate_file))
        credential = ServicePrincipal("contoso", "client", client_secret="secret", authority=tokens.url)
        url = f"{emulator.url}/{SERVICES}"
        gateway = AzureDevOpsGateway(url, make_sign_in(credential), Pace(), OrganizationKind.SERVICES)
        report = gateway.check()
        gateway.close()
    assert (report.identity, report.missing) == ("Principal", ())
    assert len(tokens.asked) == 1
