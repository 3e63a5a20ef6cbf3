-- Frozen: break-glass, whose one way in opens the share, records the use and tells the DPO, or does nothing at all.

-- No row where no case under that id can be opened. What is opened answers from the next transaction on, so that
-- nothing is read in one that is then undone, with its entry in the log.
CREATE FUNCTION acting.break_glass(namespace text, person_id text, why text)
RETURNS TABLE (use_id uuid, subject_id uuid, until timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  wanted record;
  new_share uuid := gen_random_uuid();
  new_use uuid := gen_random_uuid();
  opened_at timestamptz := clock_timestamp();
BEGIN
  IF NOT acting.stepped_up() THEN
    RAISE insufficient_privilege USING MESSAGE = 'who one is was not proved again';
  END IF;
  IF length(trim(why)) < 20 THEN
    RAISE check_violation USING MESSAGE = 'an emergency has a reason', CONSTRAINT = 'emergency_reason';
  END IF;
  SELECT * INTO wanted FROM acting.case_to_break_into(namespace, person_id);
  IF NOT FOUND THEN
    RETURN;
  END IF;
  INSERT INTO share (
    share_id, subject_id, panel_id, service_id, user_id, basis, reason, shared_by, from_at, expires_at
  ) VALUES (
    new_share, wanted.subject_id, wanted.panel_id, acting.service_id(), acting.user_id(), 'break_glass', why,
    acting.user_id(), opened_at, opened_at + interval '1 hour'
  );
  INSERT INTO break_glass (use_id, subject_id, panel_id, user_id, share_id, reason, used_at)
  VALUES (new_use, wanted.subject_id, wanted.panel_id, acting.user_id(), new_share, why, opened_at);
  INSERT INTO notice (notice_id, to_role, kind, about_id, told_at)
  VALUES (gen_random_uuid(), 'dpo', 'break_glass', new_use, opened_at);
  RETURN QUERY SELECT new_use, wanted.subject_id::uuid, opened_at + interval '1 hour';
END
$$;

CREATE FUNCTION keep_emergency_in_the_log() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM audit_index JOIN audit_event ON audit_event.seq = audit_index.seq
    WHERE audit_index.actor = NEW.user_id AND audit_index.event = 'glass_broken' AND cardinality(audit_index.people) = 1
      AND audit_event.body::jsonb -> 'details' ->> 'use' = NEW.use_id::text
  ) THEN
    RAISE check_violation USING MESSAGE = 'an emergency use is in the log', CONSTRAINT = 'emergency_logged';
  END IF;
  RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER emergency_logged AFTER INSERT ON break_glass DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION keep_emergency_in_the_log();

CREATE POLICY acting_opens ON share FOR INSERT TO mat_acting WITH CHECK (basis = 'break_glass');
CREATE POLICY acting_opens ON break_glass FOR INSERT TO mat_acting WITH CHECK (true);
CREATE POLICY acting_tells ON notice FOR INSERT TO mat_acting WITH CHECK (kind = 'break_glass');
GRANT INSERT ON share, break_glass, notice TO mat_acting;

GRANT CREATE ON SCHEMA public TO mat_log;
ALTER FUNCTION acting.break_glass(text, text, text) OWNER TO mat_acting;
ALTER FUNCTION keep_emergency_in_the_log() OWNER TO mat_log;
REVOKE CREATE ON SCHEMA public FROM mat_log;
SET LOCAL ROLE mat_log;
REVOKE EXECUTE ON FUNCTION keep_emergency_in_the_log() FROM PUBLIC;
SET LOCAL ROLE mat_acting;
REVOKE EXECUTE ON FUNCTION acting.break_glass(text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION acting.break_glass(text, text, text) TO mat_app;
REVOKE EXECUTE ON FUNCTION acting.case_to_break_into(text, text) FROM mat_app, mat_log;
SET LOCAL ROLE mat_owner;
