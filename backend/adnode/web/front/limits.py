"""How much and how long the front lets callers go on."""

from dataclasses import dataclass

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class FrontLimits:
    """Limits of one process. Durations are seconds.

    ``head_seconds`` is for a whole request head, ``body_seconds`` for a whole body that is no content of a file;
    ``patience_seconds`` is what a body may take beyond its size at ``slowest_bytes_a_second``. ``budget_bytes`` is for
    all bodies together that wait for their end, and once more for all answers that wait for their reader.
    ``idle_seconds`` is how long a connection may rest between two requests; ``linger_seconds`` and ``linger_bytes``
    are what is still taken from a caller that was answered before it had said everything. ``write_seconds`` is how
    long a caller may take to read what fills the buffers. ``poll_seconds`` is the longest wait of a long poll,
    ``look_seconds`` how often all parked ones are looked after together. ``crowd`` is how many requests of one partner
    are worked on at the same time, ``content_crowd`` how many of its files travel. ``refusals`` is how often one
    address may be refused in a minute: a whole company may call from one, each page with an old session.
    """

    head_seconds: float = 10.0
    body_seconds: float = 60.0
    patience_seconds: float = 10.0
    slowest_bytes_a_second: int = 1000
    budget_bytes: int = 32 * MEBIBYTE
    head_bytes: int = 32 * 1024
    idle_seconds: int = 75
    linger_seconds: float = 5.0
    linger_bytes: int = 2 * MEBIBYTE
    write_seconds: float = 60.0
    connections: int = 8192
    poll_seconds: float = 25.0
    look_seconds: float = 1.0
    refusals: int = 600
    crowd: int = 4
    content_crowd: int = 8
    threads_for_peers: int = 8
    threads_for_polls: int = 4
    threads_for_content: int = 24
    threads_for_pages: int = 24
    waiting: int = 2000
    wait_seconds: float = 20.0
