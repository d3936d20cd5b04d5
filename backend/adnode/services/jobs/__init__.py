"""Jobs: long work on many work items, in slices that survive a crash."""
