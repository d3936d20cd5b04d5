"""Work items: how they are kept, changed, checked and shown."""
