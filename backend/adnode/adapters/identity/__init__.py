"""Who sits at a page: app tokens of the extension, what Azure DevOps says of an access token, and our own sessions."""
