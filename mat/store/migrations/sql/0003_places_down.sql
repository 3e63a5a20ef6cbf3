-- Frozen: takes away what 0003_places added.
COMMENT ON TABLE list_place IS 'One row per run and person: place, band, flags and holds; rank null = held or deceased.';
ALTER TABLE list_place DROP COLUMN compared;
