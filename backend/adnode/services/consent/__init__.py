"""Consent: a pair with a work item that exists begins only by a decision of its own side."""
