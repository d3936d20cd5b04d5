import pytest
from azure.devops.exceptions import AzureDevOpsServiceError
from azure.devops.v7_1.core.models import TeamProject, WebApiTeam
from tests.unit.azure_devops_emulator.callers import Place

from azure_devops_emulator.identities import Identity, Right, Role

SCRUM = "6b724908-ef14-45cf-84f8-768b5384da45"


def test_projects_come_in_pages_with_a_token_in_a_header(services: Place) -> None:
    for name in ("Second", "Third"):
        services.organization.add_project(name, "Basic")
    first = services.administrator("GET", "_apis/projects?$top=2")
    assert [row["name"] for row in first.body["value"]] == ["Fabrikam", "Second"]
    token = first.headers["x-ms-continuationtoken"]
    last = services.administrator("GET", f"_apis/projects?$top=2&continuationToken={token}")
    assert [row["name"] for row in last.body["value"]] == ["Third"]
    assert "x-ms-continuationtoken" not in last.headers
    assert [row["name"] for row in services.administrator.get("_apis/projects?$skip=2")["value"]] == ["Third"]


def test_the_client_goes_on_with_the_token(services: Place) -> None:
    services.organization.add_project("Second", "Basic")
    core = services.administrator.clients.get_core_client()
    assert [project.name for project in core.get_projects(top=1, continuation_token=1)] == ["Second"]


def test_a_project_is_found_by_id_and_by_name_in_any_letter_case(services: Place) -> None:
    core = services.administrator.clients.get_core_client()
    assert core.get_project("FABRIKAM").id == core.get_project(services.project.id).id == services.project.id
    assert core.get_project("Fabrikam").capabilities is None
    capabilities = core.get_project("Fabrikam", include_capabilities=True).capabilities
    assert capabilities["processTemplate"]["templateName"] == "Agile"


def test_an_unknown_project_is_refused_as_recorded(services: Place) -> None:
    answer = services.administrator("GET", "_apis/projects/Nowhere")
    assert answer.status == 404
    assert answer.body["typeKey"] == "ProjectDoesNotExistWithNameException"
    assert answer.body["message"].startswith("TF200016: The following project does not exist: Nowhere.")
    assert "TF200016" in answer.headers["x-tfs-serviceerror"]


def test_a_project_that_may_not_be_read_is_as_if_it_were_not_there(services: Place) -> None:
    secret = services.organization.add_project("Secret", "Agile")
    person = Identity("Cleo", "cleo@people.example", Role.READER, project_rights={secret.id: frozenset()})
    caller = services.caller_as(person)
    assert [row["name"] for row in caller.get("_apis/projects")["value"]] == ["Fabrikam"]
    assert caller("GET", f"_apis/projects/{secret.id}").status == 404


def test_a_project_is_made_changed_and_deleted_by_operations(services: Place) -> None:
    clients = services.administrator.clients
    core, operations = clients.get_core_client(), clients.get_operations_client()
    wanted = TeamProject(
        name="New", description="d", capabilities={"processTemplate": {"templateTypeId": SCRUM}}, visibility="private"
    )
    queued = core.queue_create_project(wanted)
    assert queued.status == "queued"
    assert operations.get_operation(queued.id).status == "succeeded"
    made = core.get_project("New", include_capabilities=True)
    assert (made.description, made.capabilities["processTemplate"]["templateName"]) == ("d", "Scrum")
    core.update_project(TeamProject(name="Renamed"), made.id)
    assert core.get_project(made.id).name == "Renamed"
    core.queue_delete_project(made.id)
    with pytest.raises(AzureDevOpsServiceError, match="TF200016"):
        core.get_project("Renamed")


def test_making_a_project_answers_202_at_once(services: Place) -> None:
    body = {"name": "New", "capabilities": {"processTemplate": {"templateTypeId": SCRUM}}}
    answer = services.administrator("POST", "_apis/projects?api-version=7.1", body)
    assert answer.status == 202
    assert set(answer.body) == {"id", "status", "url"}
    assert services.administrator("POST", "_apis/projects?api-version=7.1", body).status == 400


def test_only_who_may_edit_projects_does(services: Place) -> None:
    caller = services.caller(Role.CONTRIBUTOR)
    assert caller("POST", "_apis/projects?api-version=7.1", {"name": "New"}).status == 403
    assert caller("DELETE", "_apis/projects/Fabrikam?api-version=7.1").status == 403
    assert services.organization.find_project("Fabrikam") is not None


def test_an_operation_that_is_not_there_is_404(services: Place) -> None:
    assert services.administrator("GET", "_apis/operations/066488b8-b14e-43d1-befc-a2e655266e2b").status == 404


def test_processes_are_listed_and_found(services: Place) -> None:
    core = services.administrator.clients.get_core_client()
    assert {each.name for each in core.get_processes()} == {"Agile", "Basic", "CMMI", "Scrum"}
    assert core.get_process_by_id(SCRUM).name == "Scrum"
    assert services.administrator("GET", "_apis/process/processes/nothing").status == 404


def test_a_team_is_made_listed_and_deleted(services: Place) -> None:
    core = services.administrator.clients.get_core_client()
    made = core.create_team(WebApiTeam(name="Second Team"), "Fabrikam")
    assert [team.name for team in core.get_teams("Fabrikam")] == ["Fabrikam Team", "Second Team"]
    assert [team.project_name for team in core.get_all_teams()] == ["Fabrikam", "Fabrikam"]
    assert core.get_team("Fabrikam", "second team").id == made.id
    core.delete_team("Fabrikam", made.id)
    assert services.administrator("GET", f"_apis/projects/Fabrikam/teams/{made.id}").status == 404
    assert (
        services.administrator("DELETE", "_apis/projects/Fabrikam/teams/Fabrikam%20Team?api-version=7.1").status == 400
    )


def test_a_team_consists_of_who_may_write(services: Place) -> None:
    services.caller(Role.READER)
    services.caller_as(
        Identity("Writer", "w@people.example", project_rights={services.project.id: frozenset({Right.WRITE})})
    )
    core = services.administrator.clients.get_core_client()
    members = core.get_team_members_with_extended_properties("Fabrikam", "Fabrikam Team")
    assert {member.identity.display_name for member in members} == {"Ada Admin", "Writer"}
