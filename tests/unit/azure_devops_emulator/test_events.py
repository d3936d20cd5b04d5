"""The service hook events that work on work items causes."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from tests.unit.azure_devops_emulator.callers import Place
from tests.unit.azure_devops_emulator.tracker import Tracker, link, put

from azure_devops_emulator.identities import Right, Role

EVENTS = ("created", "updated", "commented", "deleted", "restored")


class Listener:
    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []
        bodies = self.bodies

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name http.server gives it
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"


@pytest.fixture
def listener(services: Place) -> Iterator[Listener]:
    listener = Listener()
    thread = threading.Thread(target=listener.server.serve_forever, args=(0.01,))
    thread.start()
    for name in EVENTS:
        document = {
            "publisherId": "tfs",
            "eventType": f"workitem.{name}",
            "consumerId": "webHooks",
            "consumerActionId": "httpRequest",
            "publisherInputs": {"projectId": services.project.id},
            "consumerInputs": {"url": listener.url},
        }
        owner = services.organization.administrator.reference(services.url)
        services.organization.subscriptions.create(document, owner=owner, base_url=services.url)
    yield listener
    listener.server.shutdown()
    listener.server.server_close()
    thread.join()


def heard(services: Place, listener: Listener) -> list[dict[str, Any]]:
    assert services.organization.delivery.wait_until_idle(20)
    bodies = sorted(listener.bodies, key=lambda body: body["notificationId"])
    listener.bodies.clear()
    return bodies


def test_a_new_work_item_is_told_with_its_fields(services: Place, tracker: Tracker, listener: Listener) -> None:
    made = tracker.create("Bug", put("Title", "Broken"))
    [event] = heard(services, listener)
    assert event["eventType"] == "workitem.created"
    assert (event["resource"]["id"], event["resource"]["rev"]) == (made["id"], 1)
    person = services.organization.administrator
    assert event["resource"]["fields"]["System.CreatedBy"] == f"{person.display_name} <{person.unique_name}>"
    assert event["message"]["text"] == f"Bug #{made['id']} (Broken) created."
    containers = event["resourceContainers"]
    assert containers["project"]["id"] == services.project.id
    assert containers["collection"]["id"] == services.organization.instance_id
    assert "account" in containers


def test_a_change_is_told_with_old_and_new_values(services: Place, tracker: Tracker, listener: Listener) -> None:
    made = tracker.create()["id"]
    heard(services, listener)
    tracker.update(made, put("Title", "Other"))
    [event] = heard(services, listener)
    resource = event["resource"]
    assert event["eventType"] == "workitem.updated"
    assert (resource["workItemId"], resource["rev"], resource["id"]) == (made, 2, 2)
    assert resource["fields"]["System.Title"] == {"oldValue": "A title", "newValue": "Other"}
    assert {"System.Rev", "System.Watermark", "System.ChangedDate"} <= set(resource["fields"])
    assert resource["revision"]["fields"]["System.Title"] == "Other"
    assert resource["revisedBy"]["uniqueName"] == services.organization.administrator.unique_name


def test_a_comment_is_told_as_a_change_and_as_a_comment(services: Place, tracker: Tracker, listener: Listener) -> None:
    made = tracker.create()["id"]
    heard(services, listener)
    tracker.comment(made, "hello")
    updated, commented = heard(services, listener)
    assert (updated["eventType"], commented["eventType"]) == ("workitem.updated", "workitem.commented")
    assert updated["resource"]["rev"] == commented["resource"]["rev"] == 2
    assert commented["resource"]["fields"]["System.History"] == "hello"
    assert commented["resource"]["commentVersionRef"]["version"] == 1


def test_a_link_is_told_on_the_side_that_was_changed(services: Place, tracker: Tracker, listener: Listener) -> None:
    one, other = tracker.create(), tracker.create()
    heard(services, listener)
    tracker.update(one["id"], link("System.LinkTypes.Related", other["url"]))
    [event] = heard(services, listener)
    assert event["resource"]["workItemId"] == one["id"]
    assert event["resource"]["relations"]["added"][0]["rel"] == "System.LinkTypes.Related"


def test_deleting_and_restoring_are_told(services: Place, tracker: Tracker, listener: Listener) -> None:
    made = tracker.create()["id"]
    heard(services, listener)
    tracker.done("DELETE", f"_apis/wit/workItems/{made}")
    [deleted] = heard(services, listener)
    assert deleted["eventType"] == "workitem.deleted"
    assert deleted["resource"]["url"].endswith(f"/_apis/wit/recyclebin/{made}")
    tracker.done("PATCH", f"Fabrikam/_apis/wit/recyclebin/{made}", {"isDeleted": False})
    [restored] = heard(services, listener)
    assert (restored["eventType"], restored["resource"]["rev"]) == ("workitem.restored", 3)


def test_what_fails_or_changes_nothing_is_not_told(services: Place, tracker: Tracker, listener: Listener) -> None:
    made = tracker.create()["id"]
    heard(services, listener)
    tracker.try_update(made, put("Title", ""))
    tracker.update(made, put("Title", "A title"))
    tracker.update(made, put("Title", "x"), validateOnly="true")
    assert heard(services, listener) == []


def test_notifications_may_be_suppressed_but_hooks_still_hear(
    services: Place, tracker: Tracker, listener: Listener
) -> None:
    tracker.create("Task", suppressNotifications="true")
    assert len(heard(services, listener)) == 1


def test_a_subscription_hears_only_what_its_owner_may_read(
    services: Place, tracker: Tracker, listener: Listener
) -> None:
    tracker.create()
    assert len(heard(services, listener)) == 1
    services.organization.administrator.project_rights[services.project.id] = frozenset({Right.WRITE})
    writer = Tracker(services.caller(Role.CONTRIBUTOR))
    writer.create()
    assert heard(services, listener) == []
