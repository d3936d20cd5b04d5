"""The routes under `/_emulator/`: what was counted, and what a test wants changed or disturbed."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from azure_devops_emulator.answers import Answer, ApiError
from azure_devops_emulator.landscape import Landscape
from azure_devops_emulator.routing import RequestBody
from azure_devops_emulator.seeding import seed
from azure_devops_emulator.throttling import Throttle

_Action = Callable[[Landscape, Any], Answer]


def administer(landscape: Landscape, method: str, segments: tuple[str, ...], body: RequestBody) -> Answer:
    """Answer a call below `/_emulator/`."""
    action = _ACTIONS.get((method, "/".join(segments)))
    if action is None:
        text = f"The emulator does not have this route: {method} _emulator/{'/'.join(segments)}"
        return Answer(status=501, text=text)
    content = body.read()
    try:
        return action(landscape, json.loads(content) if content.strip() else {})
    except ApiError as error:
        return Answer(error.document(), error.status)
    except (ValueError, KeyError, TypeError) as error:
        return Answer({"message": f"{type(error).__name__}: {error}"}, 400)


def _stats(landscape: Landscape, _: Any) -> Answer:
    return Answer(landscape.statistics.document())


def _journal(landscape: Landscape, _: Any) -> Answer:
    return Answer({"calls": landscape.statistics.journal()})


def _reset(landscape: Landscape, _: Any) -> Answer:
    landscape.reset()
    return Answer(status=204)


def _seed(landscape: Landscape, document: Any) -> Answer:
    return Answer(seed(landscape, document))


def _add_faults(landscape: Landscape, document: Any) -> Answer:
    for rule in document if isinstance(document, list) else [document]:
        landscape.faults.add(rule)
    return Answer({"faults": landscape.faults.list()})


def _list_faults(landscape: Landscape, _: Any) -> Answer:
    return Answer({"faults": landscape.faults.list()})


def _clear_faults(landscape: Landscape, _: Any) -> Answer:
    landscape.faults.clear()
    return Answer(status=204)


def _limit(landscape: Landscape, document: Any) -> Answer:
    landscape.throttle = Throttle(float(document["limit"]), float(document.get("window_seconds", 300)), time.time)
    return Answer(status=204)


def _unlimit(landscape: Landscape, _: Any) -> Answer:
    landscape.throttle = None
    return Answer(status=204)


_ACTIONS: dict[tuple[str, str], _Action] = {
    ("GET", "stats"): _stats,
    ("GET", "calls"): _journal,
    ("POST", "reset"): _reset,
    ("POST", "seed"): _seed,
    ("POST", "faults"): _add_faults,
    ("GET", "faults"): _list_faults,
    ("DELETE", "faults"): _clear_faults,
    ("POST", "throttle"): _limit,
    ("DELETE", "throttle"): _unlimit,
}
