"""What is counted: calls, answers, revisions and bytes."""

from __future__ import annotations

import threading
from collections import Counter, deque
from dataclasses import asdict, dataclass

_KEPT_CALLS = 20_000


@dataclass(frozen=True, slots=True)
class CallNote:
    """One call: `METHOD /route`, status (None when cut off), who called, when (seconds since 1970), how long."""

    route: str
    status: int | None
    user_agent: str
    began: float
    seconds: float


class Statistics:
    """What has happened since the start or the last reset. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: Counter[str] = Counter()
        self._answers: Counter[int] = Counter()
        self._amounts: Counter[str] = Counter()
        self._journal: deque[CallNote] = deque(maxlen=_KEPT_CALLS)

    def count_call(self, call: CallNote) -> None:
        """Count a call and remember it."""
        with self._lock:
            self._calls[call.route] += 1
            self._answers[call.status or 0] += 1
            self._journal.append(call)

    def add(self, name: str, amount: int) -> None:
        """Add to an amount: revisions_written, attachment_bytes_in, attachment_bytes_out and so on."""
        with self._lock:
            self._amounts[name] += amount

    def clear(self) -> None:
        """Count from nought again."""
        with self._lock:
            self._calls.clear()
            self._answers.clear()
            self._amounts.clear()
            self._journal.clear()

    def journal(self) -> list[dict[str, object]]:
        """The latest calls in the order in which they ended."""
        with self._lock:
            return [asdict(call) for call in self._journal]

    def document(self) -> dict[str, object]:
        """Everything counted."""
        with self._lock:
            received, sent = self._amounts["attachment_bytes_in"], self._amounts["attachment_bytes_out"]
            return {
                "calls": dict(sorted(self._calls.items())),
                "calls_total": self._calls.total(),
                "answers": {str(status): number for status, number in sorted(self._answers.items())},
                "revisions_written": self._amounts["revisions_written"],
                "attachment_bytes": {"in": received, "out": sent, "total": received + sent},
                "batch_entries": self._amounts["batch_entries"],
            }
