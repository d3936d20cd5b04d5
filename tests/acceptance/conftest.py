"""Two connected sides that the tests of a module share: starting processes is what takes time here."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from tests.acceptance.harness import Side, Stage, open_stage


@dataclass(frozen=True, slots=True)
class Pair:
    """A public and a private side, connected."""

    stage: Stage
    public: Side
    private: Side
    connection_id: str

    def share(self, number: int, *, source: Side | None = None) -> int:
        """Put a work item of a side (the public one by default) under sync; return the other side's number."""
        return self.stage.synchronize(source or self.public, self.connection_id, [number])[number]

    def rest(self) -> None:
        """Wait until nothing is in progress on both sides."""
        self.stage.wait_for_rest(self.connection_id, self.public, self.private)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with open_stage(tmp_path_factory.mktemp("stage")) as opened:
        yield opened


@pytest.fixture(scope="module")
def pair(stage: Stage) -> Pair:
    public = stage.add_side("fabrikam", "Agile")
    private = stage.add_side("ContosoCollection", "Scrum", is_public=False, is_server=True)
    return Pair(stage, public, private, stage.connect(public, private))
