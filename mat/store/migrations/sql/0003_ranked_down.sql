-- Frozen: takes away what 0003_ranked added.
COMMENT ON TABLE list_run IS 'One row per imported run; the newest as_of of a panel is its list.';
ALTER TABLE list_run DROP COLUMN ranked;
