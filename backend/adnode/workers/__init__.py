"""Background work: handlers of wake-ups, the sweep and the long polls. Each calls services only."""
