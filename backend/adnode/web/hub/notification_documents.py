"""What pages send and get about notifications."""

from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr, StringConstraints
from pydantic_core import PydanticCustomError

from adnode.domain.error_record import Impact
from adnode.domain.errors import ValidationError
from adnode.domain.mail_address import read_mail_address
from adnode.domain.notification import (
    ChannelKind,
    Delivery,
    DeliveryStatus,
    Digest,
    MailSecurity,
    MailServer,
    Subscriber,
    SubscriberStatus,
    shown_address,
)
from adnode.services.mail_servers import MailServerEdit
from adnode.services.notification_trials import Outcome, StepResult
from adnode.web.hub.schemas import Body, Identifier, Moment, PageQuery, Shape, Text


def _check_address(text: str) -> str:
    try:
        return read_mail_address(text)
    except ValidationError as error:
        raise PydanticCustomError("mail_address", "{reason}", {"reason": error.message}) from None


MailAddress = Annotated[Text, AfterValidator(_check_address)]
Address = Annotated[Text, StringConstraints(min_length=1, max_length=2000)]
Impacts = Annotated[list[Impact], Field(min_length=1, max_length=len(Impact))]
ConnectionIds = Annotated[list[Identifier], Field(max_length=100)]
Port = Annotated[int, Field(ge=1, le=65535)]
Secret = Annotated[SecretStr, Field(max_length=500)]


class MailServerDocument(Shape):
    """The mail server. The password is never shown; ``has_password`` says that there is one."""

    host: str
    port: int
    security: MailSecurity
    sender_address: str
    sender_name: str
    user: str
    has_password: bool


class MailServerState(Shape):
    """The mail server, null while there is none. ``can_unsubscribe`` says that mails have a link to unsubscribe,
    because this node has an address. ``revision`` is what If-Match takes.
    """

    server: MailServerDocument | None
    can_unsubscribe: bool
    revision: int


class MailServerBody(Body):
    """A mail server. Without a password the stored one stays, for the same server and user only."""

    host: Annotated[Text, StringConstraints(min_length=1, max_length=253)]
    port: Port
    security: MailSecurity
    sender_address: MailAddress
    sender_name: Annotated[Text, StringConstraints(max_length=100)] = ""
    user: Annotated[Text, StringConstraints(max_length=254)] = ""
    password: Secret | None = None


class MailServerTrialBody(Body):
    """Where to send a test mail; over the stored mail server when none is given."""

    recipient: MailAddress
    server: MailServerBody | None = None


class StepDocument(Shape):
    """A step of a test and what became of it."""

    step: str
    outcome: Outcome
    detail: str


class TrialDocument(Shape):
    """What a test showed, step by step."""

    is_delivered: bool
    steps: list[StepDocument]


class SubscriberDocument(Shape):
    """Who is told about what. Without ``connection_ids`` of all connections. ``trouble`` says why telling fails now."""

    id: str
    kind: ChannelKind
    address: str
    impacts: list[Impact]
    connection_ids: list[str]
    digest: Digest
    status: SubscriberStatus
    created_at: Moment
    told_at: Moment | None
    trouble: str
    revision: int


class NewSubscriberDocument(Shape):
    """Somebody new; ``secret`` signs what goes to a webhook and is shown this once."""

    subscriber: SubscriberDocument
    secret: str | None


class SubscriberBody(Body):
    """Who is to be told about what."""

    kind: ChannelKind
    address: Address
    impacts: Impacts
    digest: Digest = Digest.AT_ONCE
    connection_ids: ConnectionIds = Field(default_factory=list)


class SubscriberEditBody(Body):
    """What is changed; what is left out stays."""

    address: Address | None = None
    impacts: Impacts | None = None
    digest: Digest | None = None
    connection_ids: ConnectionIds | None = None
    is_active: bool | None = None


class SecretDocument(Shape):
    """A new secret, shown this once."""

    secret: str


class DeliveryDocument(Shape):
    """One notice for one subscriber. ``summary`` names its largest groups."""

    id: str
    subscriber_id: str
    kind: ChannelKind
    address: str
    status: DeliveryStatus
    error_count: int
    group_count: int
    codes: list[str]
    attempts: int
    error: str
    created_at: Moment
    next_attempt_at: Moment
    settled_at: Moment | None


class DeliveryQuery(PageQuery):
    """Which deliveries."""

    status: DeliveryStatus | None = None
    subscriber_id: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_-]{0,64}$")] = ""


def server_edit(body: MailServerBody) -> MailServerEdit:
    """Return the mail server that a page entered."""
    return MailServerEdit(
        host=body.host,
        port=body.port,
        security=body.security,
        sender_address=body.sender_address,
        sender_name=body.sender_name,
        user=body.user,
        password=None if body.password is None else body.password.get_secret_value(),
    )


def server_document(server: MailServer) -> MailServerDocument:
    """Return a mail server as pages get it."""
    return MailServerDocument(
        host=server.host,
        port=server.port,
        security=server.security,
        sender_address=server.sender_address,
        sender_name=server.sender_name,
        user=server.user,
        has_password=bool(server.sealed_password),
    )


def subscriber_document(subscriber: Subscriber) -> SubscriberDocument:
    """Return a subscriber as pages get it."""
    return SubscriberDocument(
        id=subscriber.id,
        kind=subscriber.kind,
        address=subscriber.address,
        impacts=[impact for impact in Impact if impact in subscriber.impacts],
        connection_ids=sorted(subscriber.connection_ids),
        digest=subscriber.digest,
        status=subscriber.status,
        created_at=subscriber.created_at,
        told_at=subscriber.told_at,
        trouble=subscriber.trouble,
        revision=subscriber.revision,
    )


def trial_document(results: list[StepResult]) -> TrialDocument:
    """Return what a test showed."""
    steps = [StepDocument(step=one.step, outcome=one.outcome, detail=one.detail) for one in results]
    return TrialDocument(is_delivered=all(one.outcome is not Outcome.FAILED for one in results), steps=steps)


def delivery_document(delivery: Delivery) -> DeliveryDocument:
    """Return a delivery as pages get it."""
    notice = delivery.notice
    return DeliveryDocument(
        id=delivery.id,
        subscriber_id=delivery.subscriber_id,
        kind=delivery.kind,
        address=shown_address(delivery),
        status=delivery.status,
        error_count=notice.error_count,
        group_count=notice.group_count,
        codes=list(dict.fromkeys(group.code for group in notice.groups)),
        attempts=delivery.attempts,
        error=delivery.error,
        created_at=delivery.created_at,
        next_attempt_at=delivery.next_attempt_at,
        settled_at=delivery.settled_at,
    )
