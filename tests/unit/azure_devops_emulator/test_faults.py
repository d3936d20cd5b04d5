from typing import Any

import pytest

from azure_devops_emulator.disturbances import disturb
from azure_devops_emulator.faults import FaultAction, FaultBoard


def board(**rule: Any) -> FaultBoard:
    faults = FaultBoard()
    faults.add(rule)
    return faults


def test_no_rule_no_fault() -> None:
    assert FaultBoard().match("GET", "/_apis/wit/workItems/{id}", "org") is None


def test_a_rule_strikes_its_route_method_and_organization_only() -> None:
    faults = board(route="*/workitems/*", method="get", organization="Org", status=503, retry_after=2)
    assert faults.match("GET", "/_apis/wit/workItems/{id}", "org") == FaultAction(status=503, retry_after=2)
    assert faults.match("PATCH", "/_apis/wit/workItems/{id}", "org") is None
    assert faults.match("GET", "/_apis/wit/fields", "org") is None
    assert faults.match("GET", "/_apis/wit/workItems/{id}", "other") is None


def test_a_fault_says_what_it_is_told_to_say() -> None:
    fault = board(status=400, message="VS402335: too slow").match("POST", "/_apis/wit/wiql", "org")
    assert fault == FaultAction(status=400, message="VS402335: too slow")
    answer = disturb(fault)
    assert answer is not None
    assert isinstance(answer.document, dict)
    assert (answer.status, answer.document["message"]) == (400, "VS402335: too slow")


def test_a_counted_rule_wears_off() -> None:
    faults = board(drop="after", count=2)
    assert [faults.match("GET", "/x", "o") is not None for _ in range(3)] == [True, True, False]
    assert faults.list() == [{"drop": "after", "count": 2, "remaining": 0}]


def test_chance_is_repeatable() -> None:
    def strikes() -> list[bool]:
        faults = board(latency_ms=5, probability=0.5, seed=7)
        return [faults.match("GET", "/x", "o") is not None for _ in range(40)]

    assert strikes() == strikes()
    assert 0 < sum(strikes()) < 40


def test_cleared_rules_strike_no_more() -> None:
    faults = board(html_sign_in=True)
    faults.clear()
    assert faults.match("GET", "/x", "o") is None
    assert faults.list() == []


@pytest.mark.parametrize(
    "rule", [{"drop": "sometimes"}, {"latency": 5}, {"status": "503"}, {"count": -1}, {"latency_ms": True}]
)
def test_a_rule_that_makes_no_sense_is_refused(rule: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"rule|drop|number"):
        FaultBoard().add(rule)
