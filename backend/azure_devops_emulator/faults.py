"""Faults a test asks for: slow, failing, half-sent and lost answers."""

from __future__ import annotations

import random
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

_NUMBERS = ("latency_ms", "status", "retry_after", "cut_after_bytes")
_KNOWN = frozenset(
    {
        *_NUMBERS,
        *(
            "route",
            "method",
            "organization",
            "user_agent",
            "drop",
            "html_sign_in",
            "after_effect",
            "message",
            "count",
            "probability",
            "seed",
        ),
    }
)


@dataclass(frozen=True, slots=True)
class FaultAction:
    """What to do to one call.

    `message` is what an answer with that `status` says, such as a code of Azure DevOps (not of 429 and 503).
    `retry_after` is in seconds and goes with the true answer when there is no `status`. `drop` cuts the connection
    before or after the effect; `after_effect` has `status` and `html_sign_in` come after it, instead of the answer.
    """

    latency_ms: float = 0
    status: int | None = None
    retry_after: float | None = None
    drop: str | None = None
    html_sign_in: bool = False
    cut_after_bytes: int | None = None
    after_effect: bool = False
    message: str = ""


@dataclass(slots=True)
class _Rule:
    document: dict[str, Any]
    action: FaultAction
    remaining: int | None
    probability: float
    chance: random.Random = field(repr=False)

    def covers(self, method: str, route_path: str, organization: str, user_agent: str) -> bool:
        document = self.document
        return (
            str(document.get("method", "*")).upper() in ("*", method.upper())
            and str(document.get("organization", organization)).lower() == organization.lower()
            and fnmatchcase(route_path.lower(), str(document.get("route", "*")).lower())
            and fnmatchcase(user_agent.lower(), str(document.get("user_agent", "*")).lower())
        )

    def strikes(self) -> bool:
        if self.remaining == 0 or self.chance.random() >= self.probability:
            return False
        if self.remaining is not None:
            self.remaining -= 1
        return True


class FaultBoard:
    """The faults in force. The first rule that covers a call and strikes decides; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rules: list[_Rule] = []

    def add(self, rule: Mapping[str, Any]) -> None:
        """Put a rule in force.

        Keys: route and user_agent (shell patterns, default all), method, organization, count (the next N calls),
        probability with seed, and what happens: latency_ms, status with a message, retry_after, drop ("before" or
        "after"), html_sign_in, cut_after_bytes, after_effect.
        Raises ValueError for a rule it does not understand.
        """
        _check(rule)
        action = FaultAction(
            latency_ms=rule.get("latency_ms", 0),
            status=rule.get("status"),
            retry_after=rule.get("retry_after"),
            drop=rule.get("drop"),
            html_sign_in=bool(rule.get("html_sign_in", False)),
            cut_after_bytes=rule.get("cut_after_bytes"),
            after_effect=bool(rule.get("after_effect", False)),
            message=str(rule.get("message", "")),
        )
        chance = random.Random(rule.get("seed", 0))  # noqa: S311 - repeatable faults, not a secret
        with self._lock:
            self._rules.append(_Rule(dict(rule), action, rule.get("count"), rule.get("probability", 1.0), chance))

    def clear(self) -> None:
        """Take every rule out of force."""
        with self._lock:
            self._rules.clear()

    def list(self) -> list[dict[str, Any]]:
        """The rules in force, with the number of calls each still waits for (`remaining`, None: no end)."""
        with self._lock:
            return [{**rule.document, "remaining": rule.remaining} for rule in self._rules]

    def match(self, method: str, route_path: str, organization: str, user_agent: str = "") -> FaultAction | None:
        """The fault that strikes this call, or None."""
        with self._lock:
            for rule in self._rules:
                if rule.covers(method, route_path, organization, user_agent) and rule.strikes():
                    return rule.action
        return None


def _check(rule: Mapping[str, Any]) -> None:
    if unknown := set(rule) - _KNOWN:
        raise ValueError(f"A fault rule has no {', '.join(sorted(unknown))}; it may have {', '.join(sorted(_KNOWN))}.")
    if rule.get("drop") not in (None, "before", "after"):
        raise ValueError(f"drop is 'before' or 'after' the effect, not {rule['drop']!r}.")
    for name in (*_NUMBERS, "count", "probability"):
        value = rule.get(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float) or value < 0):
            raise ValueError(f"{name} is a number that is not negative, not {value!r}.")
