"""The command line: everything a node can do, without the page."""
