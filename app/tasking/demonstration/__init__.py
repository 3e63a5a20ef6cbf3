"""A month of a panel's work on a demonstration store, played by people who do not exist."""
