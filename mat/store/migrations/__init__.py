"""One linear history of the case store's schema; each revision's SQL is frozen beside it."""
