"""A local Azure DevOps for development, demo and tests."""
