-- Frozen: takes away what 0003_records added.
ALTER TABLE history_event DROP COLUMN callers;
ALTER TABLE history_event DROP COLUMN injuries;
