-- Frozen: takes away what 0002_statements added.
ALTER TABLE narrative DROP COLUMN source;
