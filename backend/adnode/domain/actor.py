"""Who did something."""

from enum import StrEnum


class ActorKind(StrEnum):
    """A person at the page, the operator at the command line, the partner's node or a person there, or this node by
    itself.
    """

    PERSON = "person"
    OPERATOR = "operator"
    PARTNER = "partner"
    NODE = "node"
