"""adnode: keeps the work items of two Azure DevOps organizations in sync."""
