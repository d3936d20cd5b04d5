"""Takes out of npm's lock files what is of no use to an installation: the addresses where people give money."""

import json
import sys
from pathlib import Path


def strip(path: Path) -> None:
    """Rewrite a lock file without its ``funding`` entries."""
    document = json.loads(path.read_text(encoding="utf-8"))
    for package in document["packages"].values():
        package.pop("funding", None)
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


for name in sys.argv[1:]:
    strip(Path(name))
