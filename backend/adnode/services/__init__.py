"""Use cases. They know the domain, the engine and the ports; bootstrap.py gives them their adapters."""
