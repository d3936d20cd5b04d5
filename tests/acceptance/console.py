"""Runs commands of the release that this interpreter has, one after another, so that each need not start anew.

Started as a script with that release's interpreter; it imports nothing of this checkout. Reads a JSON line
``{"arguments": [...], "given": text}`` for each command and answers with ``{"code": number, "output": text, "told":
text}``, where ``told`` is what went to standard error.
"""

import contextlib
import io
import json
import sys
from typing import Any


def main() -> None:
    """Run the commands of standard input until it ends."""
    from adnode.cli.application import main as adnode

    requests, answers = sys.stdin, sys.stdout
    for line in requests:
        answers.write(json.dumps(_run(adnode, **json.loads(line))) + "\n")
        answers.flush()


def _run(adnode: Any, arguments: list[str], given: str) -> dict[str, Any]:
    output, told = io.StringIO(), io.StringIO()
    sys.stdin = io.TextIOWrapper(io.BytesIO(given.encode()))
    code: Any = 0
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(told):
        try:
            code = adnode.main(arguments, standalone_mode=False)
        except SystemExit as ended:
            code = ended.code
    return {"code": code or 0, "output": output.getvalue(), "told": told.getvalue()}


if __name__ == "__main__":
    main()
