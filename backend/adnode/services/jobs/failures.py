"""What a job waits for, and what ends it."""

from adnode.domain.errors import (
    AdnodeError,
    ConnectionStoppedError,
    LeaseLostError,
    QueryRefusedError,
    StorageUnavailableError,
)
from adnode.services.failures import retries_by_itself

_PASSING = (ConnectionStoppedError, StorageUnavailableError, LeaseLostError)


def may_pass(error: AdnodeError) -> bool:
    """Say whether the job is to be tried again later.

    A connection that somebody stopped is usually activated again, and a bulk is nothing to begin anew for that. A query
    that was too slow is not tried again by itself: it would burden Azure DevOps as much as the first time.
    """
    if isinstance(error, QueryRefusedError):
        return False
    return isinstance(error, _PASSING) or retries_by_itself(error)
