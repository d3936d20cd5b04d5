"""The table of changes that must turn a test red is about the code as it is."""

from pathlib import Path

import pytest
from scripts.mutants import ROOT, Mutant, read_table, run_suite

MUTANTS = read_table()
AREAS = {"merge", "decide", "observation", "own_writes", "recovery", "leases", "intake", "outbox", "exchange"}


def test_there_are_enough_in_every_area() -> None:
    assert len(MUTANTS) >= 60
    assert {mutant.area for mutant in MUTANTS} >= AREAS


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_each_changes_one_place_that_stands_there(mutant: Mutant) -> None:
    source = (ROOT / mutant.file).read_text()
    changed = mutant.mutate(source)
    assert changed != source
    compile(changed, mutant.file, "exec")


def test_every_suite_exists() -> None:
    suites = {
        word for mutant in MUTANTS for suite in mutant.tests for word in suite.split() if word.startswith("tests/")
    }
    assert [suite for suite in sorted(suites) if not (ROOT / suite.partition("::")[0]).exists()] == []


def test_a_red_suite_is_told_by_its_first_test(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text("def test_good(): pass\n\ndef test_bad(): assert False\n")
    assert run_suite(tmp_path, "test_it.py") == "FAILED test_it.py::test_bad"
    assert run_suite(tmp_path, "test_it.py::test_good") == ""
