-- Frozen: the only way into the log, and the triggers that refuse every other.
CREATE FUNCTION audit_append(bodies text[]) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  acting_user uuid := acting.user_id();
  acting_service text := current_setting('mat.service', true);
  acting_session text := current_setting('mat.session', true);
  roles_held jsonb := to_jsonb(acting.roles_to_tell());
  may_sign boolean;
  body text;
  read jsonb;
  happened timestamptz;
  new_leaf bytea;
  last_seq bigint;
  last_chain bytea;
  new_chain bytea;
BEGIN
  IF acting_user IS NULL THEN
    RAISE insufficient_privilege USING MESSAGE = 'nobody is acting';
  END IF;
  IF coalesce(cardinality(bodies), 0) = 0 THEN
    RAISE check_violation USING MESSAGE = 'there is an event to append';
  END IF;
  PERFORM pg_advisory_xact_lock(7236833);
  SELECT audit_event.seq, audit_event.chain INTO last_seq, last_chain
  FROM audit_event ORDER BY audit_event.seq DESC LIMIT 1;
  last_seq := coalesce(last_seq, 0);
  last_chain := coalesce(last_chain, decode(repeat('00', 32), 'hex'));
  FOREACH body IN ARRAY bodies LOOP
    IF octet_length(body) > 65536 THEN
      RAISE check_violation USING MESSAGE = 'an event is of 64 KiB at most';
    END IF;
    read := body::jsonb;
    IF (read ->> 'actor' = acting_user::text AND read ->> 'service' = acting_service
      AND read ->> 'session' = acting_session) IS NOT TRUE THEN
      RAISE insufficient_privilege USING MESSAGE = 'an event names its own actor, service and session';
    END IF;
    IF (jsonb_typeof(read -> 'roles') = 'array' AND read -> 'roles' <@ roles_held) IS NOT TRUE THEN
      RAISE insufficient_privilege USING MESSAGE = 'an event names roles that its actor holds';
    END IF;
    happened := (read ->> 'at')::timestamptz;
    IF (abs(extract(epoch FROM clock_timestamp() - happened)) <= 300) IS NOT TRUE THEN
      RAISE SQLSTATE 'MA001' USING MESSAGE = 'an event is of the time at which it is written';
    END IF;
    IF (
      read -> 'v' = '1' AND (SELECT count(*) FROM jsonb_object_keys(read)) = 18
      AND read ?& ARRAY['v', 'id', 'at', 'operation', 'event', 'actor', 'agency', 'service', 'session', 'roles', 'purpose',
        'channel', 'people', 'fields', 'recipients', 'details', 'texts', 'tool']
      AND read ->> 'at' ~ '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$' AND jsonb_typeof(read -> 'people') = 'array'
      AND jsonb_typeof(read -> 'fields') = 'array' AND jsonb_typeof(read -> 'recipients') = 'array'
      AND jsonb_typeof(read -> 'details') = 'object' AND jsonb_typeof(read -> 'texts') = 'object'
      AND NOT jsonb_path_exists(read, 'strict $.people[*] ? (@.type() != "string")')
    ) IS NOT TRUE THEN
      RAISE check_violation USING MESSAGE = 'an event has the keys of an event, and nothing else';
    END IF;
    IF read ->> 'event' IN ('case_removed', 'case_removed_again')
      AND (read -> 'roles' ? 'dpo' AND read ->> 'operation' = 'erasure') IS NOT TRUE THEN
      RAISE insufficient_privilege USING MESSAGE = 'that a case was removed is said by the data protection officer';
    END IF;
    IF read ->> 'operation' = 'checkpoint' THEN
      may_sign := coalesce(may_sign, acting.holds_everywhere('auditor', 'dpo', 'administrator', 'coordinator', 'chair'));
      IF NOT may_sign THEN
        RAISE insufficient_privilege USING MESSAGE = 'checkpoints and keys are for those who answer for the log';
      END IF;
    END IF;
    last_seq := last_seq + 1;
    new_leaf := sha256('\x00'::bytea || convert_to(body, 'UTF8'));
    new_chain := sha256('\x02'::bytea || last_chain || new_leaf);
    INSERT INTO audit_event (seq, body, leaf, prev, chain) VALUES (last_seq, body, new_leaf, last_chain, new_chain);
    INSERT INTO audit_index (seq, event_id, at, actor, service, operation, event, people)
    VALUES (
      last_seq, (read ->> 'id')::uuid, happened, acting_user, acting_service::uuid,
      read ->> 'operation', read ->> 'event', ARRAY(SELECT jsonb_array_elements_text(read -> 'people'))
    );
    last_chain := new_chain;
  END LOOP;
  RETURN last_seq;
END
$$;

-- What is kept beside the log is a text whose hash is in an event of the same transaction, by the same person.
CREATE FUNCTION keep_text_with_its_event() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF octet_length(NEW.key) <> 32 OR NOT EXISTS (
    SELECT FROM audit_index JOIN audit_event ON audit_event.seq = audit_index.seq
    WHERE audit_index.event_id = NEW.event_id AND audit_index.actor = NEW.actor
      AND audit_event.body::jsonb -> 'texts' ->> NEW.name
        = encode(keyed_hash(NEW.key, convert_to(NEW.content, 'UTF8')), 'hex')
  ) THEN
    RAISE check_violation USING MESSAGE = 'a text is that of an event', CONSTRAINT = 'text_of_event';
  END IF;
  RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER text_of_event AFTER INSERT ON audit_payload DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW WHEN (acting.user_id() IS NOT NULL) EXECUTE FUNCTION keep_text_with_its_event();

CREATE FUNCTION audit_log(first_seq bigint, last_seq bigint) RETURNS SETOF audit_event
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF NOT acting.holds_everywhere('auditor', 'dpo', 'administrator', 'coordinator', 'chair') THEN
    RAISE insufficient_privilege USING MESSAGE = 'the log may be verified by those who answer for it';
  END IF;
  RETURN QUERY SELECT * FROM audit_event
  WHERE audit_event.seq BETWEEN first_seq AND last_seq ORDER BY audit_event.seq;
END
$$;

-- A checkpoint is kept by whoever just appended its event, for the log of this store as it ends with that event.
CREATE FUNCTION audit_ends_with(of_size bigint, of_origin text, of_note text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT EXISTS (
    SELECT FROM audit_index, acting.store() AS this
    WHERE audit_index.seq = of_size AND audit_index.seq = (SELECT max(audit_event.seq) FROM audit_event)
      AND audit_index.operation = 'checkpoint' AND audit_index.actor = (SELECT acting.user_id())
      AND this.origin = of_origin AND starts_with(of_note, format(E'%s\n%s\n', of_origin, of_size))
  )
$$;

CREATE FUNCTION refuse_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RAISE insufficient_privilege USING MESSAGE = format('%s is append-only', TG_TABLE_NAME);
END
$$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit_event FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON audit_event FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit_checkpoint FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON audit_checkpoint
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON removal FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- What the database itself refuses beside the rows.
CREATE FUNCTION count_version() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  NEW.version := OLD.version + 1;
  RETURN NEW;
END
$$;
DO $$
DECLARE
  counted record;
BEGIN
  FOR counted IN
    SELECT table_name FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'version'
  LOOP
    EXECUTE format(
      'CREATE TRIGGER counted BEFORE UPDATE ON %I FOR EACH ROW EXECUTE FUNCTION count_version()', counted.table_name
    );
  END LOOP;
END
$$;

CREATE FUNCTION keep_the_wall() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(7236834, hashtext(NEW.user_id::text));
  IF NEW.ended_at IS NULL AND (
    SELECT count(DISTINCT service.kind) FROM membership JOIN service ON service.service_id = membership.service_id
    WHERE membership.user_id = NEW.user_id AND membership.ended_at IS NULL
      AND service.kind IN ('victim_service', 'behaviour_change')
  ) > 1 THEN
    RAISE check_violation USING MESSAGE = 'nobody works on both sides of the wall', CONSTRAINT = 'wall';
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER wall AFTER INSERT OR UPDATE ON membership FOR EACH ROW EXECUTE FUNCTION keep_the_wall();

CREATE FUNCTION keep_role_to_service() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  kind text;
BEGIN
  SELECT service.kind INTO kind FROM service WHERE service.service_id = NEW.service_id;
  IF (NEW.role = 'victim_service' AND kind <> 'victim_service') OR (NEW.role = 'provider' AND kind <> 'behaviour_change')
    OR (kind = 'victim_service' AND NEW.role NOT IN ('victim_service', 'service_manager'))
    OR (kind = 'behaviour_change' AND NEW.role NOT IN ('provider', 'service_manager')) THEN
    RAISE check_violation USING MESSAGE = 'the role does not belong to the kind of service', CONSTRAINT = 'role_of_service';
  END IF;
  IF NOT EXISTS (
    SELECT FROM membership WHERE membership.user_id = NEW.user_id AND membership.service_id = NEW.service_id
      AND membership.ended_at IS NULL
  ) AND NEW.ended_at IS NULL THEN
    RAISE check_violation USING MESSAGE = 'a role is held by a member of the service', CONSTRAINT = 'role_of_member';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER role_of_service BEFORE INSERT OR UPDATE ON role_grant
FOR EACH ROW EXECUTE FUNCTION keep_role_to_service();

CREATE FUNCTION keep_the_grant() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF (NEW.user_id, NEW.service_id, NEW.role, NEW.panel_id, NEW.is_founding, NEW.proposed_by)
    IS DISTINCT FROM (OLD.user_id, OLD.service_id, OLD.role, OLD.panel_id, OLD.is_founding, OLD.proposed_by)
    OR (OLD.confirmed_by IS NOT NULL AND NEW.confirmed_by IS DISTINCT FROM OLD.confirmed_by)
    OR (NEW.confirmed_by IS DISTINCT FROM OLD.confirmed_by AND NEW.confirmed_by IS DISTINCT FROM acting.user_id())
    OR (OLD.ended_at IS NOT NULL AND NEW.ended_at IS NULL)
    OR (NEW.ended_by IS DISTINCT FROM OLD.ended_by AND NEW.ended_by IS DISTINCT FROM acting.user_id())
    OR (NEW.confirmed_by IS DISTINCT FROM OLD.confirmed_by AND OLD.ended_at IS NOT NULL) THEN
    RAISE check_violation USING MESSAGE = 'a grant is confirmed or ended by the person who does so, and not rewritten';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER not_rewritten BEFORE UPDATE ON role_grant FOR EACH ROW EXECUTE FUNCTION keep_the_grant();

-- Somebody remains who may grant roles for every panel area, or the store would be shut for good.
CREATE FUNCTION keep_a_granter() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(7236836);
  IF NOT EXISTS (
    SELECT FROM role_grant
    JOIN membership ON membership.user_id = role_grant.user_id AND membership.service_id = role_grant.service_id
    JOIN service ON service.service_id = role_grant.service_id
    JOIN agency ON agency.agency_id = service.agency_id
    JOIN app_user ON app_user.user_id = role_grant.user_id
    WHERE role_grant.role IN ('administrator', 'chair', 'dpo') AND role_grant.panel_id IS NULL
      AND role_grant.confirmed_at >= membership.from_at AND role_grant.ended_at IS NULL AND membership.ended_at IS NULL
      AND service.ended_at IS NULL AND agency.ended_at IS NULL AND app_user.ended_at IS NULL
      AND (TG_TABLE_NAME <> 'user_login' OR EXISTS (
        SELECT FROM user_login WHERE user_login.user_id = role_grant.user_id AND user_login.ended_at IS NULL
      ))
  ) THEN
    RAISE SQLSTATE 'MA002' USING MESSAGE = 'nobody would be left who may grant roles';
  END IF;
  RETURN NULL;
END
$$;
DO $$
DECLARE
  granting text;
BEGIN
  FOREACH granting IN ARRAY ARRAY['role_grant', 'membership', 'service', 'agency', 'app_user', 'user_login'] LOOP
    EXECUTE format(
      'CREATE CONSTRAINT TRIGGER granter_left AFTER UPDATE OF ended_at ON %I DEFERRABLE INITIALLY DEFERRED FOR EACH ROW'
      ' WHEN (NEW.ended_at IS NOT NULL AND acting.user_id() IS NOT NULL) EXECUTE FUNCTION keep_a_granter()', granting
    );
  END LOOP;
END
$$;

CREATE FUNCTION keep_ended() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF OLD.ended_at IS NOT NULL AND NEW.ended_at IS DISTINCT FROM OLD.ended_at THEN
    RAISE check_violation USING MESSAGE = 'what has ended stays ended', CONSTRAINT = 'stays_ended';
  END IF;
  RETURN NEW;
END
$$;
DO $$
DECLARE
  ending record;
BEGIN
  FOR ending IN
    SELECT table_name FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'ended_at'
  LOOP
    EXECUTE format(
      'CREATE TRIGGER stays_ended BEFORE UPDATE ON %I FOR EACH ROW EXECUTE FUNCTION keep_ended()', ending.table_name
    );
  END LOOP;
END
$$;

CREATE FUNCTION keep_under_legal_hold() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF EXISTS (SELECT FROM legal_hold WHERE legal_hold.subject_id = OLD.subject_id AND legal_hold.released_at IS NULL) THEN
    RAISE check_violation USING MESSAGE = 'the case is under a legal hold', CONSTRAINT = 'legal_hold';
  END IF;
  RETURN OLD;
END
$$;
CREATE TRIGGER legal_hold BEFORE DELETE ON subject FOR EACH ROW EXECUTE FUNCTION keep_under_legal_hold();
CREATE TRIGGER legal_hold BEFORE DELETE ON list_place FOR EACH ROW EXECUTE FUNCTION keep_under_legal_hold();
CREATE TRIGGER legal_hold BEFORE DELETE ON partner_nomination FOR EACH ROW EXECUTE FUNCTION keep_under_legal_hold();
CREATE TRIGGER legal_hold BEFORE DELETE ON history_event FOR EACH ROW EXECUTE FUNCTION keep_under_legal_hold();
CREATE TRIGGER legal_hold BEFORE DELETE ON dyad FOR EACH ROW EXECUTE FUNCTION keep_under_legal_hold();
CREATE TRIGGER legal_hold BEFORE DELETE ON case_order FOR EACH ROW EXECUTE FUNCTION keep_under_legal_hold();
CREATE TRIGGER legal_hold BEFORE DELETE ON case_standing FOR EACH ROW EXECUTE FUNCTION keep_under_legal_hold();
CREATE TRIGGER legal_hold BEFORE DELETE ON audit_payload FOR EACH ROW EXECUTE FUNCTION keep_under_legal_hold();
CREATE TRIGGER legal_hold BEFORE DELETE ON person_key FOR EACH ROW EXECUTE FUNCTION keep_under_legal_hold();

CREATE FUNCTION keep_emergency_with_its_use() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF NEW.basis = 'break_glass' AND NOT EXISTS (
    SELECT FROM break_glass
    WHERE break_glass.share_id = NEW.share_id AND break_glass.user_id = NEW.user_id
      AND break_glass.subject_id = NEW.subject_id
  ) THEN
    RAISE check_violation USING MESSAGE = 'an emergency share has its use recorded', CONSTRAINT = 'emergency_use';
  END IF;
  RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER emergency_use AFTER INSERT ON share DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION keep_emergency_with_its_use();

GRANT CREATE ON SCHEMA public TO mat_log, mat_acting;
ALTER FUNCTION audit_append(text[]) OWNER TO mat_log;
ALTER FUNCTION audit_log(bigint, bigint) OWNER TO mat_log;
ALTER FUNCTION audit_ends_with(bigint, text, text) OWNER TO mat_log;
ALTER FUNCTION keep_text_with_its_event() OWNER TO mat_log;
ALTER FUNCTION keep_the_wall() OWNER TO mat_acting;
ALTER FUNCTION keep_a_granter() OWNER TO mat_acting;
ALTER FUNCTION keep_role_to_service() OWNER TO mat_acting;
ALTER FUNCTION keep_under_legal_hold() OWNER TO mat_acting;
ALTER FUNCTION keep_emergency_with_its_use() OWNER TO mat_acting;
REVOKE CREATE ON SCHEMA public FROM mat_log, mat_acting;
CREATE POLICY acting_reads ON legal_hold FOR SELECT TO mat_acting USING (true);
GRANT SELECT ON legal_hold TO mat_acting;

-- Functions answer to the application only; only the owner of a function can say so.
REVOKE EXECUTE ON FUNCTION refuse_change(), count_version(), keep_the_grant(), keep_ended() FROM PUBLIC;
GRANT USAGE ON SCHEMA acting TO mat_owner;
SET LOCAL ROLE mat_log;
REVOKE EXECUTE ON FUNCTION audit_append(text[]), audit_log(bigint, bigint), audit_ends_with(bigint, text, text),
  keep_text_with_its_event() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit_append(text[]), audit_log(bigint, bigint), audit_ends_with(bigint, text, text)
  TO mat_app;
GRANT EXECUTE ON FUNCTION audit_append(text[]) TO mat_door, mat_owner;
SET LOCAL ROLE mat_acting;
REVOKE EXECUTE ON FUNCTION keep_the_wall(), keep_a_granter(), keep_role_to_service(), keep_under_legal_hold(),
  keep_emergency_with_its_use() FROM PUBLIC;
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA acting FROM PUBLIC;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA acting TO mat_app, mat_log;
REVOKE EXECUTE ON FUNCTION acting.found(
  uuid, text, boolean, uuid, text, text, uuid, text, text, uuid, text, integer, uuid, text, uuid, text, text[], text
) FROM mat_app, mat_log;
GRANT EXECUTE ON FUNCTION acting.found(
  uuid, text, boolean, uuid, text, text, uuid, text, text, uuid, text, integer, uuid, text, uuid, text, text[], text
) TO mat_owner;
-- The door, and the owner for the founding: who comes in, and nothing of what they then may see.
REVOKE EXECUTE ON FUNCTION acting.user_of_os(text), acting.user_of_identity(text, text), acting.services_of(uuid),
  acting.begin_session(uuid, uuid, uuid, text, integer, bytea) FROM mat_app, mat_log;
GRANT EXECUTE ON FUNCTION acting.user_of_os(text), acting.user_of_identity(text, text), acting.services_of(uuid),
  acting.begin_session(uuid, uuid, uuid, text, integer, bytea), acting.store() TO mat_door;
GRANT EXECUTE ON FUNCTION acting.begin_session(uuid, uuid, uuid, text, integer, bytea), acting.end_session(uuid)
TO mat_owner;
SET LOCAL ROLE mat_owner;

CREATE POLICY adding ON audit_checkpoint FOR INSERT TO mat_app WITH CHECK (
  made_by = (SELECT acting.user_id()) AND made_at = now() AND audit_ends_with(size, origin, note)
  AND (SELECT acting.holds_everywhere('auditor', 'dpo', 'administrator', 'coordinator', 'chair'))
);
