"""The front: what stands between the network and Flask, so that slow, silent and hostile callers hold nothing that
others need.
"""

from adnode.web.front.application import Front, create_front
from adnode.web.front.limits import FrontLimits
from adnode.web.front.server import FrontServer

__all__ = ["Front", "FrontLimits", "FrontServer", "create_front"]
