-- Frozen: what the database fills in by itself, and holds against whoever writes.

-- The panel area of a notice is that of what it is about, whatever the writer says; of a sensitive case its named
-- reviewer is told, of a restricted one the data protection officer, and nobody else.
CREATE FUNCTION place_the_notice() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  NEW.panel_id := coalesce(
    (SELECT subject.panel_id FROM subject WHERE subject.subject_id = NEW.about_id),
    (SELECT break_glass.panel_id FROM break_glass WHERE break_glass.use_id = NEW.about_id),
    (SELECT data_request.panel_id FROM data_request WHERE data_request.request_id = NEW.about_id),
    (SELECT role_grant.panel_id FROM role_grant WHERE role_grant.grant_id = NEW.about_id)
  );
  IF EXISTS (SELECT FROM subject WHERE subject.subject_id = NEW.about_id AND subject.is_sensitive) THEN
    NEW.to_role := 'named_reviewer';
  ELSIF EXISTS (
    SELECT FROM restriction
    WHERE restriction.subject_id = NEW.about_id AND restriction.from_at <= statement_timestamp()
      AND (restriction.to_at IS NULL OR restriction.to_at > statement_timestamp())
  ) THEN
    NEW.to_role := 'dpo';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER placed BEFORE INSERT ON notice FOR EACH ROW EXECUTE FUNCTION place_the_notice();

-- Whoever does something is named as the one who did, in every column that says by whom. In a removal the one who
-- proposed it is another; a row that nobody acting writes, such as a restored one, is let through.
CREATE FUNCTION keep_the_author() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  said_by text;
BEGIN
  FOREACH said_by IN ARRAY TG_ARGV LOOP
    IF to_jsonb(NEW) ->> said_by IS DISTINCT FROM to_jsonb(OLD) ->> said_by
      AND to_jsonb(NEW) ->> said_by IS DISTINCT FROM acting.user_id()::text AND acting.user_id() IS NOT NULL THEN
      RAISE check_violation USING MESSAGE = 'what is done names whoever does it', CONSTRAINT = 'author';
    END IF;
  END LOOP;
  RETURN NEW;
END
$$;
DO $$
DECLARE
  written record;
BEGIN
  FOR written IN
    SELECT columns.table_name, array_agg(columns.column_name::text ORDER BY columns.ordinal_position) AS authors
    FROM information_schema.columns
    WHERE columns.table_schema = 'public' AND columns.udt_name = 'uuid' AND columns.column_name LIKE '%\_by'
      AND (columns.table_name, columns.column_name) <> ('removal', 'proposed_by')
    GROUP BY columns.table_name
  LOOP
    EXECUTE format(
      'CREATE POLICY author ON %I AS RESTRICTIVE FOR INSERT TO mat_app WITH CHECK (%s)', written.table_name,
      (
        SELECT string_agg(format('(%1$I IS NULL OR %1$I = (SELECT acting.user_id()))', author), ' AND ')
        FROM unnest(written.authors) AS author
      )
    );
    EXECUTE format(
      'CREATE TRIGGER author BEFORE UPDATE ON %I FOR EACH ROW EXECUTE FUNCTION keep_the_author(%s)', written.table_name,
      (SELECT string_agg(quote_literal(author), ', ') FROM unnest(written.authors) AS author)
    );
  END LOOP;
END
$$;

-- What was answered, decided or ended stays as it was said, under the name of whoever said it, and nothing of it is said
-- without that name. The first argument is the column with the name, the others what goes with it.
CREATE FUNCTION keep_what_was_said() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  before jsonb := to_jsonb(OLD);
  after jsonb := to_jsonb(NEW);
BEGIN
  IF acting.user_id() IS NOT NULL
    AND EXISTS (SELECT FROM unnest(TG_ARGV) AS said WHERE before -> said IS DISTINCT FROM after -> said)
    AND (before ->> TG_ARGV[0] IS NOT NULL OR after ->> TG_ARGV[0] IS DISTINCT FROM acting.user_id()::text) THEN
    RAISE check_violation USING MESSAGE = 'what was said stays, under the name of whoever said it', CONSTRAINT = 'said_once';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER said_once BEFORE UPDATE ON restriction
FOR EACH ROW EXECUTE FUNCTION keep_what_was_said('lifted_by', 'lifted_reason', 'to_at');
CREATE TRIGGER said_once BEFORE UPDATE ON legal_hold
FOR EACH ROW EXECUTE FUNCTION keep_what_was_said('released_by', 'released_at', 'released_reason');
CREATE TRIGGER said_once BEFORE UPDATE ON retention_review
FOR EACH ROW EXECUTE FUNCTION keep_what_was_said('decided_by', 'decided_at', 'decision', 'reason', 'next_due_on');
CREATE TRIGGER said_once BEFORE UPDATE ON data_request
FOR EACH ROW EXECUTE FUNCTION keep_what_was_said('answered_by', 'answered_at', 'outcome', 'answer');
CREATE TRIGGER said_once BEFORE UPDATE ON removal_proposal
FOR EACH ROW EXECUTE FUNCTION keep_what_was_said('ended_by', 'ended_at', 'ended_as');
CREATE TRIGGER said_once BEFORE UPDATE ON share
FOR EACH ROW EXECUTE FUNCTION keep_what_was_said('ended_by', 'ended_at', 'ended_reason');
CREATE TRIGGER said_once BEFORE UPDATE ON conflict
FOR EACH ROW EXECUTE FUNCTION keep_what_was_said('ended_by', 'ended_at');

CREATE FUNCTION keep_more_time() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF OLD.extended_to IS NOT NULL OR OLD.answered_at IS NOT NULL THEN
    RAISE check_violation USING MESSAGE = 'a request is given more time once, while it is open', CONSTRAINT = 'said_once';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER more_time BEFORE UPDATE ON data_request
FOR EACH ROW WHEN (
  (NEW.extended_to, NEW.extended_reason) IS DISTINCT FROM (OLD.extended_to, OLD.extended_reason)
  AND acting.user_id() IS NOT NULL
) EXECUTE FUNCTION keep_more_time();

-- Words that are corrected are those of whoever corrects them; the arguments are the columns that say by whom and when.
CREATE FUNCTION put_name_to_words() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN jsonb_populate_record(NEW, jsonb_build_object(TG_ARGV[0], acting.user_id(), TG_ARGV[1], statement_timestamp()));
END
$$;
DO $$
DECLARE
  written record;
BEGIN
  FOR written IN
    SELECT * FROM (VALUES
      ('narrative', 'written'), ('narrative_summary', 'written'), ('child_note', 'written'), ('service_need', 'written'),
      ('risk_summary', 'agreed')
    ) AS words (table_name, deed)
  LOOP
    EXECUTE format(
      'CREATE TRIGGER own_words BEFORE UPDATE ON %I FOR EACH ROW'
      ' WHEN (NEW.content IS DISTINCT FROM OLD.content AND acting.user_id() IS NOT NULL)'
      ' EXECUTE FUNCTION put_name_to_words(%L, %L)',
      written.table_name, written.deed || '_by', written.deed || '_at'
    );
  END LOOP;
END
$$;

-- Which file it is stays until it is destroyed or gone; from then on the register says neither where it was nor why.
CREATE FUNCTION keep_the_register() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF OLD.deleted_at IS NOT NULL
    OR (NEW.deleted_at IS NULL) <> (NEW.deleted_by IS NULL)
    OR ((NEW.path, NEW.purpose) IS DISTINCT FROM (OLD.path, OLD.purpose)
      AND (NEW.deleted_at IS NULL OR NEW.path <> '' OR NEW.purpose <> '')) THEN
    RAISE check_violation USING MESSAGE = 'the register of files is not rewritten', CONSTRAINT = 'said_once';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER said_once BEFORE UPDATE ON file_register
FOR EACH ROW WHEN (acting.user_id() IS NOT NULL) EXECUTE FUNCTION keep_the_register();

-- HMAC-SHA256 (RFC 2104) under a key of 32 bytes. Without settings of its own, so that it is written into its callers.
CREATE FUNCTION keyed_hash(key bytea, content bytea) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
  SELECT sha256(
    substring(bit_send(('x' || encode(key, 'hex'))::bit(512) # ('x' || repeat('5c', 64))::bit(512)) FROM 5) || sha256(
      substring(bit_send(('x' || encode(key, 'hex'))::bit(512) # ('x' || repeat('36', 64))::bit(512)) FROM 5) || content
    )
  )
$$;

-- Whom the acting person may name in the log: cases of their panel areas, the sensitive and restricted among them
-- included, cases they are or were given, and, for those who import and remove, cases that are gone.
CREATE FUNCTION acting.nameable(subjects uuid[]) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  acting_user uuid := acting.user_id();
  acting_service uuid := nullif(current_setting('mat.service', true), '')::uuid;
  names_those_gone boolean;
  is_everywhere boolean;
  areas uuid[];
BEGIN
  SELECT bool_or(held.role IN ('analyst', 'coordinator', 'dpo')), bool_or(held.panel_id IS NULL AND held.reads),
    array_agg(held.panel_id) FILTER (WHERE held.reads)
  INTO names_those_gone, is_everywhere, areas
  FROM (
    SELECT roles.role, roles.panel_id, EXISTS (
      SELECT FROM access_rule
      WHERE access_rule.role = roles.role AND access_rule.field_group IN ('case', 'sharing')
        AND access_rule.basis = 'panel' AND access_rule.deed = 'read'
    ) AS reads
    FROM acting.roles()
  ) AS held;
  RETURN QUERY
  SELECT given.subject_id
  FROM unnest(subjects) AS given (subject_id) LEFT JOIN subject ON subject.subject_id = given.subject_id
  WHERE acting_user IS NOT NULL AND CASE
    WHEN subject.subject_id IS NULL THEN names_those_gone
    WHEN is_everywhere OR subject.panel_id = ANY (areas) THEN true
    ELSE EXISTS (
      SELECT FROM share
      WHERE share.subject_id = given.subject_id AND share.service_id = acting_service
        AND (share.user_id IS NULL OR share.user_id = acting_user)
    ) OR EXISTS (
      SELECT FROM client WHERE client.subject_id = given.subject_id AND client.service_id = acting_service
    ) OR EXISTS (
      SELECT FROM conflict WHERE conflict.subject_id = given.subject_id AND conflict.user_id = acting_user
    )
  END;
END
$$;

-- What each subject is called in the log. Nobody reads the keys; one that is missing is made where that is asked for.
CREATE FUNCTION audit_names(subjects uuid[], makes_missing boolean) RETURNS TABLE (subject_id uuid, name text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  wanted uuid[] := ARRAY(SELECT acting.nameable(subjects));
BEGIN
  IF makes_missing THEN
    INSERT INTO person_key (subject_id, key)
    SELECT DISTINCT missing, sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))
    FROM unnest(wanted) AS missing
    WHERE NOT EXISTS (SELECT FROM person_key WHERE person_key.subject_id = missing)
    ON CONFLICT DO NOTHING;
  END IF;
  RETURN QUERY
  SELECT person_key.subject_id, left(encode(keyed_hash(person_key.key, uuid_send(person_key.subject_id)), 'hex'), 32)
  FROM person_key WHERE person_key.subject_id = ANY (wanted);
END
$$;

-- Everybody with a case who is in an event that has a text, up to this event, of those texts that the person may see:
-- they are in an export of the log with its texts, and what removes them must find it.
CREATE FUNCTION audit_people_with_texts(last_seq bigint) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  WITH told AS MATERIALIZED (
    SELECT DISTINCT unnest(audit_index.people) AS name
    FROM audit_index JOIN audit_payload ON audit_payload.event_id = audit_index.event_id
    WHERE audit_index.seq <= last_seq
      AND (audit_payload.actor = (SELECT acting.user_id()) OR (SELECT acting.holds_everywhere('auditor', 'dpo')))
  )
  SELECT person_key.subject_id
  FROM person_key JOIN subject ON subject.subject_id = person_key.subject_id
  WHERE left(encode(keyed_hash(person_key.key, uuid_send(person_key.subject_id)), 'hex'), 32) IN (SELECT told.name FROM told)
$$;

-- A text as it stands in the log of changes to a case, so that erasure makes it stand for nothing.
CREATE FUNCTION audit_hash(wanted uuid, words text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT encode(keyed_hash(person_key.key, convert_to(words, 'UTF8')), 'hex')
  FROM person_key WHERE person_key.subject_id IN (SELECT acting.nameable(ARRAY[wanted]))
$$;

CREATE FUNCTION acting.may_remove(wanted uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT EXISTS (
    SELECT FROM subject
    WHERE subject.subject_id = wanted AND acting.holds_for(subject.panel_id, 'dpo')
      AND subject.subject_id NOT IN (SELECT acting.barred())
  )
$$;

-- Whether a removal of this case, with its certificate, is in the transaction.
CREATE FUNCTION acting.is_being_removed(wanted uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT EXISTS (
    SELECT FROM removal WHERE removal.subject_id = wanted AND removal.xmin = pg_current_xact_id()::xid
  )
$$;

-- For a removal that stands in the transaction: the texts beside the log that are about the case, of these events and
-- its own, and the key of its name.
CREATE FUNCTION audit_forget(wanted uuid, events uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF NOT acting.may_remove(wanted) THEN
    RAISE insufficient_privilege USING MESSAGE = 'a case is removed by the data protection officer';
  END IF;
  IF NOT acting.is_being_removed(wanted) THEN
    RAISE check_violation USING MESSAGE = 'a case goes with a removal and its certificate', CONSTRAINT = 'removed';
  END IF;
  DELETE FROM audit_payload
  WHERE audit_payload.subject_id = wanted OR (
    audit_payload.event_id = ANY (events) AND audit_payload.event_id IN (
      SELECT audit_index.event_id FROM audit_index
      WHERE audit_index.people @> ARRAY(SELECT named.name FROM audit_names(ARRAY[wanted], false) AS named)
        AND EXISTS (SELECT FROM person_key WHERE person_key.subject_id = wanted)
    )
  );
  DELETE FROM person_key WHERE person_key.subject_id = wanted;
END
$$;

-- A case goes with its own removal, of the same transaction; one that holds nothing but who somebody is goes with the
-- run that brought it.
CREATE FUNCTION keep_until_removed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF NOT acting.is_being_removed(OLD.subject_id) THEN
    RAISE check_violation USING MESSAGE = 'a case goes with a removal and its certificate', CONSTRAINT = 'removed';
  END IF;
  RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER removed AFTER DELETE ON subject DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW WHEN (current_user <> 'mat_acting' AND acting.user_id() IS NOT NULL)
EXECUTE FUNCTION keep_until_removed();

-- Whether the acting person has an event in the log that names this removal.
CREATE FUNCTION audit_names_removal(wanted text, as_event text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT EXISTS (
    SELECT FROM audit_index JOIN audit_event ON audit_event.seq = audit_index.seq
    WHERE audit_index.actor = (SELECT acting.user_id()) AND audit_index.event = as_event
      AND audit_event.body::jsonb -> 'details' ->> 'removal' = wanted
  )
$$;

-- A removal is of two people: what another proposed and whoever acts began. Or it repeats, after an older backup was
-- restored, one whose certificate names both, and that was begun again in the log before. The database cannot know such
-- a certificate for a true one: it lies beside the keys.
CREATE FUNCTION keep_removal_of_two() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM removal_proposal
    WHERE removal_proposal.subject_id = NEW.subject_id AND removal_proposal.panel_id = NEW.panel_id
      AND removal_proposal.proposed_by = NEW.proposed_by AND removal_proposal.proposed_by <> acting.user_id()
      AND removal_proposal.begun_by = acting.user_id() AND removal_proposal.ended_at IS NULL
      AND NEW.certificate ->> 'removal' = NEW.removal_id::text
  ) AND (
    audit_names_removal(NEW.certificate ->> 'removal', 'removal_begun_again')
    AND NEW.certificate ->> 'proposed_by' <> NEW.certificate ->> 'removed_by'
    AND NEW.proposed_by::text IN (NEW.certificate ->> 'proposed_by', NEW.certificate ->> 'removed_by')
    AND (NEW.certificate ->> 'removed_at')::timestamptz = NEW.removed_at
    AND NEW.certificate ->> 'store' = (SELECT store.origin FROM store)
  ) IS NOT TRUE THEN
    RAISE check_violation USING MESSAGE = 'one person proposes a removal and another does it', CONSTRAINT = 'two_people';
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER two_people AFTER INSERT ON removal
FOR EACH ROW WHEN (acting.user_id() IS NOT NULL) EXECUTE FUNCTION keep_removal_of_two();

CREATE FUNCTION keep_removal_in_the_log() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  named text := NEW.certificate ->> 'removal';
BEGIN
  IF NOT audit_names_removal(
    named,
    CASE WHEN audit_names_removal(named, 'removal_begun_again') THEN 'case_removed_again' ELSE 'case_removed' END
  ) THEN
    RAISE check_violation USING MESSAGE = 'a removal is in the log', CONSTRAINT = 'removal_logged';
  END IF;
  RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER removal_logged AFTER INSERT ON removal DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW WHEN (acting.user_id() IS NOT NULL) EXECUTE FUNCTION keep_removal_in_the_log();

CREATE POLICY log_names ON person_key FOR ALL TO mat_log USING (true);
CREATE POLICY log_forgets ON audit_payload FOR ALL TO mat_log USING (true);
GRANT SELECT, INSERT, DELETE ON person_key TO mat_log;
CREATE POLICY log_finds ON subject FOR SELECT TO mat_log USING (true);
GRANT SELECT, DELETE ON audit_payload TO mat_log;
GRANT SELECT (subject_id) ON subject TO mat_log;

GRANT CREATE ON SCHEMA public TO mat_log, mat_acting;
ALTER FUNCTION place_the_notice() OWNER TO mat_acting;
ALTER FUNCTION keep_until_removed() OWNER TO mat_acting;
ALTER FUNCTION keep_removal_of_two() OWNER TO mat_acting;
ALTER FUNCTION keep_removal_in_the_log() OWNER TO mat_acting;
ALTER FUNCTION acting.nameable(uuid[]) OWNER TO mat_acting;
ALTER FUNCTION acting.may_remove(uuid) OWNER TO mat_acting;
ALTER FUNCTION acting.is_being_removed(uuid) OWNER TO mat_acting;
ALTER FUNCTION keyed_hash(bytea, bytea) OWNER TO mat_log;
ALTER FUNCTION audit_names(uuid[], boolean) OWNER TO mat_log;
ALTER FUNCTION audit_hash(uuid, text) OWNER TO mat_log;
ALTER FUNCTION audit_people_with_texts(bigint) OWNER TO mat_log;
ALTER FUNCTION audit_forget(uuid, uuid[]) OWNER TO mat_log;
ALTER FUNCTION audit_names_removal(text, text) OWNER TO mat_log;
REVOKE CREATE ON SCHEMA public FROM mat_log, mat_acting;

REVOKE EXECUTE ON FUNCTION keep_the_author(), keep_what_was_said(), keep_more_time(), put_name_to_words(),
  keep_the_register() FROM PUBLIC;
SET LOCAL ROLE mat_acting;
REVOKE EXECUTE ON FUNCTION place_the_notice(), keep_until_removed(), keep_removal_of_two(), keep_removal_in_the_log(),
  acting.nameable(uuid[]), acting.may_remove(uuid), acting.is_being_removed(uuid)
FROM PUBLIC;
GRANT EXECUTE ON FUNCTION acting.nameable(uuid[]), acting.may_remove(uuid), acting.is_being_removed(uuid) TO mat_log;
SET LOCAL ROLE mat_log;
REVOKE EXECUTE ON FUNCTION keyed_hash(bytea, bytea), audit_names(uuid[], boolean), audit_hash(uuid, text),
  audit_people_with_texts(bigint), audit_forget(uuid, uuid[]), audit_names_removal(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit_names_removal(text, text) TO mat_acting;
GRANT EXECUTE ON FUNCTION audit_names(uuid[], boolean), audit_hash(uuid, text), audit_people_with_texts(bigint),
  audit_forget(uuid, uuid[]) TO mat_app;
SET LOCAL ROLE mat_owner;
