"""What tests and developers do to an emulator under `/_emulator/`."""

import json
import urllib.error
import urllib.request
from typing import Any

import pytest
from tests.unit.azure_devops_emulator.callers import Caller, Place
from tests.unit.azure_devops_emulator.tracker import Tracker, put, refusal

from azure_devops_emulator.server import EmulatorServer

NAME = "fabrikam-services"


def control(place: Place, method: str, path: str, body: object = None) -> tuple[int, Any]:
    content = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{place.server.url}/_emulator/{path}", method=method, data=content)
    try:
        with urllib.request.urlopen(request, timeout=20) as response:
            text = response.read()
            return response.status, json.loads(text) if text else None
    except urllib.error.HTTPError as error:
        with error:
            text = error.read()
            return error.code, json.loads(text) if text.startswith(b"{") else text


def test_calls_are_counted_by_method_and_route(services: Place, tracker: Tracker) -> None:
    made = tracker.create()["id"]
    tracker.read(made)
    tracker.read(made)
    tracker.ask("GET", "_apis/wit/workItems/4711")
    _, stats = control(services, "GET", "stats")
    assert stats["calls"] == {"GET /_apis/wit/workItems/{id}": 3, "POST /_apis/wit/workItems/${type}": 1}
    assert (stats["calls_total"], stats["answers"]) == (4, {"200": 3, "404": 1})
    assert stats["revisions_written"] == 1
    assert set(stats["attachment_bytes"]) == {"in", "out", "total"}


def test_a_reset_forgets_everything_but_who_the_organization_is(services: Place, tracker: Tracker) -> None:
    made = tracker.create()["id"]
    instance = services.organization.instance_id
    control(services, "POST", "faults", {"status": 500})
    assert control(services, "POST", "reset") == (204, None)
    assert tracker.ask("GET", f"_apis/wit/workItems/{made}").status == 404
    assert services.server.landscape.organization(NAME).instance_id == instance
    assert control(services, "GET", "stats")[1]["calls_total"] == 1
    assert tracker.create()["id"] == 1


def test_seeding_makes_projects_people_and_work_items(services: Place) -> None:
    status, made = control(
        services,
        "POST",
        "seed",
        {
            "organization": NAME,
            "projects": [{"name": "Shop", "process": "CMMI"}],
            "identities": [
                {
                    "displayName": "Rita Reader",
                    "role": "reader",
                    "token": "rita",
                    "rights": {"Shop": ["read", "write"]},
                    "scopes": ["vso.work_write"],
                }
            ],
            "items": [
                {
                    "project": "Shop",
                    "type": "Task",
                    "count": 3,
                    "fields": {"System.Title": "Item {n}", "System.Tags": "seeded"},
                    "comments": ["one of {n}", {"text": "*two*", "format": "markdown"}],
                    "attachments": [{"name": "a.txt", "content": "text"}, {"name": "b.bin", "size": 1000}],
                }
            ],
        },
    )
    assert status == 200
    assert [project["name"] for project in made["projects"]] == ["Shop"]
    rita = Tracker(Caller(services.url, "rita"), "Shop")
    read = rita.read_all(made["items"][2])
    assert (read["fields"]["System.Title"], read["fields"]["System.CommentCount"]) == ("Item 3", 2)
    assert {each["attributes"]["name"] for each in read["relations"]} == {"a.txt", "b.bin"}
    assert [each["text"] for each in rita.comments(read["id"], order="asc")["comments"]] == ["one of 3", "*two*"]
    assert rita.update(read["id"], put("Title", "hers"))["fields"]["System.ChangedBy"]["displayName"] == "Rita Reader"


def test_ten_thousand_work_items_are_seeded_at_once(services: Place, tracker: Tracker) -> None:
    status, made = control(services, "POST", "seed", {"items": [{"count": 10_000}]})
    assert (status, len(made["items"])) == (200, 10_000)
    assert len(tracker.find("SELECT [System.Id] FROM WorkItems")) == 10_000


@pytest.mark.parametrize(
    "body",
    [
        {"organization": "nowhere"},
        {"dreams": []},
        {"items": [{"type": "Novel"}]},
        {"projects": [{"name": "x", "process": "Waterfall"}]},
        {"identities": [{"displayName": "x", "role": "king"}]},
    ],
)
def test_a_seed_that_makes_no_sense_is_refused(services: Place, body: object) -> None:
    assert control(services, "POST", "seed", body)[0] in (400, 404)


def test_an_unknown_command_says_so(services: Place) -> None:
    assert control(services, "POST", "explode") == (
        501,
        b"The emulator does not have this route: POST _emulator/explode",
    )


def test_faults_are_put_in_force_listed_and_cleared(services: Place, tracker: Tracker) -> None:
    made = tracker.create()["id"]
    rule = {"route": "*/workItems/{id}", "method": "GET", "status": 503, "retry_after": 2, "count": 1}
    assert control(services, "POST", "faults", rule)[0] == 200
    assert control(services, "GET", "faults")[1]["faults"][0]["remaining"] == 1
    answered = tracker.ask("GET", f"_apis/wit/workItems/{made}")
    assert (answered.status, answered.headers["retry-after"]) == (503, "2")
    assert answered.headers["content-type"].startswith("text/html")
    assert tracker.read(made)["id"] == made
    control(services, "POST", "faults", [{"status": 500}, {"status": 429}])
    assert control(services, "DELETE", "faults") == (204, None)
    assert tracker.read(made)["id"] == made
    assert control(services, "POST", "faults", {"latency": 5})[0] == 400


def test_a_429_has_its_body(services: Place, tracker: Tracker) -> None:
    control(services, "POST", "faults", {"status": 429, "retry_after": 1})
    answered = tracker.ask("GET", "_apis/wit/fields")
    refusal(answered, 429, "RequestBlockedException", "TF400733")
    assert answered.headers["retry-after"] == "1"


def test_a_good_answer_may_tell_to_wait(services: Place, tracker: Tracker) -> None:
    control(services, "POST", "faults", {"retry_after": 3, "latency_ms": 1})
    answered = tracker.ask("GET", "_apis/wit/fields")
    assert (answered.status, answered.headers["retry-after"]) == (200, "3")


@pytest.mark.parametrize(("when", "revision"), [("before", 1), ("after", 2)])
def test_a_dropped_connection_leaves_open_whether_the_change_was_made(
    services: Place, tracker: Tracker, when: str, revision: int
) -> None:
    made = tracker.create()["id"]
    control(services, "POST", "faults", {"method": "PATCH", "drop": when, "count": 1})
    with pytest.raises((urllib.error.URLError, ConnectionError, OSError)):
        tracker.try_update(made, put("Title", "x"))
    assert tracker.read(made)["rev"] == revision


@pytest.mark.parametrize("rule", [{"status": 500}, {"html_sign_in": True}])
def test_a_failure_comes_before_or_after_the_effect(services: Place, tracker: Tracker, rule: dict[str, Any]) -> None:
    made = tracker.create()["id"]
    for after, revision in ((False, 1), (True, 2)):
        control(services, "POST", "faults", {**rule, "after_effect": after, "method": "PATCH", "count": 1})
        assert tracker.try_update(made, put("Title", "x")).status == rule.get("status", 203)
        assert tracker.read(made)["rev"] == revision


def test_an_answer_may_be_cut(services: Place, tracker: Tracker) -> None:
    control(services, "POST", "faults", {"cut_after_bytes": 10, "count": 1})
    with pytest.raises(Exception, match="IncompleteRead"):
        tracker.ask("GET", "_apis/wit/fields")
    assert tracker.ask("GET", "_apis/wit/fields").status == 200


def test_a_rate_limit_announces_itself_then_delays_then_refuses(services: Place, tracker: Tracker) -> None:
    control(services, "POST", "throttle", {"limit": 10, "window_seconds": 60})
    answers = [tracker.ask("GET", "_apis/wit/fields/System.Id") for _ in range(10)]
    assert "x-ratelimit-remaining" not in answers[0].headers
    assert answers[9].headers["x-ratelimit-remaining"] == "0"
    assert answers[9].headers["x-ratelimit-limit"] == "10"
    control(services, "POST", "throttle", {"limit": 0.5, "window_seconds": 60})
    refused = tracker.ask("GET", "_apis/wit/fields/System.Id")
    refusal(refused, 429, "RequestBlockedException", "TF400733")
    assert int(refused.headers["retry-after"]) >= 0
    control(services, "DELETE", "throttle")
    assert tracker.ask("GET", "_apis/wit/fields/System.Id").status == 200


def test_the_entries_of_a_batch_may_cost_time() -> None:
    with EmulatorServer(organizations=[("slow", "Agile")], pats=["x"], batch_entry_seconds=0.001) as server:
        assert server.landscape.organization("slow").batch_entry_seconds == 0.001
        path = "/Fabrikam/_apis/wit/workItems/$Task?api-version=7.1"
        entry = {"method": "PATCH", "uri": path, "body": [put("Title", "x")]}
        answered = Tracker(Caller(f"{server.url}/slow", "x")).ask("PATCH", "_apis/wit/$batch", [entry])
        assert answered.body["value"][0]["code"] == 200


def test_a_field_made_required_stops_work_items_that_lack_it(services: Place, tracker: Tracker) -> None:
    field = "Microsoft.VSTS.Common.Activity"
    made = tracker.create("Task")["id"]
    project = next(iter(services.organization.projects.values()))
    rules = [{"project": project.name, "type": "Task", "required": {field: None}}]
    assert control(services, "POST", "seed", {"organization": NAME, "rules": rules})[0] == 200
    answered = tracker.try_update(made, put("System.Title", "Later"))
    refusal(answered, 400, "RuleValidationException", "Activity")
    rules[0]["required"] = {field: "Design"}
    control(services, "POST", "seed", {"organization": NAME, "rules": rules})
    assert tracker.create("Task")["fields"][field] == "Design"
    control(
        services, "POST", "seed", {"organization": NAME, "rules": [{**rules[0], "required": {}, "optional": [field]}]}
    )
    assert field not in tracker.create("Task")["fields"]
    other = [{"project": project.name, "type": "No such type", "required": {}}]
    assert control(services, "POST", "seed", {"organization": NAME, "rules": other})[0] == 400
