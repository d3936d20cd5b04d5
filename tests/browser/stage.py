"""Two organizations with their nodes, as two companies have them: a public one on Services, a private one on Server."""

import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from adnode.cli.demo.azure_devops import AzureDevOpsUser
from adnode.cli.demo.processes import free_ports
from adnode.cli.demo.sides import NodeProcess
from azure_devops_emulator.host import Extension
from azure_devops_emulator.server import EmulatorServer

KEY = "certificate-text-of-the-extension-in-these-tests"
AUDIENCE = "c0ffee00-1111-4222-8333-444455556666"
PUBLIC = ("fabrikam", "Agile", "Web Shop")
PRIVATE = ("ContosoCollection", "Scrum", "Backoffice")
SISTER = ("SisterCollection", "Basic", "Workshop")
# There from the start: a node remembers the projects of an organization for some minutes.
MORE_PROJECTS = {"fabrikam": ["Archive"], "SisterCollection": [f"Team {number:03d}" for number in range(300)]}
STATIC = Path(__file__).parents[2] / "static"


@dataclass(frozen=True, slots=True)
class Company:
    """An organization of an emulator and the node that serves it. `base` is the organization's path."""

    name: str
    base: str
    project: str
    emulator: EmulatorServer
    node: NodeProcess
    pat: str
    user: AzureDevOpsUser

    @property
    def url(self) -> str:
        """The address of the emulator."""
        return self.emulator.url

    @property
    def organization_url(self) -> str:
        """The address of the organization or collection."""
        return self.emulator.url + self.base


@dataclass(frozen=True, slots=True)
class Stage:
    """Both companies, and a second collection of the private one. Their nodes know nothing of each other yet."""

    public: Company
    private: Company
    sister: Company


@contextmanager
def open_stage(directory: Path) -> Iterator[Stage]:
    """Open a stage whose processes are stopped at the end."""
    if not (STATIC / "assets" / "hub.js").is_file():
        raise FileNotFoundError(f"{STATIC / 'assets'} has no built pages. Run: make setup")
    with ExitStack() as stack:
        (public,) = _open_companies(stack, directory, [PUBLIC], is_server=False)
        private, sister = _open_companies(stack, directory, [PRIVATE, SISTER], is_server=True)
        yield Stage(public, private, sister)


def _open_companies(
    stack: ExitStack, directory: Path, rows: list[tuple[str, str, str]], *, is_server: bool
) -> list[Company]:
    """Open the organizations of one emulator and the node that serves them."""
    (port,) = free_ports(1)
    pat = secrets.token_hex(26)
    emulator = stack.enter_context(
        EmulatorServer(
            organizations=() if is_server else rows,
            server_collections=rows if is_server else (),
            pats=[pat],
            extension=Extension({"": f"http://127.0.0.1:{port}/static"}, KEY, AUDIENCE),
        )
    )
    for name, process, _ in rows:
        for project in MORE_PROJECTS.get(name, []):
            emulator.landscape.organization(name).add_project(project, process)
    bases = [f"/tfs/{name}" if is_server else f"/{name}" for name, _, _ in rows]
    settings = {
        "ADNODE_EXTENSION_KEYS": f"{AUDIENCE}={KEY}",
        "ADNODE_SERVICES_URL": emulator.url,
        "ADNODE_SERVER_URLS": ",".join(emulator.url + base for base in bases) if is_server else "",
        "ADNODE_STATIC_DIR": str(STATIC),
        "ADNODE_NOTIFICATION_SECONDS": "2",
    }
    # Nobody can call the node of the private side: its peers get no address.
    node = NodeProcess(rows[0][0], directory / rows[0][0], port, is_public=not is_server, settings=settings)
    # There is nothing to save at the end, so it need not end politely.
    stack.callback(node.kill)
    node.start()
    companies = []
    for (name, _, project), base in zip(rows, bases, strict=True):
        user = AzureDevOpsUser(emulator.url + base, project, pat)
        stack.callback(user.close)
        companies.append(Company(name, base, project, emulator, node, pat, user))
    return companies
