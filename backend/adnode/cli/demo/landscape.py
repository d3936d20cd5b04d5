"""Both sides of the demo, started together and stopped together."""

import secrets
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adnode.cli.demo.azure_devops import AzureDevOpsUser
from adnode.cli.demo.sides import EmulatedExtension, EmulatedOrganization, EmulatorProcess, NodeProcess
from adnode.domain.hub_page import hub_page_url

PUBLIC = EmulatedOrganization("fabrikam", "Agile", "Web Shop")
PRIVATE = EmulatedOrganization("ContosoCollection", "Scrum", "Backoffice", is_server=True)
PORT_COUNT = 4


@dataclass(frozen=True, slots=True)
class Side:
    """One side of the demo."""

    organization: EmulatedOrganization
    emulator: EmulatorProcess
    node: NodeProcess
    user: AzureDevOpsUser
    organization_id: str

    def document(self) -> dict[str, Any]:
        """Return where everything of this side is."""
        url = self.user.organization_url
        return {
            "node_url": self.node.url,
            "organization_url": url,
            "hub_url": hub_page_url(url),
            "project": self.organization.project,
            "pat": self.emulator.token,
            "organization_id": self.organization_id,
        }


@dataclass(frozen=True, slots=True)
class Landscape:
    """Both sides."""

    public: Side
    private: Side

    def document(self) -> dict[str, Any]:
        """Return what ``adnode demo --json`` prints."""
        return {"public": self.public.document(), "private": self.private.document()}

    def check(self) -> None:
        """Raise DemoError when one of the processes has ended."""
        for side in (self.public, self.private):
            side.emulator.child.check()
            side.node.child.check()


@contextmanager
def open_landscape(directory: Path, port_base: int) -> Iterator[Landscape]:
    """Start two emulators, a public and a private node, and stop them at the end."""
    with ExitStack() as stack:
        public = _open_side(stack, directory, "public", PUBLIC, port_base, port_base + 2)
        private = _open_side(stack, directory, "private", PRIVATE, port_base + 1, port_base + 3)
        yield Landscape(public, private)


def _open_side(
    stack: ExitStack,
    directory: Path,
    name: str,
    organization: EmulatedOrganization,
    emulator_port: int,
    node_port: int,
) -> Side:
    pages = f"http://127.0.0.1:{node_port}/static"
    extension = EmulatedExtension(pages, key=secrets.token_hex(32), audience=str(uuid.uuid4()))
    emulator = EmulatorProcess(directory, emulator_port, [organization], secrets.token_hex(26), extension)
    stack.callback(emulator.stop)
    emulator.start()
    user = emulator.user(organization)
    stack.callback(user.close)
    settings = {
        "ADNODE_EXTENSION_KEYS": f"{extension.audience}={extension.key}",
        "ADNODE_SERVICES_URL": emulator.url,
        "ADNODE_SERVER_URLS": user.organization_url if organization.is_server else "",
    }
    node = NodeProcess(name, directory / name, node_port, is_public=not organization.is_server, settings=settings)
    stack.callback(node.stop)
    added = node.command("organization", "add", user.organization_url, "--pat-file", "-", given=emulator.token)
    node.start()
    return Side(organization, emulator, node, user, str(added["id"]))
