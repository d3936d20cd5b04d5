"""The Triggers tab: conditions that put work items under sync by themselves."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import StringConstraints

from adnode.domain.connection import ConnectionStatus
from adnode.domain.errors import PreconditionFailedError, ValidationError
from adnode.domain.trigger import CONDITION_LIMIT, TriggerWish
from adnode.services.trigger_matches import Match
from adnode.services.triggers import TriggerEdit, TriggerView
from adnode.web.hub.hub_services import HubServices
from adnode.web.hub.jobs import JobDocument, job_document
from adnode.web.hub.operations import Answer, Call, Operation, declares, operations_of
from adnode.web.hub.paging import make_cursor, read_cursor
from adnode.web.hub.schemas import Body, Identifier, LongText, Moment, Page, PageQuery, Shape, StorableText, Text

TAG = "Triggers"
RATE = "trigger_preview"
ASKING_PROBLEMS = (404, 409, 502, 503)
_ONE = "/triggers/<trigger_id>"
# Longer than allowed, so that one that is a little too long is refused in words that say how much.
Condition = Annotated[StorableText, StringConstraints(max_length=2 * CONDITION_LIMIT)]
ConnectionId = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_-]{0,64}$")]


class TriggerDocument(Shape):
    """A trigger. ``matches`` is how many work items fitted at ``counted_at``, null when that is not known, with
    ``is_many`` at least so many; ``exalated`` how many it put under sync by itself; ``last_run_at`` when it last looked
    at changed work items; ``last_error`` why it can't now. ``revision`` is what If-Match takes.
    """

    id: str
    title: str
    connection_id: str
    connection_name: str
    connection_status: ConnectionStatus
    project: str
    work_item_type: str
    condition: str
    notes: str
    is_active: bool
    created_at: Moment
    created_by: str
    matches: int | None
    is_many: bool
    counted_at: Moment | None
    exalated: int
    last_run_at: Moment | None
    last_error: str
    revision: int


class TriggerQuery(PageQuery):
    """Which triggers, in which order; a minus turns it round."""

    connection_id: ConnectionId = ""
    is_active: bool | None = None
    sort: Literal["created_at", "-created_at"] = "created_at"


class ConditionBody(Body):
    """What a condition would find: ``condition`` is what stands after WHERE in WIQL."""

    connection_id: Identifier
    work_item_type: Text = ""
    condition: Condition = ""


class TriggerBody(ConditionBody):
    """A new trigger."""

    notes: LongText = ""
    is_active: bool = True


class TriggerEditBody(Body):
    """What is changed; what is left out stays."""

    connection_id: Identifier | None = None
    work_item_type: Text | None = None
    condition: Condition | None = None
    notes: LongText | None = None
    is_active: bool | None = None


class MatchDocument(Shape):
    """A work item that fits."""

    work_item_id: str
    title: str
    type: str
    state: str
    url: str
    is_under_sync: bool


class PreviewDocument(Shape):
    """How many work items fit, with ``is_many`` at least so many, null when counting takes too long; and the first."""

    matches: int | None
    is_many: bool
    items: list[MatchDocument]


class TypesDocument(Shape):
    """Work item types by name."""

    items: list[str]


_EDIT: dict[str, Any] = {
    "answer": TriggerDocument,
    "headers": ("If-Match",),
    "has_etag": True,
    "problems": ASKING_PROBLEMS,
}


class TriggersTab:
    """Operations on triggers."""

    def __init__(self, services: HubServices) -> None:
        self._triggers = services.console.triggers

    @declares(
        Operation(
            "GET",
            "/triggers",
            "List triggers",
            answer=Page[TriggerDocument],
            query=TriggerQuery,
            is_conditional=True,
        )
    )
    def list_triggers(self, call: Call) -> Answer:
        """Answer with a page of triggers."""
        query = call.query(TriggerQuery)
        page = self._triggers.list_page(
            call.session,
            connection_id=query.connection_id,
            is_active=query.is_active,
            after=_read_place(query.after) if query.after else None,
            limit=query.limit + 1,
            is_descending=query.sort.startswith("-"),
        )
        shown = page.views[: query.limit]
        following = make_cursor(_place(shown[-1])) if len(page.views) > query.limit else None
        items = [trigger_document(view) for view in shown]
        return Answer(Page[TriggerDocument](items=items, next=following, total=page.total))

    @declares(
        Operation(
            "POST",
            "/triggers",
            "Make a trigger, once Azure DevOps has taken its condition",
            answer=TriggerDocument,
            status=201,
            body=TriggerBody,
            has_etag=True,
            rate=RATE,
            problems=ASKING_PROBLEMS,
        )
    )
    def create_trigger(self, call: Call) -> Answer:
        """Make a trigger."""
        body = call.body(TriggerBody)
        wish = TriggerWish(body.connection_id, body.condition, body.work_item_type, body.notes, body.is_active)
        return _answer(self._triggers.create(call.session, wish), status=201)

    @declares(
        Operation(
            "POST",
            "/triggers/preview",
            "Say what a condition finds now, or what is wrong with it",
            answer=PreviewDocument,
            body=ConditionBody,
            rate=RATE,
            problems=ASKING_PROBLEMS,
        )
    )
    def preview_trigger(self, call: Call) -> Answer:
        """Answer with the first matches."""
        body = call.body(ConditionBody)
        preview = self._triggers.preview(call.session, body.connection_id, body.work_item_type, body.condition)
        return Answer(
            PreviewDocument(
                matches=preview.count.matches,
                is_many=preview.count.is_many,
                items=[_match(item) for item in preview.items],
            )
        )

    @declares(
        Operation(
            "GET",
            "/connections/<connection_id>/work-item-types",
            "List the work item types that a trigger may name",
            answer=TypesDocument,
            problems=ASKING_PROBLEMS,
        )
    )
    def list_types(self, call: Call) -> Answer:
        """Answer with the names of the types."""
        return Answer(TypesDocument(items=self._triggers.list_types(call.session, call.path["connection_id"])))

    @declares(Operation("GET", _ONE, "Show one", answer=TriggerDocument, has_etag=True))
    def get_trigger(self, call: Call) -> Answer:
        """Answer with a trigger."""
        return _answer(self._triggers.show(call.session, call.path["trigger_id"]))

    @declares(Operation("PATCH", _ONE, "Change a trigger", body=TriggerEditBody, rate=RATE, **_EDIT))
    def edit_trigger(self, call: Call) -> Answer:
        """Store what somebody changed."""
        body = call.body(TriggerEditBody)
        edit = TriggerEdit(body.connection_id, body.condition, body.work_item_type, body.notes, body.is_active)
        with self._telling_current(call):
            return _answer(self._triggers.edit(call.session, call.path["trigger_id"], call.revision, edit))

    @declares(
        Operation(
            "DELETE",
            _ONE,
            "Delete a trigger; what is under sync stays so",
            status=204,
            headers=("If-Match",),
        )
    )
    def delete_trigger(self, call: Call) -> Answer:
        """Delete a trigger."""
        with self._telling_current(call):
            self._triggers.delete(call.session, call.path["trigger_id"], call.revision)
        return Answer()

    @declares(Operation("POST", f"{_ONE}/activate", "Look at what changes from now on", **_EDIT))
    def activate_trigger(self, call: Call) -> Answer:
        """Switch it on."""
        with self._telling_current(call):
            return _answer(self._triggers.activate(call.session, call.path["trigger_id"], call.revision))

    @declares(Operation("POST", f"{_ONE}/deactivate", "Look at nothing until it is activated", **_EDIT))
    def deactivate_trigger(self, call: Call) -> Answer:
        """Switch it off."""
        with self._telling_current(call):
            return _answer(self._triggers.deactivate(call.session, call.path["trigger_id"], call.revision))

    @declares(
        Operation(
            "POST",
            f"{_ONE}/count",
            "Count how many work items fit now",
            answer=TriggerDocument,
            has_etag=True,
            rate=RATE,
            problems=ASKING_PROBLEMS,
        )
    )
    def count_trigger(self, call: Call) -> Answer:
        """Count anew."""
        return _answer(self._triggers.count(call.session, call.path["trigger_id"]))

    @declares(
        Operation(
            "POST",
            f"{_ONE}/bulk-exalate",
            "Begin to put everything under sync that fits now",
            answer=JobDocument,
            status=202,
            problems=(409,),
        )
    )
    def bulk_exalate(self, call: Call) -> Answer:
        """Begin a job."""
        return Answer(job_document(self._triggers.bulk_exalate(call.session, call.path["trigger_id"])))

    @declares(
        Operation(
            "POST",
            f"{_ONE}/bulk-unexalate",
            "Begin to take everything out of sync that fits now",
            answer=JobDocument,
            status=202,
            problems=(409,),
        )
    )
    def bulk_unexalate(self, call: Call) -> Answer:
        """Begin a job."""
        return Answer(job_document(self._triggers.bulk_unexalate(call.session, call.path["trigger_id"])))

    @contextmanager
    def _telling_current(self, call: Call) -> Iterator[None]:
        """Add how the trigger is now to the answer that somebody else was faster."""
        try:
            yield
        except PreconditionFailedError as error:
            current = self._triggers.show(call.session, call.path["trigger_id"])
            error.details["current"] = trigger_document(current).model_dump(mode="json")
            raise


def list_operations(services: HubServices) -> list[Operation]:
    """Return the operations on triggers."""
    return operations_of(TriggersTab(services), TAG)


def trigger_document(view: TriggerView) -> TriggerDocument:
    """Return a trigger as pages get it."""
    trigger, connection = view.trigger, view.connection
    return TriggerDocument(
        id=trigger.id,
        title=trigger.title,
        connection_id=connection.id,
        connection_name=connection.name,
        connection_status=connection.status,
        project=connection.project,
        work_item_type=trigger.work_item_type,
        condition=trigger.condition,
        notes=trigger.notes,
        is_active=trigger.is_active,
        created_at=trigger.created_at,
        created_by=trigger.created_by,
        matches=trigger.matches,
        is_many=trigger.is_many,
        counted_at=trigger.counted_at,
        exalated=trigger.exalated,
        last_run_at=trigger.last_run_at,
        last_error=trigger.last_error,
        revision=trigger.revision,
    )


def _answer(view: TriggerView, status: int | None = None) -> Answer:
    return Answer(trigger_document(view), etag=str(view.trigger.revision), status=status)


def _match(match: Match) -> MatchDocument:
    return MatchDocument(
        work_item_id=str(match.work_item_id),
        title=match.title,
        type=match.type_name,
        state=match.state,
        url=match.url,
        is_under_sync=match.is_under_sync,
    )


def _place(view: TriggerView) -> tuple[str, str]:
    return view.trigger.created_at.isoformat(), view.trigger.id


def _read_place(cursor: str) -> tuple[datetime, str]:
    key = read_cursor(cursor)
    try:
        created_at, trigger_id = key
        moment = datetime.fromisoformat(str(created_at))
    except ValueError:
        moment, trigger_id = None, ""
    if moment is None or moment.tzinfo is None or not str(trigger_id).isprintable():
        raise ValidationError("The cursor is none that this list gave out. Begin the list again.")
    return moment, str(trigger_id)
