"""The Work Item Query Language: flat queries over work items, read and answered."""

from azure_devops_emulator.wiql.evaluation import Row, WiqlContext, evaluate
from azure_devops_emulator.wiql.parsing import parse
from azure_devops_emulator.wiql.query import Query, WiqlError, list_fields

__all__ = ["Query", "Row", "WiqlContext", "WiqlError", "evaluate", "list_fields", "parse"]
