"""Replacing the key that seals stored secrets, so that an old one can be thrown away."""

from dataclasses import dataclass, replace

from adnode.domain.invitation import InvitationStatus
from adnode.ports.storage import UnitOfWork, UnitOfWorkFactory
from adnode.ports.system import Vault
from adnode.services.mail_servers import password_context
from adnode.services.subscribers import secret_context


@dataclass(frozen=True, slots=True)
class SealingReport:
    """How many stored secrets there are, and how many were sealed anew with the newest key."""

    total: int
    sealed_anew: int


class SecretRotationService:
    """Seals every stored secret with the newest key. Repeating it changes nothing."""

    def __init__(self, new_unit_of_work: UnitOfWorkFactory, vault: Vault) -> None:
        self._new_unit_of_work = new_unit_of_work
        self._vault = vault

    def seal_anew(self) -> SealingReport:
        """Bring all secrets to the newest key in one transaction; raises SecretUnreadableError and changes nothing
        when one can't be opened with the keys given.
        """
        with self._new_unit_of_work() as work:
            changes = [
                *self._credentials(work),
                *self._connection_keys(work),
                *self._invitation_secrets(work),
                *self._mail_passwords(work),
                *self._webhook_secrets(work),
            ]
            work.commit()
        return SealingReport(len(changes), sum(changes))

    def _credentials(self, work: UnitOfWork) -> list[bool]:
        changes = []
        for organization in work.organizations.list_all():
            sealed = work.organizations.sealed_credential(organization.id)
            fresh = self._fresh(sealed, f"organization:{organization.id}")
            if fresh is not None:
                work.organizations.replace_credential(organization, fresh)
            changes.append(fresh is not None)
        return changes

    def _connection_keys(self, work: UnitOfWork) -> list[bool]:
        changes = []
        for connection in sorted(work.connections.list_all(), key=lambda one: one.id):
            if not connection.sealed_private_key:
                continue
            fresh = self._fresh(connection.sealed_private_key, f"connection:{connection.id}")
            if fresh is not None:
                work.connections.save(replace(connection, sealed_private_key=fresh))
            changes.append(fresh is not None)
        return changes

    def _invitation_secrets(self, work: UnitOfWork) -> list[bool]:
        changes = []
        for connection in sorted(work.connections.list_all(), key=lambda one: one.id):
            for invitation in work.invitations.list_of(connection.id):
                if invitation.status is not InvitationStatus.OPEN or not invitation.sealed_secret:
                    continue
                fresh = self._fresh(invitation.sealed_secret, f"invitation:{invitation.id}")
                if fresh is not None:
                    work.invitations.save(replace(invitation, sealed_secret=fresh))
                changes.append(fresh is not None)
        return changes

    def _mail_passwords(self, work: UnitOfWork) -> list[bool]:
        changes = []
        for server in work.notifications.servers.list_all():
            if not server.sealed_password:
                continue
            fresh = self._fresh(server.sealed_password, password_context(server.organization_id))
            if fresh is not None:
                work.notifications.servers.save(replace(server, sealed_password=fresh))
            changes.append(fresh is not None)
        return changes

    def _webhook_secrets(self, work: UnitOfWork) -> list[bool]:
        changes = []
        for subscriber in work.notifications.subscribers.list_all():
            if not subscriber.sealed_secret:
                continue
            fresh = self._fresh(subscriber.sealed_secret, secret_context(subscriber.id))
            if fresh is not None:
                work.notifications.subscribers.save(replace(subscriber, sealed_secret=fresh))
            changes.append(fresh is not None)
        return changes

    def _fresh(self, sealed: bytes, context: str) -> bytes | None:
        if self._vault.is_current(sealed):
            return None
        return self._vault.seal(self._vault.open(sealed, context), context)
