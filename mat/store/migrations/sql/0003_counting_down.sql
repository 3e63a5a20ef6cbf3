-- Frozen: takes away what 0003_counting added.
DROP FUNCTION acting.count_what_was_imported();
SET LOCAL ROLE mat_acting;
REVOKE EXECUTE ON FUNCTION acting.imports_for() FROM mat_owner;
SET LOCAL ROLE mat_owner;
DROP INDEX ix_list_place_listed;
