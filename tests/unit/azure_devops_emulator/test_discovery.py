from tests.unit.azure_devops_emulator.callers import Place

from azure_devops_emulator.data import resource_areas, resource_locations

CORE_AREA = "79134c72-4a58-4b42-976c-04e7115f32bf"
GRAPH_AREA = "bb1e7ec9-e901-4b68-999a-de7012b920f8"
IMS_AREA = "8a3d49b8-91f0-46ef-b33d-dda338c25db3"


def test_the_root_names_every_resource_location(services: Place) -> None:
    answer = services.administrator("OPTIONS", "_apis").body
    assert answer["count"] == len(answer["value"]) == len(resource_locations())
    keys = {"id", "area", "resourceName", "routeTemplate", "resourceVersion", "minVersion", "maxVersion"}
    assert all(keys | {"releasedVersion"} == set(row) for row in answer["value"])


def test_an_area_names_its_own_locations_in_any_letter_case(services: Place) -> None:
    answer = services.administrator("OPTIONS", "_apis/WIT").body
    assert {row["area"] for row in answer["value"]} == {"wit"}
    assert answer["count"] == sum(row["area"] == "wit" for row in resource_locations())
    assert services.administrator("OPTIONS", "_apis/nothing").body == {"count": 0, "value": []}


def test_services_places_every_area_at_this_emulator(services: Place) -> None:
    areas = services.administrator.get("_apis/ResourceAreas?api-version=7.1-preview.1")["value"]
    assert len(areas) == len(resource_areas())
    assert {area["locationUrl"] for area in areas} == {f"{services.url}/"}
    assert {CORE_AREA, GRAPH_AREA, IMS_AREA} <= {area["id"] for area in areas}


def test_server_has_no_areas_so_that_clients_keep_their_base_url(on_premises: Place) -> None:
    assert on_premises.administrator.get("_apis/resourceareas") == {"count": 0, "value": []}
    assert on_premises.administrator.clients.get_core_client().get_projects()[0].name == "Fabrikam"


def test_one_area_is_found_by_id(services: Place) -> None:
    area = services.administrator.clients.get_location_client().get_resource_area(CORE_AREA)
    assert (area.name, area.location_url) == ("core", f"{services.url}/")
    missing = services.administrator("GET", "_apis/ResourceAreas/8ccfef3d-2b87-4e99-8ccb-66e343d2daa8")
    assert missing.status == 404


def test_locations_and_areas_need_a_credential(services: Place) -> None:
    stranger = type(services.administrator)(services.url, "wrong")
    assert stranger("OPTIONS", "_apis").status == stranger("GET", "_apis/ResourceAreas").status == 401


def test_a_route_that_the_emulator_does_not_have_says_so(services: Place) -> None:
    answer = services.administrator("GET", "_apis/work/processes")
    assert answer.status == 501
    assert b"_apis/work/processes" in answer.content
