"""Earlier releases, each built from the history into an environment of its own: `python scripts/releases.py`.

They lie in .setup/releases/<commit> and are built once on each machine.
"""

import fcntl
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

ROOT = Path(__file__).parent.parent
RELEASES = ROOT / ".setup" / "releases"
LIST = ROOT / "tests" / "acceptance" / "releases.txt"
PARTS = ("backend", "pyproject.toml", "requirements.lock", "README.md")
NAME = re.compile(r"[A-Za-z0-9._-]+")


class ReleaseError(Exception):
    """A release can't be built; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Release:
    """A release in the field: its commit and what people call it."""

    commit: str
    name: str

    @property
    def folder(self) -> Path:
        """Return where it is built."""
        return RELEASES / self.commit

    @property
    def python(self) -> Path:
        """Return the interpreter of its environment."""
        return self.folder / "environment" / "bin" / "python"


def list_releases() -> list[Release]:
    """Return the releases in the field, the oldest first."""
    lines = [line.split() for line in LIST.read_text().splitlines() if line and not line.startswith("#")]
    return [Release(commit, name) for commit, name in lines]


def build(release: Release) -> Release:
    """Build the release unless that was done before; raises ReleaseError."""
    with _turn(release):
        complete = release.folder / "complete"
        if not complete.exists():
            shutil.rmtree(release.folder, ignore_errors=True)
            _unpack(release)
            _install(release)
            complete.touch()
    return release


@contextmanager
def _turn(release: Release) -> Iterator[None]:
    """Wait for another process that builds the same one."""
    RELEASES.mkdir(parents=True, exist_ok=True)
    with (RELEASES / f"{release.commit}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _unpack(release: Release) -> None:
    # The test that needs it must not pass by staying away: without the history there is no proof.
    if _git("cat-file", "-e", f"{release.commit}^{{commit}}").returncode != 0:
        raise ReleaseError(
            f"Release {release.name} (commit {release.commit}) can't be built: the history of this checkout does not "
            "reach back to it. Get the whole history: git fetch --unshallow --tags (in CI, check out with depth 0)."
        )
    archive = _git("archive", "--format=tar", release.commit, *PARTS)
    if archive.returncode != 0:
        raise ReleaseError(f"Release {release.name} can't be taken from the history: {archive.stderr.decode()}")
    with tarfile.open(fileobj=BytesIO(archive.stdout)) as files:
        files.extractall(release.folder / "source", filter="data")


def _git(*arguments: str) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True, check=False)  # noqa: S603, S607


def _install(release: Release) -> None:
    source = release.folder / "source"
    lock = release.folder / "requirements.lock"
    lock.write_text(_without_tools(source))
    _run(sys.executable, "-m", "venv", str(release.folder / "environment"))
    pip = (str(release.python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-deps")
    _run(*pip, "--require-hashes", "-r", str(lock))
    _run(*pip, "--no-build-isolation", str(source))


def _without_tools(source: Path) -> str:
    """Return the release's lock file without what only its own development needs: most of the bytes."""
    project = tomllib.loads((source / "pyproject.toml").read_text())
    tools = _names(project["dependency-groups"]["dev"]) - _names(project["build-system"]["requires"])
    needed = _names(project["project"]["dependencies"])
    kept, is_kept = [], True
    for line in (source / "requirements.lock").read_text().splitlines():
        if found := NAME.match(line):
            is_kept = found[0] in needed or not any(
                found[0] == tool or found[0] == f"{tool}-binaries" for tool in tools
            )
        if is_kept:
            kept.append(line)
    return "\n".join(kept) + "\n"


def _names(requirements: list[str]) -> set[str]:
    return {found[0] for requirement in requirements if (found := NAME.match(requirement))}


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode != 0:
        raise ReleaseError(f"{' '.join(command[:6])} … failed:\n{(done.stdout + done.stderr)[-3000:]}")


def main() -> None:
    """Build every release in the field."""
    try:
        for release in list_releases():
            build(release)
    except ReleaseError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
