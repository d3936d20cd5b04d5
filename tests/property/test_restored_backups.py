"""Backups are put back among everything else that can go wrong: nothing is doubled or lost, and all sides are alike."""

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import rule
from tests.property.backups import Backups
from tests.property.test_convergence import EXAMPLES, Convergence, _profile, places, rounds_to_go

pytestmark = pytest.mark.timeout(300 + EXAMPLES)


class RestoredConvergence(Convergence):
    """Convergence with two nodes whose databases go back."""

    @property
    def backups(self) -> Backups:
        """What was copied so far in this landscape."""
        if not hasattr(self, "_backups"):
            self._backups = Backups(self.landscape)
        return self._backups

    @rule(place=places, rounds=rounds_to_go)
    def a_backup_is_made(self, place: int, rounds: int) -> None:
        # A pair that is known and not read yet is a limit that docs/operations.md names.
        self._go_on(rounds + 2)
        self.backups.make(self._name(place))

    # One that the node does not notice itself (no count outside of the database) has stories that still fail:
    # docs/proofs.md names one.
    @rule(place=places, is_told=st.just(True), rounds=rounds_to_go)  # noqa: FBT003
    def a_backup_is_put_back(self, place: int, *, is_told: bool, rounds: int) -> None:
        self.backups.put_back(self._name(place), is_told=is_told)
        self._go_on(rounds)

    @rule(rounds=rounds_to_go)
    def people_activate(self, rounds: int) -> None:
        self.backups.activate()
        self._go_on(rounds)

    def teardown(self) -> None:
        if hasattr(self, "landscape"):
            self.landscape.heal()
            self.backups.go_on()
            self.landscape.check()


TestRestoredConvergence = RestoredConvergence.TestCase
TestRestoredConvergence.settings = _profile(max(1, EXAMPLES // 3))
