"""In-memory twins of the ports; they pass the same contract suites as the real adapters."""
