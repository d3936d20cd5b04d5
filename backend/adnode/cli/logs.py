"""Structured logs on standard error: JSON lines, or a console form for people."""

import logging
import sys
from typing import TextIO, cast

import structlog

from adnode.cli.steady_stream import SteadyStream
from adnode.settings import Settings


def configure_logs(log_format: str, level: int = logging.INFO) -> None:
    """Set up logging for this process. Secrets never get here: values are logged by name, and settings are not."""
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer() if log_format == "json" else structlog.dev.ConsoleRenderer(colors=False)
    )
    processors: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if log_format == "json":
        processors.append(structlog.processors.format_exc_info)
    structlog.configure(
        processors=[*processors, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(cast(TextIO, SteadyStream(sys.stderr))),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(stream=sys.stderr, level=max(level, logging.WARNING), force=True)


def configure_command_logs(settings: Settings) -> None:
    """Set up logging for a command that ends by itself: only what went wrong."""
    configure_logs(settings.log_format, logging.ERROR)
