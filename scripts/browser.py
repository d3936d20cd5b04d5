"""Find a Chromium for the browser tests, or set one up: `python scripts/browser.py` prints where it is."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

VARIABLE = "CHROMIUM"
COMMANDS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
"""The shell is the same browser without its own windows: it takes a fraction of their work."""
PACKAGES = ("chromium-headless-shell", "chromium")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
MISSING = (
    f"No Chromium was found for the browser tests. Set {VARIABLE} to the path of one, or install Debian's package "
    "chromium-headless-shell or Google Chrome, or run: python -m playwright install chromium"
)


def find_browser() -> Path | None:
    """Return the Chromium to use: of the environment variable, of the machine, or Playwright's own."""
    chosen = os.environ.get(VARIABLE)
    if chosen:
        return Path(chosen) if Path(chosen).exists() else None
    # Where packages put it, even if that is not on the caller's path.
    folders = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/bin", "/usr/local/bin"])
    for command in COMMANDS:
        found = shutil.which(command, path=folders)
        if found:
            return Path(found)
    own = _own_browser()
    return own if own.exists() else None


def install_browser() -> Path | None:
    """Set one up by Playwright's download, else by Debian's package; return it, None when neither works."""
    for install in (_download, _install_package):
        if install() and (found := find_browser()):
            return found
    return None


def _own_browser() -> Path:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        return Path(playwright.chromium.executable_path)


def _download() -> bool:
    return _runs([sys.executable, "-m", "playwright", "install", "chromium"])


def _install_package() -> bool:
    apt = shutil.which("apt-get")
    if apt is None or not hasattr(os, "geteuid") or os.geteuid() != 0:
        return False
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = [apt, "install", "--yes", "--no-install-recommends"]
    # Older releases do not have the shell.
    return _runs([apt, "update"], environment) and any(_runs([*install, package], environment) for package in PACKAGES)


def _runs(command: list[str], environment: dict[str, str] | None = None) -> bool:
    print("Setting up a browser:", *command[-3:], file=sys.stderr)
    # Standard output is for the path alone.
    return subprocess.run(command, env=environment, stdout=sys.stderr, check=False).returncode == 0  # noqa: S603


def main() -> None:
    """Print the browser's path; end with a clear text when there is none and none can be set up."""
    found = find_browser() or (None if os.environ.get(VARIABLE) else install_browser())
    if found is None:
        sys.exit(MISSING)
    print(found)


if __name__ == "__main__":
    main()
