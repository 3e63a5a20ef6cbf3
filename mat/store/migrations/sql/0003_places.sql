-- Frozen: where a person stands under each harm scale and by the points table beside the model, revision 0003. Null of
-- what was imported before this revision.
ALTER TABLE list_place ADD COLUMN compared JSONB;
COMMENT ON TABLE list_place IS 'One row per run and person: place, band, flags and holds; rank null = held or deceased. compared: a rank on each list under another scale or by rfgv, the own first; null without a rank, or imported before these were.';
