"""Names the faults in a log: what is read, what is known of it, and how it is told."""
