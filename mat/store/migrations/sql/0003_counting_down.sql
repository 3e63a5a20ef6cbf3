-- Frozen: takes away what 0003_counting added.
DROP FUNCTION acting.count_what_was_imported();
DROP INDEX ix_list_place_listed;
