import pytest

from azure_devops_emulator.answers import Answer
from azure_devops_emulator.routes import all_routes
from azure_devops_emulator.routing import ApiVersion, Call, Query, Router, RouteTable


def answer(_: Call) -> Answer:
    return Answer()


def router(*templates: str) -> Router:
    table = RouteTable()
    for template in templates:
        table.route("GET", template)(answer)
    return Router(table)


def found(routes: Router, path: str) -> tuple[str, dict[str, str], tuple[str, ...]] | None:
    match = routes.find("GET", tuple(path.split("/")))
    return (match.route.template, match.parameters, match.owner) if match else None


BOTH = "[{project}/]_apis/wit/workItems/{id}"
TYPED = "{project}/_apis/wit/workItems/${type}"
TEAM = "[{project}/][{team}/]_apis/wit/wiql"
REST = "_apis/projects/{*id}"


def test_a_path_finds_its_template_in_any_letter_case() -> None:
    routes = router(BOTH, TYPED, TEAM, REST)
    assert found(routes, "_apis/WIT/workitems/7") == (BOTH, {"id": "7"}, ())
    assert found(routes, "My Project/_apis/wit/workItems/7") == (BOTH, {"id": "7"}, ("My Project",))
    assert found(routes, "P/_apis/wit/workItems/$User Story") == (TYPED, {"type": "User Story"}, ("P",))
    assert found(routes, "P/T/_apis/wit/wiql") == (TEAM, {}, ("P", "T"))
    assert found(routes, "_apis/projects/a/b") == (REST, {"id": "a/b"}, ())


@pytest.mark.parametrize(
    "path", ["_apis/wit/workItems/$Bug/x", "P/T/_apis/wit/workItems/7", "_apis/wit", "", "_apis/wit/workItems/7/"]
)
def test_a_path_of_another_shape_finds_nothing(path: str) -> None:
    assert found(router(BOTH, TYPED, TEAM, REST), path) is None


def test_a_literal_goes_before_a_parameter() -> None:
    routes = router("_apis/x/{id}/more", "_apis/x/list")
    assert found(routes, "_apis/x/list") == ("_apis/x/list", {}, ())
    assert found(routes, "_apis/x/list/more") == ("_apis/x/{id}/more", {"id": "list"}, ())


def test_parameters_have_the_names_of_their_own_template() -> None:
    routes = router("_apis/x/{one}/a", "_apis/x/{other}/b")
    assert found(routes, "_apis/x/1/b") == ("_apis/x/{other}/b", {"other": "1"}, ())


def test_two_functions_for_one_path_are_an_error() -> None:
    with pytest.raises(ValueError, match="Two functions"):
        router(BOTH, "_apis/wit/workItems/{number}")


def test_the_routes_of_the_emulator_fit_together() -> None:
    routes = list(all_routes())
    assert len(routes) > 60
    Router(routes)


@pytest.mark.parametrize("text", ["1.0", "7.1", "7.1-preview", "7.1-preview.3", "5.0-preview.12"])
def test_a_version_is_read_and_spelled_again(text: str) -> None:
    assert str(ApiVersion.parse(text)) == text


@pytest.mark.parametrize("text", ["", "7", "latest", "7.1-beta", "7.1-preview."])
def test_what_is_no_version_is_none(text: str) -> None:
    assert ApiVersion.parse(text) is None


def test_query_parameters_have_names_in_any_letter_case() -> None:
    query = Query("IDS=1,2,%203&%24expand=All&flag=TRUE&empty=")
    assert query.list("ids") == ["1", "2", "3"]
    assert query.get("$Expand") == "All"
    assert query.flag("Flag")
    assert "empty" in query
    assert query.get("empty", "default") == "default"
    assert query.integer("missing", 7) == 7
