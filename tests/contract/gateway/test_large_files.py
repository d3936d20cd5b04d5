"""Files of the largest size that Services take pass without being held in memory."""

import hashlib
import tracemalloc
from collections.abc import Iterator

import pytest
from tests.contract.gateway.stages import COLLECTION, PROJECT, SERVICES, Stage, open_emulator, open_stage

from adnode.domain.errors import AttachmentTooLargeError
from adnode.ports.gateway import chunk_stream
from azure_devops_emulator.server import EmulatorServer

MEGABYTE = 1024 * 1024
LIMIT = 60 * MEGABYTE
MEMORY_BOUND = 8 * MEGABYTE
PIECE = bytes(range(256)) * 256


@pytest.fixture(scope="module")
def emulator() -> Iterator[EmulatorServer]:
    with open_emulator() as server:
        yield server


@pytest.fixture
def stage(emulator: EmulatorServer) -> Iterator[Stage]:
    with open_stage(SERVICES, emulator) as opened:
        yield opened


def pieces(size: int) -> Iterator[bytes]:
    while size > 0:
        yield PIECE[:size]
        size -= len(PIECE)


@pytest.mark.timeout(300)
def test_60_megabytes_pass_both_ways_with_flat_memory(stage: Stage) -> None:
    digest = hashlib.sha256()
    for piece in pieces(LIMIT):
        digest.update(piece)
    stage.gateway.list_projects()
    tracemalloc.start()
    try:
        uploaded = stage.gateway.upload_attachment(PROJECT, "large.bin", chunk_stream(pieces(LIMIT)))
        received = hashlib.sha256()
        with stage.gateway.open_attachment(uploaded.id, "large.bin") as stream:
            for chunk in stream.chunks:
                received.update(chunk)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert received.digest() == digest.digest()
    assert peak < MEMORY_BOUND


@pytest.mark.parametrize("size", [None, LIMIT + 1])
def test_a_file_over_the_limit_is_refused(stage: Stage, emulator: EmulatorServer, size: int | None) -> None:
    emulator.landscape.statistics.clear()
    taken = 0

    def counted() -> Iterator[bytes]:
        nonlocal taken
        for piece in pieces(LIMIT * 2):
            taken += len(piece)
            yield piece

    with pytest.raises(AttachmentTooLargeError, match=r"huge\.bin .* 60 MB"):
        stage.gateway.upload_attachment(PROJECT, "huge.bin", chunk_stream(counted(), size))
    assert taken == 0 if size else taken <= LIMIT + len(PIECE)


def test_the_limit_of_a_server_is_its_own(emulator: EmulatorServer) -> None:
    with open_stage(COLLECTION, emulator) as stage:
        uploaded = stage.gateway.upload_attachment(PROJECT, "huge.bin", chunk_stream(pieces(LIMIT + 1)))
        with stage.gateway.open_attachment(uploaded.id, "huge.bin") as stream:
            assert stream.size in (None, LIMIT + 1)
