"""Drift: comparing all twins of a connection with what is, and repairing what differs."""
