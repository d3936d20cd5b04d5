"""Reconciling twins: read what is, merge, write what must change, say what was done. One level-triggered routine."""

from adnode.services.reconciliation.service import ReconciliationService

__all__ = ["ReconciliationService"]
