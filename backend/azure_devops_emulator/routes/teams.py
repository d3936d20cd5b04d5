"""The teams of projects."""

from __future__ import annotations

from azure_devops_emulator.answers import Answer, ApiError, Document, bad_argument, listed
from azure_devops_emulator.identities import Right
from azure_devops_emulator.projects import Project, Team
from azure_devops_emulator.routes.projects import editable_project, readable_project
from azure_devops_emulator.routing import Call, RouteTable

routes = RouteTable(scope="vso.project")


@routes.route("GET", "_apis/teams", preview_only=True)
def list_all_teams(call: Call) -> Document:
    """The teams of all projects that the caller may read."""
    readable = [each for each in call.organization.projects.values() if call.identity.may(Right.READ, each.id)]
    return listed(_page(call, [describe_team(call, project, team) for project in readable for team in project.teams]))


@routes.route("GET", "_apis/projects/{project}/teams")
def list_teams(call: Call) -> Document:
    """The teams of a project."""
    project = readable_project(call)
    return listed(_page(call, [describe_team(call, project, team) for team in project.teams]))


@routes.route("GET", "_apis/projects/{project}/teams/{team}")
def read_team(call: Call) -> Document:
    """One team by name or id."""
    project = readable_project(call)
    return describe_team(call, project, _team(call, project))


@routes.route("POST", "_apis/projects/{project}/teams", scope="vso.project_manage")
def create_team(call: Call) -> Answer:
    """Make a team."""
    project = editable_project(call)
    name = call.object().get("name")
    if not isinstance(name, str) or not name.strip() or project.find_team(name):
        raise bad_argument("The team needs a name that no other team of the project has.")
    team = Team(name.strip())
    project.teams.append(team)
    return Answer(describe_team(call, project, team), 201)


@routes.route("DELETE", "_apis/projects/{project}/teams/{team}", scope="vso.project_manage")
def delete_team(call: Call) -> Answer:
    """Delete a team; the default team stays."""
    project = editable_project(call)
    team = _team(call, project)
    if team is project.default_team:
        raise bad_argument(f"{team.name} is the default team of {project.name}; it cannot be deleted.")
    project.teams.remove(team)
    return Answer(status=204)


@routes.route("GET", "_apis/projects/{project}/teams/{team}/members")
def list_members(call: Call) -> Document:
    """The members of a team: everybody who may write in its project."""
    project = readable_project(call)
    team = _team(call, project)
    people = call.organization.identities.values()
    return listed(
        {
            "identity": person.reference(call.organization_url),
            "isTeamAdmin": team is project.default_team and person.is_administrator,
        }
        for person in people
        if person.may(Right.WRITE, project.id)
    )


def describe_team(call: Call, project: Project, team: Team) -> Document:
    """A team as the service describes it."""
    return {
        "id": team.id,
        "name": team.name,
        "url": f"{call.organization_url}/_apis/projects/{project.id}/teams/{team.id}",
        "description": "The default project team." if team is project.default_team else "",
        "identityUrl": f"{call.organization_url}/_apis/Identities/{team.id}",
        "projectName": project.name,
        "projectId": project.id,
    }


def _team(call: Call, project: Project) -> Team:
    name = call.parameters["team"]
    team = project.find_team(name)
    if team is None:
        raise ApiError(404, "TeamNotFoundException", f"The team with id '{name}' does not exist.")
    return team


def _page(call: Call, rows: list[Document]) -> list[Document]:
    start = call.query.integer("$skip", 0) or 0
    size = call.query.integer("$top")
    return rows[start : None if size is None else start + size]
