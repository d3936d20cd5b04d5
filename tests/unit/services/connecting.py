"""What tests of connecting existing work items have in common."""

from itertools import count

from tests.unit.services.memory_nodes import MemoryNode

from adnode.adapters.memory.clock import MemoryIds
from adnode.adapters.memory.gateway import MemoryGateways
from adnode.adapters.memory.wakeups import MemoryWakeups
from adnode.domain.job import Job
from adnode.domain.session import Session, Tenant
from adnode.services.audit import AuditService
from adnode.services.bulk_connect import BulkConnectHandler, BulkConnectService, ConnectOptions

NAMES = count()
"""Every service makes ids of its own, as processes do."""


def session_of(node: MemoryNode) -> Session:
    organization, now = node.organization, node.clock.now()
    tenant = Tenant(organization.id, organization.name, organization.address.url, organization.kind, now)
    return Session("s", tenant, "u", "Paula", is_administrator=True, issued_at=now, expires_at=now)


def service_of(node: MemoryNode) -> BulkConnectService:
    storage, ids = node.storage.unit_of_work, MemoryIds(f"bulk{next(NAMES)}")
    return BulkConnectService(
        storage, MemoryGateways(node.gateway), AuditService(storage, node.clock, ids), node.clock, ids
    )


def handler_of(node: MemoryNode) -> BulkConnectHandler:
    gateways = MemoryGateways(node.gateway)
    return BulkConnectHandler(
        node.storage.unit_of_work, gateways, MemoryWakeups(), node.clock, MemoryIds(f"pair{next(NAMES)}")
    )


def csv(*pairs: tuple[object, object]) -> bytes:
    lines = ["local_work_item_id,remote_work_item_id", *(f"{ours},{theirs}" for ours, theirs in pairs)]
    return "\n".join(lines).encode()


def start(node: MemoryNode, connection_id: str, *pairs: tuple[object, object], **options: object) -> Job:
    return service_of(node).start(session_of(node), connection_id, csv(*pairs), ConnectOptions(**options))  # type: ignore[arg-type]


def furnish(node: MemoryNode, word: str, type_name: str = "Task") -> int:
    """A work item with content of its own."""
    number = node.create(type_name, f"{word} title", Description=f"<p>{word} text</p>")
    node.organization.comment(number, f"{word} comment")
    node.organization.attach(number, f"{word}.txt", word.encode())
    return number


def revisions(node: MemoryNode, *numbers: int) -> list[int]:
    return [node.organization.snapshot(number).revision for number in numbers]
