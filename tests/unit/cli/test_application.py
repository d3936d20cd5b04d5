from importlib import import_module

import click
import pytest
from click.testing import CliRunner

from adnode.cli.application import COMMANDS, main
from adnode.cli.output import _remember


def commands_of(command: click.Command) -> list[click.Command]:
    if not isinstance(command, click.Group):
        return [command]
    return [leaf for child in command.commands.values() for leaf in commands_of(child)]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_offers_json_and_says_what_it_does(name: str) -> None:
    module, attribute = COMMANDS[name].split(":")
    for command in commands_of(getattr(import_module(module), attribute)):
        assert any(parameter.callback is _remember for parameter in command.params), command.name
        assert command.help


@pytest.mark.parametrize("name", COMMANDS)
def test_no_command_takes_a_secret_as_an_argument(name: str) -> None:
    module, attribute = COMMANDS[name].split(":")
    for command in commands_of(getattr(import_module(module), attribute)):
        names = {parameter.name for parameter in command.params}
        assert not names & {"token", "pat", "secret", "password", "client_secret", "code"}, command.name


def test_help_lists_the_commands_and_exit_codes() -> None:
    output = CliRunner().invoke(main, ["--help"]).output
    assert "work-item" in output
    assert "Exit codes" in output


def test_a_wrong_command_is_wrong_usage() -> None:
    assert CliRunner().invoke(main, ["fly"]).exit_code == 2


def test_a_missing_key_is_a_configuration_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADNODE_SECRET_KEYS", "")
    result = CliRunner().invoke(main, ["connection", "list"])
    assert result.exit_code == 5
    assert "ADNODE_SECRET_KEYS" in result.stderr
