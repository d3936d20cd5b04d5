"""An organization whose errors are told, in memory."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from threading import Event
from typing import Any

from adnode.adapters.memory.clock import MemoryClock, MemoryIds
from adnode.adapters.memory.notifier import MemoryMailSender, MemoryWebhookSender
from adnode.adapters.memory.storage import MemoryStorage
from adnode.adapters.memory.vault import MemoryVault
from adnode.domain.error_record import ErrorRecord, Impact
from adnode.domain.notification import ChannelKind, Delivery, Digest, MailSecurity, Subscriber
from adnode.domain.organization import OrganizationKind
from adnode.domain.session import Session, Tenant
from adnode.ports.storage import UnitOfWork
from adnode.services.mail_servers import MailServerEdit
from adnode.services.notification_delivery import NotificationSettings
from adnode.services.notifications import NotificationParts, NotificationServices, assemble_notifications
from adnode.services.subscribers import SubscriberWish

NODE_URL = "https://node.example"
SERVER = MailServerEdit(
    "smtp.example.com", 587, MailSecurity.STARTTLS, "adnode@example.com", "adnode", "robot", "secret"
)


@dataclass(slots=True)
class Telling:
    """The services of notifications over one storage; several share it as processes do."""

    node_url: str = NODE_URL
    owner: str = "a"
    storage: Any = field(default_factory=MemoryStorage)
    clock: MemoryClock = field(default_factory=MemoryClock)
    ids: Any = field(default_factory=lambda: MemoryIds("id"))
    vault: Any = field(default_factory=MemoryVault)
    mails: Any = field(default_factory=MemoryMailSender)
    webhooks: Any = field(default_factory=MemoryWebhookSender)
    services: NotificationServices = field(init=False)

    def __post_init__(self) -> None:
        settings = NotificationSettings(self.owner, self.node_url)
        parts = NotificationParts(self.mails, self.webhooks, settings)
        self.services = assemble_notifications(parts, self.storage.unit_of_work, self.vault, self.clock, self.ids)

    def session(self, organization_id: str = "org") -> Session:
        now = self.clock.now()
        url = f"https://dev.azure.com/{organization_id}"
        tenant = Tenant(organization_id, organization_id.title(), url, OrganizationKind.SERVICES, now)
        return Session("s", tenant, "alice", "Alice", True, now, now)  # noqa: FBT003

    def configure(self, organization_id: str = "org") -> None:
        self.services.servers.save(self.session(organization_id), 0, SERVER)

    def subscribe(
        self,
        address: str = "ada@example.com",
        kind: ChannelKind = ChannelKind.EMAIL,
        digest: Digest = Digest.AT_ONCE,
        organization_id: str = "org",
        **wish: Any,
    ) -> Subscriber:
        complete = SubscriberWish(kind, address, **({"impacts": frozenset(Impact), "digest": digest} | wish))
        return self.services.subscribers.add(self.session(organization_id), complete)[0]

    @contextmanager
    def changing(self) -> Iterator[UnitOfWork]:
        with self.storage.unit_of_work() as work:
            yield work
            work.commit()

    def fail(self, count: int = 1, **changes: Any) -> None:
        """Open that many errors."""
        now = self.clock.now()
        with self.changing() as work:
            for _ in range(count):
                record_id = self.ids.new_id()
                record = ErrorRecord(
                    id=record_id,
                    organization_id="org",
                    connection_id="c1",
                    twin_id=f"t-{record_id}",
                    impact=Impact.WORK_ITEM,
                    code="rule_violation",
                    message=f"Work item {record_id} was refused.",
                    opened_at=now,
                    last_seen_at=now,
                    work_item_id=42,
                )
                work.error_records.open(replace(record, **changes))

    def mend(self, **which: Any) -> None:
        """Close errors."""
        with self.changing() as work:
            work.error_records.close(self.clock.now(), **(which or {"connection_id": "c1"}))

    def round(self, seconds: float = 10.0) -> None:
        """Let time pass, then do what the chore does."""
        self.clock.advance(seconds)
        self.services.telling.run(Event())

    def rounds(self, seconds: float) -> None:
        """Let time pass with the chore going on."""
        for _ in range(int(seconds // 10)):
            self.round()

    def deliveries(self, organization_id: str = "org") -> list[Delivery]:
        page = self.services.deliveries.list_page(self.session(organization_id), limit=100)
        return list(page.deliveries)

    def subscriber(self, subscriber_id: str) -> Subscriber:
        with self.storage.unit_of_work() as work:
            found: Subscriber = work.notifications.subscribers.get(subscriber_id)
        return found

    def troubles(self) -> list[ErrorRecord]:
        """Return the open errors about notifications."""
        with self.storage.unit_of_work() as work:
            records = work.error_records.list_records()
        return [record for record in records if record.code == "notification_failed"]

    @property
    def subjects(self) -> list[str]:
        return [mail.subject for mail in self.mails.sent]

    def at(self, moment: datetime) -> None:
        """Move the clock to a moment."""
        self.clock.advance((moment - self.clock.now()).total_seconds())
