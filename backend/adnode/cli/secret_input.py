"""Secrets come from a prompt, a file or standard input, never from an argument: arguments show in process lists."""

import sys
from pathlib import Path

import click

from adnode.domain.errors import ValidationError


def read_secret(file: str | None, prompt: str) -> str:
    """Return the secret from that file (``-``: standard input), else ask for it; raises ValidationError."""
    if file is None:
        secret = str(click.prompt(prompt, hide_input=True, err=True))
    elif file == "-":
        secret = sys.stdin.read()
    else:
        secret = read_text_file(file)
    if not secret.strip():
        raise ValidationError(f"{prompt}: nothing was given. Put it into the file or type it.")
    return secret.strip()


def read_text_file(file: str) -> str:
    """Return the text of a file; raises ValidationError that names it."""
    try:
        return Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ValidationError(f"File {file} can't be read. Check its name, rights and that it is text.") from error
