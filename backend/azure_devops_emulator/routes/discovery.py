"""How clients learn which resources there are and where: resource locations and resource areas.

Every location of the reference is named, also where the emulator has no route: a caller then gets its 501, which says
more than a client's own complaint about a location that is not registered.
"""

from __future__ import annotations

from azure_devops_emulator.answers import ApiError, Document, listed
from azure_devops_emulator.data import resource_areas, resource_locations
from azure_devops_emulator.routing import Call, RouteTable

routes = RouteTable()


@routes.route("OPTIONS", "_apis")
def list_locations(_call: Call) -> Document:
    """Every resource location; the Python client asks for these."""
    return listed(resource_locations())


@routes.route("OPTIONS", "_apis/{area}")
def list_locations_of_area(call: Call) -> Document:
    """The resource locations of one area; the Node client asks for these."""
    area = call.parameters["area"].lower()
    return listed(row for row in resource_locations() if row["area"].lower() == area)


@routes.route("GET", "_apis/ResourceAreas", preview_only=True)
def list_areas(call: Call) -> Document:
    """The areas with their addresses: all here on Services, none on Server, where clients keep to their base URL."""
    return listed(_areas(call))


@routes.route("GET", "_apis/ResourceAreas/{id}", preview_only=True)
def read_area(call: Call) -> Document:
    """One area by id."""
    wanted = call.parameters["id"].lower()
    for area in _areas(call):
        if area["id"] == wanted:
            return area
    raise ApiError(404, "VssResourceNotFoundException", f"There is no resource area {call.parameters['id']} here.")


def _areas(call: Call) -> list[Document]:
    if call.organization.is_server:
        return []
    return [{**row, "locationUrl": f"{call.organization_url}/"} for row in resource_areas()]
