import pytest
from tests.unit.azure_devops_emulator.callers import Caller, Place

from azure_devops_emulator.identities import Role
from azure_devops_emulator.tenants import tenant_id

PATH = "_apis/connectionData"


def test_the_caller_and_the_organization_are_named(services: Place) -> None:
    data = services.administrator.clients.get_location_client().get_connection_data()
    person = services.organization.administrator
    assert data.instance_id == services.organization.instance_id
    assert data.deployment_type == "hosted"
    assert data.authenticated_user.id == data.authorized_user.id == person.id
    assert data.authenticated_user.subject_descriptor == person.subject_descriptor
    assert data.authenticated_user.provider_display_name == person.display_name
    assert data.authenticated_user.properties["Account"]["$value"] == person.unique_name


def test_services_has_claims_identities_of_its_tenant(services: Place) -> None:
    answer = services.administrator("GET", PATH)
    tenant = tenant_id(services.organization)
    unique_name = services.organization.administrator.unique_name
    descriptor = answer.body["authenticatedUser"]["descriptor"]
    assert descriptor == f"Microsoft.IdentityModel.Claims.ClaimsIdentity;{tenant}\\{unique_name}"
    assert answer.headers["x-vss-resourcetenant"] == tenant
    assert answer.headers["x-vss-userdata"] == f"{services.organization.administrator.id}:{unique_name}"


def test_server_has_windows_identities_and_no_tenant(on_premises: Place) -> None:
    answer = on_premises.administrator("GET", PATH)
    assert answer.body["authenticatedUser"]["descriptor"].startswith("System.Security.Principal.WindowsIdentity;S-1-5-")
    assert answer.body["deploymentType"] == "onPremises"
    assert "x-vss-resourcetenant" not in answer.headers


def test_two_callers_are_two_people(services: Place) -> None:
    reader = services.caller(Role.READER)
    mine, theirs = reader.get(PATH)["authenticatedUser"], services.administrator.get(PATH)["authenticatedUser"]
    assert mine["providerDisplayName"] == "reader person"
    assert mine["id"] != theirs["id"]


@pytest.mark.parametrize("token", [None, "wrong"])
def test_a_private_organization_refuses_strangers(services: Place, token: str | None) -> None:
    answer = Caller(services.url, token)("GET", PATH, **{"X-TFS-FedAuthRedirect": "Suppress"})
    assert (answer.status, answer.content) == (401, b"")


@pytest.mark.parametrize("token", [None, "wrong"])
def test_a_public_organization_answers_strangers_as_anonymous(services: Place, token: str | None) -> None:
    services.project.visibility = "public"
    person = Caller(services.url, token).get(PATH)["authenticatedUser"]
    assert person["descriptor"].startswith("System:PublicAccess;")
    assert person["providerDisplayName"] == "Anonymous"


def test_it_is_a_preview_at_every_version(services: Place) -> None:
    assert services.administrator("GET", f"{PATH}?api-version=7.1").status == 400
    assert services.administrator("GET", f"{PATH}?api-version=7.1-preview").status == 200
