import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from azure_devops_emulator.hooks import Delivery, Subscription, SubscriptionError, Subscriptions
from azure_devops_emulator.hooks.delivery import PROBATION_RETRY_SECONDS

OWNER = {"id": "1", "displayName": "Ann"}
EVENT: dict[str, Any] = {
    "eventType": "workitem.updated",
    "resource": {
        "id": 2,
        "workItemId": 7,
        "url": "u",
        "fields": {"System.State": {"oldValue": "New", "newValue": "Active"}},
        "revision": {"fields": {"System.AreaPath": "Fabrikam\\Web", "System.WorkItemType": "Bug"}},
    },
    "resourceContainers": {"project": {"id": "p1"}},
}


class Receiver:
    def __init__(self) -> None:
        self.answers: list[int] = []
        self.requests: list[tuple[dict[str, str], dict[str, Any]]] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                receiver.requests.append((dict(self.headers), body))
                self.send_response(receiver.answers.pop(0) if receiver.answers else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name http.server gives it
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    thread = threading.Thread(target=receiver.server.serve_forever, args=(0.01,))
    thread.start()
    yield receiver
    receiver.server.shutdown()
    receiver.server.server_close()
    thread.join()


@pytest.fixture
def subscriptions() -> Subscriptions:
    return Subscriptions()


@pytest.fixture
def delivery(subscriptions: Subscriptions) -> Iterator[Delivery]:
    delivery = Delivery(subscriptions, time_scale=0.0000001)
    delivery.start()
    yield delivery
    delivery.stop()


def document(url: str = "https://receiver.example/hook", **inputs: str) -> dict[str, Any]:
    return {
        "publisherId": "tfs",
        "eventType": "workitem.updated",
        "consumerId": "webHooks",
        "consumerActionId": "httpRequest",
        "publisherInputs": {},
        "consumerInputs": {"url": url, **inputs},
    }


def subscribe(subscriptions: Subscriptions, url: str, **inputs: str) -> Subscription:
    return subscriptions.create(document(url, **inputs), owner=OWNER, base_url="https://host/org")


def publish(delivery: Delivery) -> None:
    assert delivery.publish(EVENT) == 1
    assert delivery.wait_until_idle(10)


def test_an_event_reaches_its_receiver_with_credentials_and_headers(
    receiver: Receiver, subscriptions: Subscriptions, delivery: Delivery
) -> None:
    inputs = {"basicAuthUsername": "hook", "basicAuthPassword": "secret", "httpHeaders": "X-One: 1\nX-Two: 2"}
    subscription = subscribe(subscriptions, receiver.url, **inputs)
    publish(delivery)
    [(headers, body)] = receiver.requests
    assert headers["Authorization"] == "Basic " + base64.b64encode(b"hook:secret").decode()
    assert (headers["X-One"], headers["X-Two"]) == ("1", "2")
    assert body["subscriptionId"] == subscription.identifier
    assert body["resource"] == EVENT["resource"]
    assert {"notificationId", "id", "message", "detailedMessage", "resourceVersion", "createdDate"} <= set(body)


@pytest.mark.parametrize(("wanted", "resource"), [("none", None), ("minimal", {"id": 2, "url": "u"})])
def test_fewer_details_are_sent_when_asked_for(
    receiver: Receiver, subscriptions: Subscriptions, delivery: Delivery, wanted: str, resource: object
) -> None:
    subscribe(subscriptions, receiver.url, resourceDetailsToSend=wanted)
    publish(delivery)
    assert receiver.requests[0][1]["resource"] == resource


def test_only_the_wanted_messages_are_sent(
    receiver: Receiver, subscriptions: Subscriptions, delivery: Delivery
) -> None:
    subscribe(subscriptions, receiver.url, messagesToSend="markdown", detailedMessagesToSend="none")
    publish(delivery)
    [(_, body)] = receiver.requests
    assert (body["message"], body["detailedMessage"]) == ({"markdown": ""}, None)


@pytest.mark.parametrize("status", [408, 502, 503, 504])
def test_a_transient_failure_is_retried_and_leaves_no_mark(
    receiver: Receiver, subscriptions: Subscriptions, delivery: Delivery, status: int
) -> None:
    receiver.answers = [status, status]
    subscription = subscribe(subscriptions, receiver.url)
    publish(delivery)
    assert len(receiver.requests) == 3
    assert len({body["id"] for _, body in receiver.requests}) == 1
    assert subscription.status == "enabled"


def test_a_transient_failure_is_given_up_after_eight_retries(
    receiver: Receiver, subscriptions: Subscriptions, delivery: Delivery
) -> None:
    receiver.answers = [503] * 20
    subscription = subscribe(subscriptions, receiver.url)
    publish(delivery)
    assert len(receiver.requests) == 9
    assert subscription.status == "enabled"


def test_gone_disables_at_once(receiver: Receiver, subscriptions: Subscriptions, delivery: Delivery) -> None:
    receiver.answers = [410]
    subscription = subscribe(subscriptions, receiver.url)
    publish(delivery)
    assert subscription.status == "disabledBySystem"
    assert delivery.publish(EVENT) == 0


@pytest.mark.parametrize("status", [404, 500, 302])
def test_any_other_failure_leads_to_probation_and_then_disables(
    receiver: Receiver, subscriptions: Subscriptions, delivery: Delivery, status: int
) -> None:
    receiver.answers = [status] * 20
    subscription = subscribe(subscriptions, receiver.url)
    publish(delivery)
    assert len(receiver.requests) == 8
    assert subscription.status == "disabledBySystem"
    results = [entry["result"] for entry in delivery.notifications(subscription.identifier)]
    assert results == ["failed"] * 8


def test_events_during_probation_are_lost_and_a_success_ends_it(receiver: Receiver) -> None:
    subscriptions = Subscriptions()
    subscription = subscribe(subscriptions, receiver.url)
    subscription.status = "onProbation"
    delivery = Delivery(subscriptions)
    assert delivery.publish(EVENT) == 0
    receiver.answers = [500]
    subscription.status = "enabled"
    quick = Delivery(subscriptions, time_scale=0.0000001)
    quick.start()
    publish(quick)
    quick.stop()
    assert len(receiver.requests) == 2
    assert subscription.status == "enabled"


def test_probation_lasts_about_a_day_and_a_half() -> None:
    assert PROBATION_RETRY_SECONDS[0] == 20 * 60
    assert sum(PROBATION_RETRY_SECONDS) == 36 * 3600
    assert len(PROBATION_RETRY_SECONDS) == 7


@pytest.mark.parametrize(
    ("inputs", "wanted"),
    [
        ({"projectId": "P1"}, True),
        ({"projectId": "p2"}, False),
        ({"areaPath": "Fabrikam"}, True),
        ({"areaPath": "Fabrikam\\We"}, False),
        ({"workItemType": "Bug"}, True),
        ({"workItemType": "Task"}, False),
        ({"changedFields": "System.State"}, True),
        ({"changedFields": "System.Title"}, False),
        ({"commentPattern": "please"}, False),
    ],
)
def test_filters_decide_which_events_are_sent(
    subscriptions: Subscriptions, inputs: dict[str, str], wanted: bool
) -> None:
    made = subscriptions.create({**document(), "publisherInputs": inputs}, owner=OWNER, base_url="https://host/org")
    assert made.wants(EVENT) is wanted


def test_passwords_are_masked_and_survive_being_written_back(subscriptions: Subscriptions) -> None:
    made = subscribe(subscriptions, "https://receiver.example/", basicAuthPassword="secret", httpHeaders="X: y")
    read = made.as_document()
    assert read["consumerInputs"]["basicAuthPassword"] == "********"
    assert read["consumerInputs"]["httpHeaders"] == "X: y"
    subscriptions.replace(made.identifier, read, owner=OWNER)
    assert made.document["consumerInputs"]["basicAuthPassword"] == "secret"


def test_a_deleted_subscription_is_gone(subscriptions: Subscriptions) -> None:
    made = subscribe(subscriptions, "https://receiver.example/")
    subscriptions.delete(made.identifier)
    assert subscriptions.list() == []
    with pytest.raises(SubscriptionError, match="does not exist"):
        subscriptions.get(made.identifier)


@pytest.mark.parametrize(
    "change",
    [
        {"eventType": "git.push"},
        {"publisherId": "rm"},
        {"consumerId": "slack"},
        {"consumerInputs": {}},
        {"consumerInputs": {"url": "file:///etc/passwd"}},
    ],
)
def test_a_subscription_that_makes_no_sense_is_refused(subscriptions: Subscriptions, change: dict[str, Any]) -> None:
    with pytest.raises(SubscriptionError):
        subscriptions.create({**document(), **change}, owner=OWNER, base_url="https://host/org")
