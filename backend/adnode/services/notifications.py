"""The services behind Exalate Notifications, put together."""

from dataclasses import dataclass

from adnode.ports.notifier import MailSender, WebhookSender
from adnode.ports.storage import UnitOfWorkFactory
from adnode.ports.system import Clock, Ids, Vault
from adnode.services.audit import AuditService
from adnode.services.deliveries import DeliveryService
from adnode.services.mail_servers import MailServerService
from adnode.services.notification_delivery import NotificationDeliveryService, NotificationSettings
from adnode.services.notification_trials import NotificationTrialService
from adnode.services.subscribers import SubscriberService


@dataclass(frozen=True, slots=True)
class NotificationParts:
    """What reaches the world outside, and what the operator decides about it."""

    mails: MailSender
    webhooks: WebhookSender
    settings: NotificationSettings


@dataclass(frozen=True, slots=True)
class NotificationServices:
    """What people do with notifications, and ``telling``, which does the rest."""

    servers: MailServerService
    subscribers: SubscriberService
    deliveries: DeliveryService
    trials: NotificationTrialService
    telling: NotificationDeliveryService


def assemble_notifications(
    parts: NotificationParts, new_unit_of_work: UnitOfWorkFactory, vault: Vault, clock: Clock, ids: Ids
) -> NotificationServices:
    """Return the services."""
    audit = AuditService(new_unit_of_work, clock, ids)
    servers = MailServerService(new_unit_of_work, vault, clock, audit)
    return NotificationServices(
        servers=servers,
        subscribers=SubscriberService(new_unit_of_work, parts.webhooks, vault, clock, ids, audit),
        deliveries=DeliveryService(new_unit_of_work, clock, audit),
        trials=NotificationTrialService(new_unit_of_work, servers, parts.mails, parts.webhooks, vault, clock, ids),
        telling=NotificationDeliveryService(
            new_unit_of_work, parts.mails, parts.webhooks, vault, clock, ids, parts.settings
        ),
    )
