-- Frozen: how many of a list have a rank, revision 0003, and the deceased no longer counted among the held.
ALTER TABLE list_run ADD COLUMN ranked INTEGER;
COMMENT ON TABLE list_run IS 'One row per imported run; the newest as_of of a panel is its list. people: on it; ranked: of them with a rank, null = imported before that was kept; held: without one until somebody has looked.';
