-- Frozen: break-glass, in two steps: to ask, which tells the DPO whoever was asked for, and to open what was asked for.

-- Who is told of an emergency that the acting person makes: the DPO, and where nobody else is one for every panel area,
-- the chair and the auditor as well.
CREATE FUNCTION acting.told_of_emergency() RETURNS text[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT CASE WHEN EXISTS (
    SELECT FROM role_grant
    WHERE role_grant.role = 'dpo' AND role_grant.panel_id IS NULL AND role_grant.confirmed_at IS NOT NULL
      AND role_grant.ended_at IS NULL AND role_grant.user_id <> acting.user_id()
  ) THEN ARRAY['dpo'] ELSE ARRAY['dpo', 'chair', 'auditor'] END
$$;

-- Answers the id of the asking alone, the same for an id that is no case: whether it is one is told by the next
-- transaction, when the asking, its notice and its entry in the log can no longer be undone.
CREATE FUNCTION acting.break_glass(namespace text, person_id text, why text) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  new_use uuid := gen_random_uuid();
BEGIN
  IF NOT acting.stepped_up() THEN
    RAISE insufficient_privilege USING MESSAGE = 'who one is was not proved again';
  END IF;
  IF length(trim(why)) < 20 THEN
    RAISE check_violation USING MESSAGE = 'an emergency has a reason', CONSTRAINT = 'emergency_reason';
  END IF;
  INSERT INTO break_glass (use_id, subject_id, panel_id, user_id, reason, used_at)
  SELECT new_use, wanted.subject_id, wanted.panel_id, acting.user_id(), why, clock_timestamp()
  FROM acting.case_to_break_into(namespace, person_id) AS wanted;
  INSERT INTO notice (notice_id, to_role, kind, about_id, told_at)
  SELECT gen_random_uuid(), told.role, 'break_glass', new_use, clock_timestamp()
  FROM unnest(acting.told_of_emergency()) AS told (role);
  RETURN new_use;
END
$$;

-- Opens the case of one's own asking of the last minutes for an hour; no row where there is none. What is opened answers
-- from the next transaction on.
CREATE FUNCTION acting.open_broken(asked uuid) RETURNS TABLE (subject_id uuid, until timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  waiting break_glass;
  new_share uuid := gen_random_uuid();
  opened_at timestamptz := clock_timestamp();
BEGIN
  SELECT * INTO waiting FROM break_glass
  WHERE break_glass.use_id = asked AND break_glass.user_id = acting.user_id() AND break_glass.share_id IS NULL
    AND break_glass.used_at < transaction_timestamp() AND break_glass.used_at > opened_at - interval '5 minutes'
  FOR UPDATE;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  INSERT INTO share (
    share_id, subject_id, panel_id, service_id, user_id, basis, reason, shared_by, from_at, expires_at
  ) VALUES (
    new_share, waiting.subject_id, waiting.panel_id, acting.service_id(), acting.user_id(), 'break_glass',
    waiting.reason, acting.user_id(), opened_at, opened_at + interval '1 hour'
  );
  UPDATE break_glass SET share_id = new_share WHERE break_glass.use_id = asked;
  RETURN QUERY SELECT waiting.subject_id, opened_at + interval '1 hour';
END
$$;

-- That it was asked, by whom; for whom, only the log of its opening says, under the name of the person in the log.
CREATE FUNCTION keep_asking_in_the_log() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM audit_index JOIN audit_event ON audit_event.seq = audit_index.seq
    WHERE audit_index.actor = acting.user_id() AND audit_index.event = 'glass_asked'
      AND audit_index.operation = 'override' AND audit_event.body::jsonb -> 'details' ->> 'use' = NEW.about_id::text
  ) THEN
    RAISE check_violation USING MESSAGE = 'an emergency use is in the log', CONSTRAINT = 'emergency_logged';
  END IF;
  RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER emergency_asked AFTER INSERT ON notice DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW WHEN (NEW.kind = 'break_glass' AND acting.user_id() IS NOT NULL)
EXECUTE FUNCTION keep_asking_in_the_log();

CREATE FUNCTION keep_emergency_in_the_log() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM person_key
    JOIN audit_index ON audit_index.people
      = ARRAY[left(encode(keyed_hash(person_key.key, uuid_send(person_key.subject_id)), 'hex'), 32)]
    JOIN audit_event ON audit_event.seq = audit_index.seq
    WHERE person_key.subject_id = NEW.subject_id AND audit_index.actor = NEW.user_id
      AND audit_index.event = 'glass_broken' AND audit_index.operation = 'override'
      AND audit_event.body::jsonb -> 'details' ->> 'use' = NEW.use_id::text
  ) THEN
    RAISE check_violation USING MESSAGE = 'an emergency use is in the log', CONSTRAINT = 'emergency_logged';
  END IF;
  RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER emergency_logged AFTER UPDATE OF share_id ON break_glass DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION keep_emergency_in_the_log();

CREATE POLICY acting_opens ON share FOR INSERT TO mat_acting WITH CHECK (basis = 'break_glass');
CREATE POLICY acting_opens ON break_glass FOR INSERT TO mat_acting WITH CHECK (true);
CREATE POLICY acting_links ON break_glass FOR UPDATE TO mat_acting USING (true);
CREATE POLICY acting_tells ON notice FOR INSERT TO mat_acting WITH CHECK (kind = 'break_glass');
GRANT INSERT ON share, break_glass, notice TO mat_acting;
GRANT UPDATE (share_id) ON break_glass TO mat_acting;

GRANT CREATE ON SCHEMA public TO mat_log;
ALTER FUNCTION acting.break_glass(text, text, text) OWNER TO mat_acting;
ALTER FUNCTION acting.open_broken(uuid) OWNER TO mat_acting;
ALTER FUNCTION acting.told_of_emergency() OWNER TO mat_acting;
ALTER FUNCTION keep_asking_in_the_log() OWNER TO mat_log;
ALTER FUNCTION keep_emergency_in_the_log() OWNER TO mat_log;
REVOKE CREATE ON SCHEMA public FROM mat_log;
SET LOCAL ROLE mat_log;
REVOKE EXECUTE ON FUNCTION keep_asking_in_the_log(), keep_emergency_in_the_log() FROM PUBLIC;
SET LOCAL ROLE mat_acting;
REVOKE EXECUTE ON FUNCTION acting.break_glass(text, text, text), acting.open_broken(uuid), acting.told_of_emergency()
FROM PUBLIC;
GRANT EXECUTE ON FUNCTION acting.break_glass(text, text, text), acting.open_broken(uuid), acting.told_of_emergency()
TO mat_app;
REVOKE EXECUTE ON FUNCTION acting.case_to_break_into(text, text) FROM mat_app, mat_log;
SET LOCAL ROLE mat_owner;
