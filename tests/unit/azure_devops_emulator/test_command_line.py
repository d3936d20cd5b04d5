import argparse
import signal
import subprocess
import sys
import urllib.request

import pytest

from azure_devops_emulator.__main__ import parse_organization


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("org", ("org", "Agile", "Fabrikam")),
        ("org:Scrum", ("org", "Scrum", "Fabrikam")),
        ("org:cmmi:Web Shop", ("org", "cmmi", "Web Shop")),
        ("org:Basic:a:b", ("org", "Basic", "a:b")),
    ],
)
def test_an_organization_is_named_with_process_and_project(text: str, parts: tuple[str, str, str]) -> None:
    assert parse_organization(text) == parts


@pytest.mark.parametrize("text", ["", ":Agile", "org:Waterfall"])
def test_a_bad_name_is_refused_with_what_is_expected(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="process of Basic, Agile, Scrum, CMMI"):
        parse_organization(text)


def test_the_command_serves_until_it_is_told_to_end() -> None:
    command = [sys.executable, "-m", "azure_devops_emulator", "--port", "0", "--organization", "a:Scrum:Shop"]
    with subprocess.Popen(
        [*command, "--server-collection", "b", "--pat", "x"], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().rsplit(" ", 1)[1].strip()
        with urllib.request.urlopen(f"{url}/_emulator/stats", timeout=20) as response:
            assert response.status == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
