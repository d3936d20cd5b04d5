"""The mail server that an organization's notices go over."""

import re
from dataclasses import dataclass, field, replace

from adnode.domain.audit import AuditAction
from adnode.domain.errors import NotFoundError, PreconditionFailedError, ValidationError
from adnode.domain.mail_address import read_mail_address
from adnode.domain.notification import ChannelKind, MailSecurity, MailServer
from adnode.domain.session import Session
from adnode.ports.storage import UnitOfWorkFactory
from adnode.ports.system import Clock, Vault
from adnode.services.audit import AuditService
from adnode.services.notification_troubles import SERVER, close_trouble

_HOST = re.compile(r"[\w.:-]{1,253}")


@dataclass(frozen=True, slots=True)
class MailServerEdit:
    """A mail server as a person wants it. Without a ``password`` the stored one stays, for the same server only."""

    host: str
    port: int
    security: MailSecurity
    sender_address: str
    sender_name: str = ""
    user: str = ""
    password: str | None = field(default=None, repr=False)


class MailServerService:
    """Use cases on the mail server of an organization."""

    def __init__(self, new_unit_of_work: UnitOfWorkFactory, vault: Vault, clock: Clock, audit: AuditService) -> None:
        self._new_unit_of_work = new_unit_of_work
        self._vault = vault
        self._clock = clock
        self._audit = audit

    def show(self, session: Session) -> MailServer | None:
        """Return the mail server of the session's organization."""
        with self._new_unit_of_work() as work:
            return work.notifications.servers.find(session.tenant.id)

    def save(self, session: Session, revision: int, edit: MailServerEdit) -> MailServer:
        """Send over this mail server from now on. ``revision`` is that of the one seen, 0 for none; raises
        PreconditionFailedError, and ValidationError for entries that can't be used.
        """
        with self._new_unit_of_work() as work:
            stored = work.notifications.servers.find(session.tenant.id)
            if (stored.revision if stored else 0) != revision:
                raise PreconditionFailedError("Somebody changed the mail server since you opened it. Look at it again.")
            server = replace(self.make(session, edit, stored), revision=revision + 1)
            work.notifications.servers.save(server)
            close_trouble(work, session.tenant.id, SERVER, self._clock.now())
            work.notifications.deliveries.hasten(session.tenant.id, self._clock.now(), kind=ChannelKind.EMAIL)
            details = {"server": f"{server.host}:{server.port}", "sender": server.sender_address}
            self._audit.note(work, session, AuditAction.MAIL_SERVER_SAVED, details=details)
            work.commit()
        return server

    def make(self, session: Session, edit: MailServerEdit, stored: MailServer | None) -> MailServer:
        """Return the mail server of an edit, not stored yet; raises ValidationError."""
        host, user = edit.host.strip(), edit.user.strip()
        if not _HOST.fullmatch(host):
            raise ValidationError("This is no name of a mail server. It looks like smtp.example.com, without a port.")
        if not 1 <= edit.port <= 65535:
            raise ValidationError("The port must be a number from 1 to 65535; usual are 587 and 465.")
        if user and edit.security is MailSecurity.NONE:
            raise ValidationError("Without encryption the password could be read on its way. Choose STARTTLS or TLS.")
        server = MailServer(
            organization_id=session.tenant.id,
            host=host,
            port=edit.port,
            security=edit.security,
            sender_address=read_mail_address(edit.sender_address),
            sender_name=" ".join(edit.sender_name.split()),
            user=user,
        )
        return replace(server, sealed_password=self._sealed_password(server, edit.password, stored))

    def _sealed_password(self, server: MailServer, password: str | None, stored: MailServer | None) -> bytes:
        if not server.user:
            return b""
        if password:
            return self._vault.seal(password.encode(), password_context(server.organization_id))
        if stored is None or not stored.sealed_password or not _is_same_place(stored, server):
            # Else whoever may edit could have the stored password sent to a server of their own.
            raise ValidationError("Enter the password. A stored one is used only with the server it was entered for.")
        return stored.sealed_password

    def remove(self, session: Session) -> None:
        """Forget the mail server; what is to be mailed waits for another. Raises NotFoundError without one."""
        with self._new_unit_of_work() as work:
            if not work.notifications.servers.remove(session.tenant.id):
                raise NotFoundError("There is no mail server to remove.")
            close_trouble(work, session.tenant.id, SERVER, self._clock.now())
            self._audit.note(work, session, AuditAction.MAIL_SERVER_REMOVED)
            work.commit()


def password_context(organization_id: str) -> str:
    """Return what a mail server's password is sealed for."""
    return f"mail_server:{organization_id}"


def _is_same_place(stored: MailServer, wanted: MailServer) -> bool:
    return (stored.host.casefold(), stored.port, stored.security, stored.user) == (
        wanted.host.casefold(),
        wanted.port,
        wanted.security,
        wanted.user,
    )
