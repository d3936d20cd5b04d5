"""The packed extension, made by the official tool and read back."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).parents[2]
NODE_URL = "https://adnode.example.com/"
VSIX = "{http://schemas.microsoft.com/developer/vsx-schema/2011}"


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    output = tmp_path_factory.mktemp("package") / "adnode.vsix"
    command = [sys.executable, "scripts/node_tool.py", "node", "extension/scripts/package.mjs"]
    result = subprocess.run(
        [*command, "--node-url", NODE_URL, "--output", str(output)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, f"{result.stdout}{result.stderr}\nRun: make setup"
    return zipfile.ZipFile(output)


@pytest.fixture(scope="module")
def manifest(package: zipfile.ZipFile) -> ElementTree.Element:
    return ElementTree.fromstring(package.read("extension.vsixmanifest"))  # noqa: S314 - made by this test


@pytest.fixture(scope="module")
def contributions(package: zipfile.ZipFile) -> dict[str, Any]:
    return dict(json.loads(package.read("extension.vsomanifest")))


def test_the_ids_give_the_documented_address(manifest: ElementTree.Element, contributions: dict[str, Any]) -> None:
    identity = manifest.find(f".//{VSIX}Identity")
    assert identity is not None
    hub = next(one for one in contributions["contributions"] if one["type"] == "ms.vss-web.hub")
    assert hub["targets"] == ["ms.vss-web.collection-admin-hub-group"]
    name = f"{identity.get('Publisher')}.{identity.get('Id')}.{hub['id']}"
    assert f"_settings/{name}" == "_settings/idalko-tools.exalate.adnode"


def test_it_is_for_services_and_server(manifest: ElementTree.Element) -> None:
    targets = {target.get("Id") for target in manifest.iter(f"{VSIX}InstallationTarget")}
    assert targets == {"Microsoft.VisualStudio.Services.Cloud", "Microsoft.TeamFoundation.Server"}


def test_it_asks_for_reading_work_items_and_nothing_else(contributions: dict[str, Any]) -> None:
    assert contributions["scopes"] == ["vso.work"]


def test_every_page_is_in_the_package_with_what_it_loads_and_calls_the_node(
    package: zipfile.ZipFile, contributions: dict[str, Any]
) -> None:
    names = set(package.namelist())
    for contribution in contributions["contributions"]:
        uri = contribution["properties"]["uri"]
        page = package.read(uri).decode()
        assert f'<meta name="adnode-node" content="{NODE_URL}" />' in page
        name = Path(uri).stem
        for asset in (f"assets/{name}.js", f"assets/{name}.css"):
            assert asset in page
            assert f"static/{asset}" in names


def test_nothing_tells_where_it_was_built(package: zipfile.ZipFile) -> None:
    for name in package.namelist():
        content = package.read(name)
        assert not name.endswith(".map")
        assert b"sourceMappingURL" not in content, name
        assert str(ROOT).encode() not in content, name
