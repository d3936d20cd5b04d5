from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from adnode.cli.secret_input import read_secret
from adnode.domain.errors import ValidationError


@click.command()
@click.option("--file")
def program(file: str | None) -> None:
    click.echo(f"<{read_secret(file, 'Token')}>")


def test_a_secret_comes_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("of-the-file\n")
    assert CliRunner().invoke(program, ["--file", str(path)]).stdout == "<of-the-file>\n"


def test_a_secret_comes_from_standard_input() -> None:
    assert CliRunner().invoke(program, ["--file", "-"], input="of-the-input\n").stdout == "<of-the-input>\n"


def test_a_typed_secret_is_not_shown() -> None:
    result = CliRunner().invoke(program, input="typed\n")
    assert result.stdout == "<typed>\n"
    assert "typed" not in result.stderr


@pytest.mark.parametrize("content", ["", " \n"])
def test_nothing_is_no_secret(tmp_path: Path, content: str) -> None:
    path = tmp_path / "token"
    path.write_text(content)
    with pytest.raises(ValidationError, match="nothing was given"):
        read_secret(str(path), "Token")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="absent"):
        read_secret(str(tmp_path / "absent"), "Token")
