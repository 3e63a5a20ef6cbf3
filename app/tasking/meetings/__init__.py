"""Meetings of a panel as commands: planned, prepared, held, minuted and closed."""
