"""The lane of files: what a peer that can't call us asked for travels beside the messages, not between them."""

import structlog

from adnode.ports.storage import UnitOfWorkFactory
from adnode.services.content_answers import ContentAnswerService
from adnode.services.correlation import correlated
from adnode.workers.lanes import Lane, LanePool

LOOK_SECONDS = 5.0
"""Pause before what could not be sent is tried again, or a wake-up that was lost does no harm."""

log = structlog.get_logger(__name__)


class FileLane(Lane):
    """Sends the files of one connection."""

    def __init__(self, answers: ContentAnswerService, connection_id: str) -> None:
        super().__init__(f"files-{connection_id[:8]}")
        self._answers = answers
        self._connection_id = connection_id

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._woken.clear()
            with correlated():
                self._answer()
            self._woken.wait(LOOK_SECONDS)

    def _answer(self) -> None:
        try:
            self._answers.answer(self._connection_id)
        except Exception:
            # Only this thread sends the connection's files; it must outlive whatever it meets.
            log.error("files_not_sent", connection=self._connection_id, exc_info=True)


class FileLanePool(LanePool):
    """Keeps one lane of files for each active polling connection."""

    def __init__(self, new_unit_of_work: UnitOfWorkFactory, answers: ContentAnswerService) -> None:
        super().__init__(new_unit_of_work, lambda connection_id: FileLane(answers, connection_id), "file-lanes")
