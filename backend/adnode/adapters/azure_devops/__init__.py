"""Azure DevOps through the official client."""
