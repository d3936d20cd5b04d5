"""Consent: what the partner may do with work items of ours that exist already, and what people may do in the panel."""

from enum import StrEnum

CONSENT_QUERY_LIMIT = 8000
"""Characters of a consent's condition at most; it leaves room in a query for the ids of what is asked for."""


class Consent(StrEnum):
    """Which existing work items of ours the partner may connect to.

    ASK: each time a person of this side decides. QUERY: those that a condition of ours matches when the partner asks.
    ALL: all of the connection's project. NOBODY: none.
    """

    ASK = "ask"
    QUERY = "query"
    ALL = "all"
    NOBODY = "nobody"


class PanelDeed(StrEnum):
    """What people do with a work item in its panel."""

    EXALATE = "exalate"
    CONNECT = "connect"
    UNEXALATE = "unexalate"


class PanelAccess(StrEnum):
    """Who may do that: whoever may edit the work item, or administrators only."""

    CONTRIBUTORS = "contributors"
    ADMINISTRATORS = "administrators"
