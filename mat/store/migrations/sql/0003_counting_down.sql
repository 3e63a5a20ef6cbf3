-- Frozen: takes away what 0003_counting added.
DO $$
BEGIN
  IF current_setting('server_version_num')::integer >= 170000 THEN
    REVOKE MAINTAIN ON subject, subject_alias, subject_identity, victim, victim_identity, list_place, list_reason,
      list_score, list_evidence, history_event, dyad, case_order, case_standing, partner_nomination, file_person
      FROM mat_acting;
  END IF;
END
$$;
SET LOCAL ROLE mat_acting;
DROP FUNCTION acting.count_what_was_imported();
SET LOCAL ROLE mat_owner;
DROP INDEX ix_list_place_listed;
