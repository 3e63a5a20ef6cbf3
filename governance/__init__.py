"""Who may see what, what is kept and for how long, and the log of everything seen or done."""
