"""What a meeting hands to each service: what may be in it, and the log of its leaving."""
