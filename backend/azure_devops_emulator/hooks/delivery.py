"""Sends events to the receivers of subscriptions and draws the consequences of their answers.

Retries, probation and disabling: https://learn.microsoft.com/azure/devops/service-hooks/troubleshoot.
"""

from __future__ import annotations

import base64
import copy
import heapq
import itertools
import json
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import HTTPException
from typing import Any

from azure_devops_emulator.hooks.subscriptions import Subscription, Subscriptions
from azure_devops_emulator.moments import format_moment

TRANSIENT = frozenset({408, 502, 503, 504})
TRANSIENT_RETRY_SECONDS = (1, 2, 4, 8, 16, 32, 60, 60)
PROBATION_RETRY_SECONDS = tuple(min(20 * 60 * 2**step, 15 * 3600) for step in range(7))
_LARGEST_PAYLOAD_BYTES = 2 * 1024 * 1024
_TIMEOUT_SECONDS = 10
_MESSAGE_INPUTS = {"message": "messagesToSend", "detailedMessage": "detailedMessagesToSend"}
_KEPT_NOTIFICATIONS = 1000


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_arguments: Any, **_keywords: Any) -> None:
        return None


@dataclass(order=True, slots=True)
class _Job:
    due: float
    number: int
    subscription: Subscription = field(compare=False)
    envelope: dict[str, Any] = field(compare=False)
    attempt: int = field(compare=False, default=0)


class Delivery:
    """The queue of events on their way. `time_scale` shortens the waits (0.001: a second becomes a millisecond)."""

    def __init__(self, subscriptions: Subscriptions, time_scale: float = 1.0) -> None:
        self._subscriptions = subscriptions
        self._scale = time_scale
        self._changed = threading.Condition()
        self._jobs: list[_Job] = []
        self._under_way = 0
        self._numbers = itertools.count(1)
        self._history: deque[dict[str, Any]] = deque(maxlen=_KEPT_NOTIFICATIONS)
        self._stopping = False
        self._opener = urllib.request.build_opener(_NoRedirects(), urllib.request.ProxyHandler({}))
        self._thread: threading.Thread | None = None
        self._senders: ThreadPoolExecutor | None = None

    def start(self) -> None:
        """Begin to deliver."""
        self._senders = ThreadPoolExecutor(max_workers=4, thread_name_prefix="hook-delivery")
        self._thread = threading.Thread(target=self._run, name="hook-queue", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop delivering; what is still queued is lost."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._thread:
            self._thread.join()
        if self._senders:
            self._senders.shutdown()

    def publish(self, event: Mapping[str, Any], may_hear: Callable[[str], bool] = lambda _: True) -> int:
        """Queue the event for every subscription that wants it; the number of those. Never waits for a receiver.

        `may_hear` tells by its id whether the owner of a subscription may read what the event is about.
        """
        wanting = [
            each for each in self._subscriptions.list() if each.active and each.wants(event) and may_hear(each.owner_id)
        ]
        with self._changed:
            for subscription in wanting:
                number = next(self._numbers)
                envelope = _envelope(event, subscription, number)
                heapq.heappush(self._jobs, _Job(time.monotonic(), number, subscription, envelope))
            self._changed.notify_all()
        return len(wanting)

    def send_now(self, subscription: Subscription, event: Mapping[str, Any]) -> int | None:
        """Send a test notification at once; the receiver's status, or None if it did not answer."""
        return self._send(subscription, _envelope(event, subscription, next(self._numbers)))

    def notifications(self, subscription_id: str) -> list[dict[str, Any]]:
        """What was attempted for a subscription, oldest first: id, attempt, status of the receiver, result."""
        with self._changed:
            return [dict(entry) for entry in self._history if entry["subscriptionId"] == subscription_id]

    def wait_until_idle(self, timeout_seconds: float) -> bool:
        """Wait until nothing is queued or under way; False when the time is up first."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._jobs and not self._under_way, timeout_seconds)

    def _run(self) -> None:
        while (job := self._next_job()) is not None and self._senders is not None:
            self._senders.submit(self._attempt, job)

    def _next_job(self) -> _Job | None:
        with self._changed:
            while not self._stopping:
                wait = self._jobs[0].due - time.monotonic() if self._jobs else None
                if wait is not None and wait <= 0:
                    self._under_way += 1
                    return heapq.heappop(self._jobs)
                self._changed.wait(wait)
        return None

    def _attempt(self, job: _Job) -> None:
        status: int | None = None
        try:
            if job.subscription.status in ("enabled", "onProbation"):
                status = self._send(job.subscription, job.envelope)
                self._settle(job, status)
        finally:
            with self._changed:
                self._under_way -= 1
                self._changed.notify_all()

    def _settle(self, job: _Job, status: int | None) -> None:
        on_probation = job.subscription.status == "onProbation"
        delivered = status is not None and 200 <= status < 300
        if delivered:
            self._set_status(job, "enabled")
        elif status == 410:
            self._set_status(job, "disabledBySystem")
        elif status in TRANSIENT and not on_probation:
            self._retry(job, TRANSIENT_RETRY_SECONDS)
        else:
            self._on_probation(job, on_probation)
        self._remember(job, status, "succeeded" if delivered else "failed")

    def _on_probation(self, job: _Job, already: bool) -> None:
        if not already:
            self._set_status(job, "onProbation")
            job.attempt = 0
        if not self._retry(job, PROBATION_RETRY_SECONDS):
            self._set_status(job, "disabledBySystem")

    def _retry(self, job: _Job, waits: tuple[int, ...]) -> bool:
        if job.attempt >= len(waits):
            return False
        due = time.monotonic() + waits[job.attempt] * self._scale
        again = _Job(due, job.number, job.subscription, job.envelope, job.attempt + 1)
        with self._changed:
            heapq.heappush(self._jobs, again)
            self._changed.notify_all()
        return True

    def _set_status(self, job: _Job, status: str) -> None:
        self._subscriptions.set_status(job.subscription.identifier, status)

    def _remember(self, job: _Job, status: int | None, result: str) -> None:
        entry = {
            "id": job.number,
            "subscriptionId": job.subscription.identifier,
            "eventId": job.envelope["id"],
            "eventType": job.envelope["eventType"],
            "status": "completed",
            "result": result,
            "responseStatus": status,
            "createdDate": job.envelope["createdDate"],
            "modifiedDate": format_moment(datetime.now(UTC)),
        }
        with self._changed:
            self._history.append(entry)

    def _send(self, subscription: Subscription, envelope: Mapping[str, Any]) -> int | None:
        inputs = subscription.document["consumerInputs"]
        body = json.dumps(_detailed(envelope, inputs)).encode()
        if len(body) > _LARGEST_PAYLOAD_BYTES:
            return None
        request = urllib.request.Request(inputs["url"], data=body, headers=_headers(inputs), method="POST")  # noqa: S310
        try:
            with self._opener.open(request, timeout=_TIMEOUT_SECONDS) as response:
                return int(response.status)
        except urllib.error.HTTPError as answer:
            with answer:
                return answer.code
        except (OSError, HTTPException):
            return None


def _envelope(event: Mapping[str, Any], subscription: Subscription, number: int) -> dict[str, Any]:
    texts = {"text": "", "html": "", "markdown": ""}
    return {
        "subscriptionId": subscription.identifier,
        "notificationId": number,
        "id": str(uuid.uuid4()),
        "publisherId": "tfs",
        "message": texts,
        "detailedMessage": texts,
        "resourceVersion": "1.0",
        "createdDate": format_moment(datetime.now(UTC)),
        **copy.deepcopy(dict(event)),
    }


def _detailed(envelope: Mapping[str, Any], inputs: Mapping[str, Any]) -> dict[str, Any]:
    document = dict(envelope)
    wanted = inputs.get("resourceDetailsToSend")
    if wanted == "none":
        document["resource"] = None
    elif wanted == "minimal":
        resource = envelope["resource"]
        document["resource"] = {name: resource[name] for name in ("id", "url") if name in resource}
    for name, form in _MESSAGE_INPUTS.items():
        if inputs.get(form) == "none":
            document[name] = None
        elif inputs.get(form):
            document[name] = {inputs[form]: envelope[name].get(inputs[form], "")}
    return document


def _headers(inputs: Mapping[str, Any]) -> dict[str, str]:
    headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "VSServices/1.0"}
    for line in str(inputs.get("httpHeaders") or "").splitlines():
        name, separator, value = line.partition(":")
        if separator:
            headers[name.strip()] = value.strip()
    if inputs.get("basicAuthUsername") or inputs.get("basicAuthPassword"):
        pair = f"{inputs.get('basicAuthUsername') or ''}:{inputs.get('basicAuthPassword') or ''}"
        headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
    return headers
