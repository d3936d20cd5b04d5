import threading
from collections.abc import Iterator
from typing import Any

import pytest
from azure.devops.exceptions import AzureDevOpsServiceError
from azure.devops.v7_1.service_hooks.models import (
    InputFilter,
    InputFilterCondition,
    Notification,
    NotificationDetails,
    Subscription,
    SubscriptionsQuery,
)
from tests.unit.azure_devops_emulator.callers import Place
from tests.unit.azure_devops_emulator.test_hooks import EVENT, Receiver

from azure_devops_emulator.hooks.subscriptions import MASK
from azure_devops_emulator.identities import Identity, Right, Role

NOWHERE = "066488b8-b14e-43d1-befc-a2e655266e2b"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    thread = threading.Thread(target=receiver.server.serve_forever, args=(0.01,))
    thread.start()
    yield receiver
    receiver.server.shutdown()
    receiver.server.server_close()
    thread.join()


def wanted(url: str = "https://receiver.example/hook", **publisher_inputs: str) -> Subscription:
    return Subscription(
        publisher_id="tfs",
        event_type="workitem.updated",
        resource_version="1.0",
        consumer_id="webHooks",
        consumer_action_id="httpRequest",
        publisher_inputs=publisher_inputs,
        consumer_inputs={"url": url, "basicAuthUsername": "hook", "basicAuthPassword": "secret"},
    )


def client_of(place: Place) -> Any:
    return place.administrator.clients.get_service_hooks_client()


def test_the_catalogue_names_work_item_events_and_the_web_hook(services: Place) -> None:
    client = client_of(services)
    events = {"workitem.created", "workitem.updated", "workitem.commented", "workitem.deleted", "workitem.restored"}
    assert {each.id for each in client.list_event_types("tfs")} == events
    assert [each.id for each in client.list_publishers()] == ["tfs"]
    assert "changedFields" in {each.id for each in client.get_event_type("tfs", "workitem.updated").input_descriptors}
    assert [each.id for each in client.list_consumers()] == ["webHooks"]
    inputs = {each.id: each for each in client.get_consumer_action("webHooks", "httpRequest").input_descriptors}
    assert [name for name, each in inputs.items() if each.is_confidential] == ["basicAuthPassword"]
    assert services.administrator("GET", "_apis/hooks/publishers/other").status == 404
    assert services.administrator("GET", "_apis/hooks/publishers/tfs/eventTypes/build.complete").status == 404


def test_a_subscription_is_made_read_changed_and_deleted(services: Place) -> None:
    client = client_of(services)
    made = client.create_subscription(wanted(projectId=services.project.id))
    assert made.status == "enabled"
    assert made.created_by.id == services.organization.administrator.id
    assert made.url == f"{services.url}/_apis/hooks/subscriptions/{made.id}"
    assert made.publisher_inputs["hostId"] == services.organization.instance_id
    assert made.publisher_inputs["projectId"] == services.project.id
    read = client.get_subscription(made.id)
    assert read.consumer_inputs["basicAuthPassword"] == MASK
    read.consumer_inputs["url"] = "https://other.example/hook"
    read.publisher_inputs = {}
    changed = client.replace_subscription(read, made.id)
    assert changed.consumer_inputs["url"] == "https://other.example/hook"
    assert changed.publisher_inputs["tfsSubscriptionId"] == made.publisher_inputs["tfsSubscriptionId"]
    kept = services.organization.subscriptions.get(made.id).document
    assert kept["consumerInputs"]["basicAuthPassword"] == "secret"
    client.delete_subscription(made.id)
    with pytest.raises(AzureDevOpsServiceError, match="does not exist"):
        client.get_subscription(made.id)


def test_subscriptions_are_listed_by_event_and_queried_by_input(services: Place) -> None:
    client = client_of(services)
    first = client.create_subscription(wanted(areaPath="Fabrikam\\Web"))
    second = client.create_subscription(wanted("https://second.example/hook"))
    assert {each.id for each in client.list_subscriptions()} == {first.id, second.id}
    assert client.list_subscriptions(publisher_id="tfs", event_type="workitem.created") == []
    condition = InputFilterCondition(
        input_id="url", input_value="https://SECOND.example/hook", operator="equals", case_sensitive=False
    )
    query = SubscriptionsQuery(
        publisher_id="tfs",
        event_type="workitem.updated",
        consumer_input_filters=[InputFilter(conditions=[condition])],
    )
    assert [each.id for each in client.create_subscriptions_query(query).results] == [second.id]
    condition.operator = "notEquals"
    assert [each.id for each in client.create_subscriptions_query(query).results] == [first.id]


@pytest.mark.parametrize(
    "change",
    [
        {"consumer_inputs": {}},
        {"event_type": "build.complete"},
        {"consumer_id": "slack"},
        {"publisher_inputs": {"projectId": NOWHERE}},
    ],
)
def test_a_subscription_that_makes_no_sense_is_refused(services: Place, change: dict[str, Any]) -> None:
    subscription = wanted()
    for name, value in change.items():
        setattr(subscription, name, value)
    with pytest.raises(AzureDevOpsServiceError):
        client_of(services).create_subscription(subscription)
    assert services.organization.subscriptions.list() == []


def test_contributors_view_subscriptions_and_change_none(services: Place) -> None:
    made = client_of(services).create_subscription(wanted())
    caller = services.caller(Role.CONTRIBUTOR)
    assert caller.get("_apis/hooks/subscriptions")["count"] == 1
    body = services.administrator.get(f"_apis/hooks/subscriptions/{made.id}")
    for method, path in (("POST", ""), ("PUT", f"/{made.id}"), ("DELETE", f"/{made.id}")):
        assert caller(method, f"_apis/hooks/subscriptions{path}?api-version=7.1", body).status == 403
    assert len(services.organization.subscriptions.list()) == 1


def test_an_editor_of_one_project_subscribes_to_that_project_only(services: Place) -> None:
    other = services.organization.add_project("Other", "Agile")
    rights = {services.project.id: frozenset({Right.VIEW_HOOKS, Right.EDIT_HOOKS}), other.id: frozenset({Right.READ})}
    caller = services.caller_as(Identity("Cleo", "cleo@people.example", project_rights=rights))
    client = caller.clients.get_service_hooks_client()
    client.create_subscription(wanted(projectId=services.project.id))
    for inputs in ({"projectId": other.id}, {}):
        with pytest.raises(AzureDevOpsServiceError, match="TF50309"):
            client.create_subscription(wanted(**inputs))
    hidden = client_of(services).create_subscription(wanted(projectId=other.id))
    assert [each.publisher_inputs["projectId"] for each in client.list_subscriptions()] == [services.project.id]
    assert caller("GET", f"_apis/hooks/subscriptions/{hidden.id}").status == 404


def test_what_was_sent_can_be_looked_up(services: Place, receiver: Receiver) -> None:
    client = client_of(services)
    receiver.answers = [503, 200, 410]
    made = client.create_subscription(wanted(receiver.url))
    for _ in range(2):
        services.organization.delivery.publish(EVENT)
        assert services.organization.delivery.wait_until_idle(20)
    last, first = client.get_notifications(made.id)
    assert (first.result, first.details.request_attempts) == ("succeeded", 2)
    assert (last.result, last.details.response) == ("failed", "Status Code: 410")
    assert first.details.consumer_inputs["basicAuthPassword"] == MASK
    assert client.get_notification(made.id, first.id).event_id == first.event_id
    assert [each.id for each in client.get_notifications(made.id, result="failed")] == [last.id]
    assert client.get_subscription(made.id).status == "disabledBySystem"
    query = {"subscriptionIds": [made.id], "maxResults": 1}
    found = services.administrator("POST", "_apis/hooks/notificationsQuery?api-version=7.1", query).body
    assert [row["id"] for row in found["results"]] == [last.id]


def test_enabling_it_again_ends_a_punishment(services: Place, receiver: Receiver) -> None:
    client = client_of(services)
    receiver.answers = [410]
    made = client.create_subscription(wanted(receiver.url))
    services.organization.delivery.publish(EVENT)
    assert services.organization.delivery.wait_until_idle(20)
    disabled = client.get_subscription(made.id)
    disabled.status = "enabled"
    assert client.replace_subscription(disabled, made.id).status == "enabled"


def test_a_test_notification_goes_out_at_once(services: Place, receiver: Receiver) -> None:
    client = client_of(services)
    details = NotificationDetails(
        event_type="workitem.created", publisher_id="tfs", consumer_inputs={"url": receiver.url}
    )
    sent = client.create_test_notification(Notification(details=details))
    assert (sent.status, sent.result) == ("completed", "succeeded")
    [(_, body)] = receiver.requests
    assert body["eventType"] == "workitem.created"
    assert body["resource"]["fields"]["System.Title"] == "A sample"
    receiver.answers = [500]
    assert client.create_test_notification(Notification(details=details)).result == "failed"


def test_a_test_of_a_subscription_uses_its_secret_without_telling_it(services: Place, receiver: Receiver) -> None:
    client = client_of(services)
    made = client.create_subscription(wanted(receiver.url))
    sent = client.create_test_notification(Notification(subscription_id=made.id))
    assert sent.details.consumer_inputs["basicAuthPassword"] == MASK
    [(headers, body)] = receiver.requests
    assert headers["Authorization"].startswith("Basic ")
    assert body["eventType"] == "workitem.updated"


def test_a_test_needs_rights_and_a_receiver(services: Place) -> None:
    path = "_apis/hooks/testNotifications?api-version=7.1"
    body = {"details": {"eventType": "workitem.created", "consumerInputs": {"url": "https://receiver.example"}}}
    assert services.caller(Role.CONTRIBUTOR)("POST", path, body).status == 403
    assert services.administrator("POST", path, {"details": {"eventType": "workitem.created"}}).status == 400


def test_a_subscription_is_sent_only_what_its_owner_may_read(services: Place, receiver: Receiver) -> None:
    rights = {services.project.id: frozenset({Right.VIEW_HOOKS, Right.EDIT_HOOKS})}
    person = Identity("Cleo", "cleo@people.example", Role.ADMINISTRATOR, project_rights=rights)
    client = services.caller_as(person).clients.get_service_hooks_client()
    created = wanted(receiver.url)
    created.event_type = "workitem.created"
    client.create_subscription(created)
    patch = [{"op": "add", "path": "/fields/System.Title", "value": "A task"}]
    path = "Fabrikam/_apis/wit/workItems/$Task?api-version=7.1"
    for _ in range(2):
        services.administrator("POST", path, patch, **{"Content-Type": "application/json-patch+json"})
        assert services.organization.delivery.wait_until_idle(20)
        person.project_rights[services.project.id] |= {Right.READ}
    assert [body["resource"]["id"] for _, body in receiver.requests] == [2]
