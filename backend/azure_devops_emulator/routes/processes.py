"""The processes that a project can have."""

from __future__ import annotations

from azure_devops_emulator.answers import ApiError, Document, listed
from azure_devops_emulator.processes import Process, all_processes, find_process
from azure_devops_emulator.routing import Call, RouteTable

routes = RouteTable(scope="vso.work")
_DEFAULT = "Agile"


@routes.route("GET", "_apis/process/processes")
def list_processes(call: Call) -> Document:
    """Every process."""
    return listed(_describe(call, each) for each in all_processes().values())


@routes.route("GET", "_apis/process/processes/{id}")
def read_process(call: Call) -> Document:
    """One process by id."""
    process = find_process(call.parameters["id"])
    if process is None:
        message = f"TF402362: There is no process {call.parameters['id']}."
        raise ApiError(404, "ProcessTemplateTypeNotFoundException", message)
    return _describe(call, process)


def _describe(call: Call, process: Process) -> Document:
    url = f"{call.organization_url}/_apis/process/processes/{process.id}"
    return {
        "id": process.id,
        "description": f"The {process.name} process.",
        "isDefault": process.name == _DEFAULT,
        "_links": {"self": {"href": url}},
        "type": "system",
        "url": url,
        "name": process.name,
    }
