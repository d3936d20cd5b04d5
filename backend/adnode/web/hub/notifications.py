"""Exalate Notifications: the mail server, who is told about what, and what was told."""

from datetime import datetime

from adnode.domain.errors import PreconditionFailedError, ValidationError
from adnode.domain.notification import MailServer, Subscriber
from adnode.services.notifications import NotificationServices
from adnode.services.subscribers import SubscriberEdit, SubscriberWish
from adnode.web.hub.hub_services import HubServices
from adnode.web.hub.notification_documents import (
    DeliveryDocument,
    DeliveryQuery,
    MailServerBody,
    MailServerState,
    MailServerTrialBody,
    NewSubscriberDocument,
    SecretDocument,
    SubscriberBody,
    SubscriberDocument,
    SubscriberEditBody,
    TrialDocument,
    delivery_document,
    server_document,
    server_edit,
    subscriber_document,
    trial_document,
)
from adnode.web.hub.operations import Answer, Call, Operation, declares, operations_of
from adnode.web.hub.paging import make_cursor, read_cursor
from adnode.web.hub.schemas import Page

TAG = "Exalate Notifications"
REVISION = ("If-Match",)
TRIAL_RATE = "notification_trial"
_SERVER = "/notifications/mail-server"
_SUBSCRIBERS = "/notifications/subscribers"
_ONE = f"{_SUBSCRIBERS}/<subscriber_id>"


class NotificationsTab:
    """Operations of Exalate Notifications."""

    def __init__(self, services: HubServices) -> None:
        self._hub = services

    @property
    def _services(self) -> NotificationServices:
        return self._hub.console.notifications

    @declares(Operation("GET", _SERVER, "Show the mail server", answer=MailServerState, has_etag=True))
    def get_mail_server(self, call: Call) -> Answer:
        """Answer with the mail server."""
        return self._server_answer(self._services.servers.show(call.session))

    @declares(
        Operation(
            "PUT",
            _SERVER,
            "Send over this mail server from now on; If-Match is 0 for the first one",
            answer=MailServerState,
            body=MailServerBody,
            headers=REVISION,
            has_etag=True,
        )
    )
    def save_mail_server(self, call: Call) -> Answer:
        """Store the mail server."""
        servers = self._services.servers
        try:
            return self._server_answer(
                servers.save(call.session, call.revision, server_edit(call.body(MailServerBody)))
            )
        except PreconditionFailedError as error:
            error.details["current"] = self._server_state(servers.show(call.session)).model_dump(mode="json")
            raise

    @declares(Operation("DELETE", _SERVER, "Forget the mail server", status=204, problems=(404,)))
    def remove_mail_server(self, call: Call) -> Answer:
        """Forget the mail server."""
        self._services.servers.remove(call.session)
        return Answer()

    @declares(
        Operation(
            "POST",
            f"{_SERVER}/test",
            "Send a test mail, also over a mail server that is not stored",
            answer=TrialDocument,
            body=MailServerTrialBody,
            rate=TRIAL_RATE,
            problems=(404, 503),
        )
    )
    def test_mail_server(self, call: Call) -> Answer:
        """Try a mail server."""
        body = call.body(MailServerTrialBody)
        edit = None if body.server is None else server_edit(body.server)
        return Answer(trial_document(self._services.trials.try_server(call.session, edit, body.recipient)))

    @declares(Operation("GET", _SUBSCRIBERS, "List who is told", answer=Page[SubscriberDocument]))
    def list_subscribers(self, call: Call) -> Answer:
        """Answer with everybody who is told; there are never more than a hundred."""
        found = self._services.subscribers.list_all(call.session)
        items = [subscriber_document(one) for one in found]
        return Answer(Page[SubscriberDocument](items=items, next=None, total=len(items)))

    @declares(
        Operation(
            "POST",
            _SUBSCRIBERS,
            "Tell somebody from now on",
            answer=NewSubscriberDocument,
            status=201,
            body=SubscriberBody,
            rate=TRIAL_RATE,
            problems=(404, 409),
        )
    )
    def add_subscriber(self, call: Call) -> Answer:
        """Add somebody who is told."""
        body = call.body(SubscriberBody)
        wish = SubscriberWish(body.kind, body.address, body.impacts, body.digest, body.connection_ids)
        subscriber, secret = self._services.subscribers.add(call.session, wish)
        document = NewSubscriberDocument(subscriber=subscriber_document(subscriber), secret=secret or None)
        return Answer(document)

    @declares(Operation("GET", _ONE, "Show who is told", answer=SubscriberDocument, has_etag=True))
    def get_subscriber(self, call: Call) -> Answer:
        """Answer with one who is told."""
        return _subscriber_answer(self._services.subscribers.show(call.session, call.path["subscriber_id"]))

    @declares(
        Operation(
            "PATCH",
            _ONE,
            "Change who is told about what, or stop and start telling them",
            answer=SubscriberDocument,
            body=SubscriberEditBody,
            headers=REVISION,
            has_etag=True,
            problems=(409,),
        )
    )
    def edit_subscriber(self, call: Call) -> Answer:
        """Store what somebody changed."""
        body, subscriber_id = call.body(SubscriberEditBody), call.path["subscriber_id"]
        edit = SubscriberEdit(body.address, body.impacts, body.digest, body.connection_ids, body.is_active)
        subscribers = self._services.subscribers
        try:
            return _subscriber_answer(subscribers.change(call.session, subscriber_id, call.revision, edit))
        except PreconditionFailedError as error:
            current = subscriber_document(subscribers.show(call.session, subscriber_id))
            error.details["current"] = current.model_dump(mode="json")
            raise

    @declares(Operation("DELETE", _ONE, "Tell somebody no more", status=204))
    def remove_subscriber(self, call: Call) -> Answer:
        """Remove somebody who is told."""
        self._services.subscribers.remove(call.session, call.path["subscriber_id"])
        return Answer()

    @declares(Operation("POST", f"{_ONE}/test", "Send a test", answer=TrialDocument, rate=TRIAL_RATE, problems=(503,)))
    def test_subscriber(self, call: Call) -> Answer:
        """Try to tell somebody."""
        return Answer(trial_document(self._services.trials.try_subscriber(call.session, call.path["subscriber_id"])))

    @declares(
        Operation(
            "POST",
            f"{_ONE}/secret",
            "Sign what goes to a webhook with a new secret, which is shown this once",
            answer=SecretDocument,
            problems=(409,),
        )
    )
    def renew_secret(self, call: Call) -> Answer:
        """Make a new secret."""
        secret = self._services.subscribers.renew_secret(call.session, call.path["subscriber_id"])
        return Answer(SecretDocument(secret=secret))

    @declares(
        Operation(
            "GET",
            "/notifications/deliveries",
            "List what was told, waits or failed, the newest first",
            answer=Page[DeliveryDocument],
            query=DeliveryQuery,
        )
    )
    def list_deliveries(self, call: Call) -> Answer:
        """Answer with a page of deliveries."""
        query = call.query(DeliveryQuery)
        page = self._services.deliveries.list_page(
            call.session,
            statuses=(query.status,) if query.status else (),
            subscriber_id=query.subscriber_id,
            after=_read_place(query.after) if query.after else None,
            limit=query.limit + 1,
        )
        shown = page.deliveries[: query.limit]
        is_more = len(page.deliveries) > query.limit
        cursor = make_cursor((shown[-1].created_at.isoformat(), shown[-1].id)) if is_more else None
        items = [delivery_document(one) for one in shown]
        return Answer(Page[DeliveryDocument](items=items, next=cursor, total=page.total))

    @declares(
        Operation(
            "POST",
            "/notifications/deliveries/<delivery_id>/again",
            "Try again what was given up",
            answer=DeliveryDocument,
            problems=(409,),
        )
    )
    def send_notification_again(self, call: Call) -> Answer:
        """Send a delivery again."""
        return Answer(delivery_document(self._services.deliveries.send_again(call.session, call.path["delivery_id"])))

    def _server_answer(self, server: MailServer | None) -> Answer:
        state = self._server_state(server)
        return Answer(state, etag=str(state.revision))

    def _server_state(self, server: MailServer | None) -> MailServerState:
        return MailServerState(
            server=None if server is None else server_document(server),
            can_unsubscribe=bool(self._hub.node_url),
            revision=0 if server is None else server.revision,
        )


def list_operations(services: HubServices) -> list[Operation]:
    """Return the operations of Exalate Notifications."""
    return operations_of(NotificationsTab(services), TAG)


def _subscriber_answer(subscriber: Subscriber) -> Answer:
    return Answer(subscriber_document(subscriber), etag=str(subscriber.revision))


def _read_place(cursor: str) -> tuple[datetime, str]:
    key = read_cursor(cursor)
    try:
        at, delivery_id = key
        moment = datetime.fromisoformat(str(at))
    except ValueError:
        moment, delivery_id = None, ""
    if moment is None or moment.tzinfo is None or not isinstance(delivery_id, str) or not delivery_id.isprintable():
        raise ValidationError("The cursor is none that this list gave out. Begin the list again.")
    return moment, delivery_id
