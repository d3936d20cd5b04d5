"""Writing work items: one by its own call, several in ``$batch`` calls."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from adnode.adapters.azure_devops.client import AzureDevOpsClient, Call, understand
from adnode.adapters.azure_devops.comments import Comments
from adnode.adapters.azure_devops.documents import Document
from adnode.adapters.azure_devops.failures import Operation, read_problem, translate
from adnode.adapters.azure_devops.patches import HISTORY, make_patch
from adnode.adapters.azure_devops.reading import Reading
from adnode.adapters.azure_devops.resources import BATCH, NEW_WORK_ITEMS, WORK_ITEMS
from adnode.domain.errors import GatewayError, GatewayUnavailableError, InvalidWriteError
from adnode.domain.work_item import WorkItemSnapshot, WorkItemWrite
from adnode.ports.gateway import WriteOutcome

BATCH_LIMIT = 200
"""Entries of one ``$batch``: what Microsoft's own migrator sends; the maximum is not published."""
WRITE_RIGHT = "write work items (scope: Work Items, Read & write)"
PATCH_TYPE = "application/json-patch+json"
_EXPAND = {"$expand": "relations"}
_SEVERAL = Operation("write several work items", WRITE_RIGHT, is_write=True)


class Writing:
    """The writing half of the gateway."""

    def __init__(self, client: AzureDevOpsClient, reading: Reading, comments: Comments) -> None:
        self._client = client
        self._reading = reading
        self._comments = comments

    def write_work_items(self, writes: Sequence[WorkItemWrite]) -> list[WriteOutcome]:
        """Carry out the writes in order; a call without an answer gives each of its entries that error."""
        outcomes: list[WriteOutcome] = []
        for start in range(0, len(writes), BATCH_LIMIT):
            outcomes += self._write(writes[start : start + BATCH_LIMIT])
        return outcomes

    def _write(self, writes: Sequence[WorkItemWrite]) -> list[WriteOutcome]:
        try:
            if len(writes) == 1:
                return [self._find_comment(writes[0], self._send_one(writes[0]))]
            return self._send_batch(writes)
        except InvalidWriteError as error:
            if len(writes) == 1:
                return [WriteOutcome(error=error)]
            # The whole batch was refused, so nothing of it happened: it may be too large for this organization.
            middle = len(writes) // 2
            return self._write(writes[:middle]) + self._write(writes[middle:])
        except GatewayError as error:
            return [WriteOutcome(error=error)] * len(writes)

    # one -------------------------------------------------------------------------------------------------------------

    def _send_one(self, write: WorkItemWrite) -> WorkItemSnapshot:
        if write.work_item_id is None:
            route: dict[str, object] = {"project": write.project, "type": write.type_name}
            call = Call("POST", NEW_WORK_ITEMS, _describe(write), route, _EXPAND, make_patch(write), PATCH_TYPE)
        else:
            route = {"id": write.work_item_id}
            call = Call("PATCH", WORK_ITEMS, _describe(write), route, _EXPAND, make_patch(write), PATCH_TYPE)
        return self._client.ask(call, self._reading.take_in)

    # several ---------------------------------------------------------------------------------------------------------

    def _send_batch(self, writes: Sequence[WorkItemWrite]) -> list[WriteOutcome]:
        version = self._client.negotiate(WORK_ITEMS, _SEVERAL)
        entries = [_make_entry(write, version, -number) for number, write in enumerate(writes, start=1)]
        answers = self._client.ask(Call("PATCH", BATCH, _SEVERAL, content=entries), _read_answers)
        outcomes = [self._settle(write, answer) for write, answer in zip(writes, answers, strict=False)]
        return outcomes + [_unanswered()] * (len(writes) - len(outcomes))

    def _settle(self, write: WorkItemWrite, answer: Document) -> WriteOutcome:
        try:
            return understand(_describe(write), lambda: self._read_answer(write, answer))
        except GatewayError as error:
            return WriteOutcome(error=error)

    def _read_answer(self, write: WorkItemWrite, answer: Document) -> WriteOutcome:
        status, body = int(answer["code"]), answer.get("body")
        if 200 <= status < 300:
            document: Document = json.loads(body) if isinstance(body, str) else body or {}
            return self._find_comment(write, self._reading.take_in(document))
        text = body if isinstance(body, str) else json.dumps(body)
        headers: Mapping[str, str] = answer.get("headers") or {}
        error = translate(read_problem(status, headers, text.encode()), _describe(write))
        error.details.setdefault("request", f"PATCH {_entry_path(write)} (in a batch)")
        return WriteOutcome(error=error)

    # both ------------------------------------------------------------------------------------------------------------

    def _find_comment(self, write: WorkItemWrite, snapshot: WorkItemSnapshot) -> WriteOutcome:
        """Say which comment the history became; an answer that does not tell costs one look at the newest."""
        if write.history is None:
            return WriteOutcome(snapshot)
        if snapshot.comment_reference is not None:
            return WriteOutcome(snapshot, snapshot.comment_reference.id, snapshot.text(HISTORY))
        try:
            newest = self._comments.read_newest(snapshot.project, snapshot.id)
        except GatewayError:
            return WriteOutcome(snapshot)
        return WriteOutcome(snapshot, newest.id, newest.text) if newest else WriteOutcome(snapshot)


def _read_answers(document: object) -> Sequence[Document]:
    answers = document["value"] if isinstance(document, dict) else document
    if not isinstance(answers, list):
        raise TypeError("a batch is answered with a list")
    return answers


def _describe(write: WorkItemWrite) -> Operation:
    if write.work_item_id is None:
        return Operation(f"create a {write.type_name} in {write.project}", WRITE_RIGHT, is_write=True)
    return Operation(f"change work item {write.work_item_id}", WRITE_RIGHT, is_write=True)


def _make_entry(write: WorkItemWrite, version: str, temporary_id: int) -> dict[str, Any]:
    patch = make_patch(write)
    if write.work_item_id is None:
        patch.insert(0, {"op": "add", "path": "/id", "value": str(temporary_id)})
    uri = f"{_entry_path(write)}?$expand=relations&api-version={version}"
    return {"method": "PATCH", "uri": uri, "headers": {"Content-Type": PATCH_TYPE}, "body": patch}


def _entry_path(write: WorkItemWrite) -> str:
    if write.work_item_id is not None:
        return f"/_apis/wit/workitems/{write.work_item_id}"
    return f"/{quote(write.project, safe='')}/_apis/wit/workitems/${quote(write.type_name, safe='')}"


def _unanswered() -> WriteOutcome:
    error = GatewayUnavailableError(
        "Azure DevOps answered a batch without saying what became of this write. It is looked for before it is tried "
        "again.",
        effect_unknown=True,
    )
    return WriteOutcome(error=error)
