"""The demo: two local Azure DevOps, a public and a private node, and work items that travel between them."""
