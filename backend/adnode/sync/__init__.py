"""The engine: values in, plan out. No I/O, no clock, no randomness.

``observe`` compares a work item as read with what the state knows, ``merge`` joins registers, ``decide`` turns both
into a ``Plan``; services/reconciliation carries the plan out.
"""
