"""The victim, and a peer with a real invitation of its own for each test."""

from collections.abc import Iterator

import pytest
from tests.integration.hostile.peer import HostilePeer
from tests.integration.hostile.victim import Stage, open_stage


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with open_stage(tmp_path_factory.mktemp("victim")) as opened:
        yield opened


@pytest.fixture
def peer(stage: Stage) -> HostilePeer:
    peer = HostilePeer(stage, stage.invite())
    assert peer.accept().status == 200
    return peer
