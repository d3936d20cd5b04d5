import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

import click
import pytest
from click.testing import CliRunner

from adnode.cli.failures import FailingGroup, exit_code
from adnode.cli.output import json_option, print_result, print_rows, to_document
from adnode.domain.errors import (
    AdnodeError,
    ConfigurationError,
    InvitationTornError,
    LeaseLostError,
    MissingRightError,
    NotFoundError,
    PeerUnreachableError,
    StateError,
    UrlRefusedError,
)


class Color(StrEnum):
    RED = "red"


@dataclass(frozen=True, slots=True)
class Thing:
    name: str
    color: Color
    made_at: datetime
    secret: str = field(default="hidden", repr=False)


THING = Thing("one [bold]", Color.RED, datetime(2026, 1, 5, tzinfo=UTC))


@click.group(cls=FailingGroup)
def program() -> None:
    """A program of tests."""


@program.command()
@json_option
def show() -> None:
    print_result(THING, "A sentence.")


@program.command("list")
@json_option
def list_things() -> None:
    print_rows([THING], {"Name": "name", "Color": "color"}, "Nothing.")


@program.command()
@json_option
def fail() -> None:
    raise NotFoundError("Thing 7 does not exist. List the things first.")


def test_a_person_reads_a_sentence_and_a_machine_one_line_of_json() -> None:
    assert CliRunner().invoke(program, ["show"]).output == "A sentence.\n"
    result = CliRunner().invoke(program, ["show", "--json"])
    assert result.output.count("\n") == 1
    assert json.loads(result.output) == {"name": "one [bold]", "color": "red", "made_at": "2026-01-05T00:00:00+00:00"}


def test_a_table_shows_text_as_it_is() -> None:
    assert "one [bold]" in CliRunner().invoke(program, ["list"]).output


def test_fields_outside_the_repr_are_secrets() -> None:
    assert "hidden" not in json.dumps(to_document([THING, {"key": THING}]))


def test_a_named_error_is_a_sentence_and_an_exit_code() -> None:
    result = CliRunner().invoke(program, ["fail"])
    assert result.exit_code == 3
    assert result.stderr == "Thing 7 does not exist. List the things first. [not_found]\n"
    assert "Traceback" not in result.output


def test_a_named_error_for_machines_is_json_on_standard_output() -> None:
    result = CliRunner().invoke(program, ["fail", "--json"])
    assert result.exit_code == 3
    assert json.loads(result.stdout)["error"]["code"] == "not_found"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (LeaseLostError("x"), 1),
        (NotFoundError("x"), 3),
        (StateError("x"), 4),
        (UrlRefusedError("x"), 4),
        (InvitationTornError("x"), 4),
        (ConfigurationError("x"), 5),
        (MissingRightError("x"), 6),
        (PeerUnreachableError("x"), 7),
    ],
)
def test_exit_codes_tell_kinds_of_errors_apart(error: AdnodeError, code: int) -> None:
    assert exit_code(error) == code
