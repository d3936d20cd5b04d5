"""Getting Started: the checklist."""

from adnode.services.getting_started import Step
from adnode.web.hub.hub_services import HubServices
from adnode.web.hub.operations import Answer, Call, Operation, declares, operations_of
from adnode.web.hub.schemas import Shape

TAG = "Getting started"


class StepDocument(Shape):
    """One thing to do."""

    key: Step
    is_done: bool
    detail: str


class StepsDocument(Shape):
    """All of them, in order."""

    items: list[StepDocument]


class GettingStartedTab:
    """The operation of the checklist."""

    def __init__(self, services: HubServices) -> None:
        self._getting_started = services.getting_started

    @declares(Operation("GET", "/getting-started", "Say what is done", answer=StepsDocument))
    def list_steps(self, call: Call) -> Answer:
        """Answer with all steps."""
        steps = self._getting_started.list_steps(call.session)
        items = [StepDocument(key=step.step, is_done=step.is_done, detail=step.detail) for step in steps]
        return Answer(StepsDocument(items=items))


def list_operations(services: HubServices) -> list[Operation]:
    """Return the operation of the checklist."""
    return operations_of(GettingStartedTab(services), TAG)
