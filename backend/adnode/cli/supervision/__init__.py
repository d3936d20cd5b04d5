"""The processes of a node under one supervisor (POSIX: they are forked)."""

from adnode.cli.supervision.part import Part, SharedFlag
from adnode.cli.supervision.supervisor import Supervisor

__all__ = ["Part", "SharedFlag", "Supervisor"]
