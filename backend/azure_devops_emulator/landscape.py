"""All organizations of one emulator, and what is counted and disturbed in them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from azure_devops_emulator.faults import FaultBoard
from azure_devops_emulator.organizations import Organization
from azure_devops_emulator.statistics import Statistics
from azure_devops_emulator.throttling import Throttle


@dataclass(frozen=True, slots=True)
class _Plan:
    name: str
    process: str
    project: str
    is_server: bool
    tokens: tuple[str, ...]
    instance_id: str


class Landscape:
    """The organizations by name; names are unique, also between Services and Server."""

    def __init__(
        self, *, hook_time_scale: float = 1.0, batch_entry_seconds: float = 0.0, throttle: Throttle | None = None
    ) -> None:
        self._plans: list[_Plan] = []
        self._hook_time_scale = hook_time_scale
        self._batch_entry_seconds = batch_entry_seconds
        self.throttle = throttle
        self._organizations: dict[str, Organization] = {}
        self._url = ""
        self._running = False
        self.faults = FaultBoard()
        self.statistics = Statistics()

    @property
    def url(self) -> str:
        """The address of the host, without a slash at the end."""
        return self._url

    @url.setter
    def url(self, url: str) -> None:
        self._url = url
        for organization in self._organizations.values():
            organization.url = f"{url}/{organization.name}"

    @property
    def organizations(self) -> list[Organization]:
        """All organizations."""
        return [*self._organizations.values()]

    def plan(self, name: str, process: str, project: str, *, is_server: bool, tokens: Sequence[str]) -> None:
        """Note an organization that is there after each reset."""
        self._plans.append(_Plan(name, process, project, is_server, tuple(tokens), str(uuid.uuid4())))

    def start(self) -> None:
        """Begin to deliver service hook events."""
        self._running = True
        for organization in self._organizations.values():
            organization.delivery.start()

    def reset(self) -> None:
        """Forget everything that happened: organizations are as planned, no faults, nothing counted."""
        for organization in self._organizations.values():
            organization.close()
        self._organizations = {plan.name.lower(): self._make(plan) for plan in self._plans}
        self.url = self._url
        if self._running:
            self.start()
        self.faults.clear()
        self.statistics.clear()

    def organization(self, name: str) -> Organization:
        """The organization of that name. Raises KeyError if there is none."""
        return self._organizations[name.lower()]

    def find(self, name: str) -> Organization | None:
        """The organization of that name in any letter case, or None."""
        return self._organizations.get(name.lower())

    def close(self) -> None:
        """End what runs in the background and delete all files."""
        self._running = False
        for organization in self._organizations.values():
            organization.close()

    def _make(self, plan: _Plan) -> Organization:
        organization = Organization(
            plan.name,
            is_server=plan.is_server,
            hook_time_scale=self._hook_time_scale,
            instance_id=plan.instance_id,
            statistics=self.statistics,
        )
        organization.batch_entry_seconds = self._batch_entry_seconds
        organization.add_project(plan.project, plan.process)
        for token in plan.tokens:
            organization.add_token(token)
        return organization
