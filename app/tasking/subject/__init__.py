"""One person before the panel on one page: what is recorded, why they stand there, and what is done about it."""
