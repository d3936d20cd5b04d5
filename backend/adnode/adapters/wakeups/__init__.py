"""Wake-ups: at once inside a process, over Huey between processes."""

from adnode.adapters.wakeups.dispatcher import Dispatcher
from adnode.adapters.wakeups.huey_wakeups import HueyWakeups, open_wakeups

__all__ = ["Dispatcher", "HueyWakeups", "open_wakeups"]
