"""Bodies of messages, good ones and others."""

from collections.abc import Callable
from typing import Any

from tests.integration.hostile.peer import ORGANIZATION_ID, ORGANIZATION_URL, HostilePeer

State = Callable[[HostilePeer], dict[str, Any]]


def own(peer: HostilePeer, number: int) -> str:
    """The name of a work item of the victim."""
    return f"{peer.stage.victim.organization.id}:{number}"


def terms(number: int, content: str = "remote") -> dict[str, object]:
    return {"remote_work_item_id": number, "content": content, "comments": True, "attachments": True}


def ask(title: str = "Give me", **changes: object) -> dict[str, object]:
    return {"id": "proposal-1", "kind": "connect", "asked_by": "Eve", "title": title, "type": "Task", **changes}


def by_lineage(number: Callable[[HostilePeer], int]) -> State:
    return lambda peer: peer.state(lineage=[f"{ORGANIZATION_ID}:900", own(peer, number(peer))])


def by_terms(number: Callable[[HostilePeer], int], content: str = "remote") -> State:
    return lambda peer: peer.state(terms=terms(number(peer), content), proposal=ask())


def alone(peer: HostilePeer) -> int:
    return peer.stage.alone


def elsewhere(peer: HostilePeer) -> int:
    return peer.stage.elsewhere


def of_others(peer: HostilePeer) -> int:
    return peer.stage.of_others


def changed(**changes: object) -> State:
    return lambda peer: peer.state(**changes)  # type: ignore[arg-type]


def registers(**values: object) -> State:
    """A state whose registers hold these values; '__' in a name is the '/' of a key."""
    return lambda peer: peer.state(
        registers={name.replace("__", "/"): peer.register(value) for name, value in values.items()}
    )


def register(**changes: Any) -> State:
    return lambda peer: peer.state(registers={"summary": peer.register("x", **changes)})


def comment(peer: HostilePeer, text: str = "hello", author: str = "Eve") -> dict[str, object]:
    now = peer.register("")["changed_at"]
    return {"author": author, "created_at": now, "text": {"text": text, "format": "html"}, "is_deleted": False}


def file(name: str = "x.txt", size: object = 1) -> dict[str, object]:
    return {"name": name, "size": size, "comment": "", "is_deleted": False}


def nested(levels: int) -> object:
    value: object = 1
    for _ in range(levels):
        value = [value]
    return value


def ids(*twin_ids: str) -> State:
    return lambda peer: {"twin_ids": [peer.stage.foreign_twin, *twin_ids]}


def applied(peer: HostilePeer, **changes: object) -> dict[str, Any]:
    body = {"work_item_id": 900, "url": f"{ORGANIZATION_URL}/_workitems/edit/900", "lineage": [], "message_ids": []}
    return {**body, **changes}


def failed(**changes: object) -> dict[str, Any]:
    return {"error_code": "rule_violation", "text": "No.", "message_ids": [], **changes}
