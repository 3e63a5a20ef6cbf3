-- Frozen: how the database finds its way in lists of a hundred thousand people, revision 0003.

-- The listed of a run, a few of its hundred thousand places.
CREATE INDEX ix_list_place_listed ON list_place (run_id, subject_id) WHERE is_listed;

-- Counts again what an import fills, inside its transaction. A server that runs for a command at a time never comes to
-- that by itself, and takes every case for as likely to be sensitive as not. It lends the rights of the owner of these
-- tables and not those of mat_acting: the right to count for others is one that servers before 17 do not know, and a
-- backup that grants it does not come back on them.
CREATE FUNCTION acting.count_what_was_imported() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF EXISTS (SELECT FROM acting.imports_for()) THEN
    ANALYZE subject, subject_alias, subject_identity, victim, victim_identity, list_place, list_reason, list_score,
      list_evidence, history_event, dyad, case_order, case_standing, partner_nomination, file_person;
  END IF;
END
$$;
REVOKE EXECUTE ON FUNCTION acting.count_what_was_imported() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION acting.count_what_was_imported() TO mat_app;
SET LOCAL ROLE mat_acting;
GRANT EXECUTE ON FUNCTION acting.imports_for() TO mat_owner;
SET LOCAL ROLE mat_owner;
