"""The count of the database's states in a small file beside it. Backups of the database alone leave it as it is."""

import json
import os
import tempfile
from contextlib import suppress
from pathlib import Path

import structlog

from adnode.domain.epoch import Epoch

log = structlog.get_logger(__name__)

LIMIT_BYTES = 64 * 1024


class EpochFile:
    """EpochWitness in a file: a JSON object of numbers by the ids of databases that this machine has served."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def recall(self, database_id: str) -> int:
        """Return the number that was kept last of that database, 0 when none was."""
        return self._read().get(database_id, 0)

    def keep(self, epoch: Epoch) -> None:
        """Keep the number of that database."""
        known = self._read()
        if known.get(epoch.database_id) == epoch.number:
            return
        try:
            self._replace(json.dumps({**known, epoch.database_id: epoch.number}))
        except OSError as error:
            log.warning("epoch_not_kept", path=str(self._path), reason=error.strerror)

    def _read(self) -> dict[str, int]:
        try:
            with self._path.open("rb") as file:
                document = json.loads(file.read(LIMIT_BYTES))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            log.warning("epoch_not_readable", path=str(self._path), reason=str(error))
            return {}
        items = document.items() if isinstance(document, dict) else ()
        return {str(name): number for name, number in items if type(number) is int}

    def _replace(self, text: str) -> None:
        """Write the file as a whole or not at all; new files are for this account only."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=self._path.name, dir=self._path.parent)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(self._path)
        except OSError:
            with suppress(OSError):
                Path(name).unlink()
            raise
