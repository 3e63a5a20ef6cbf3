-- Frozen: files on their way out of the building, fetched once by the person who asked for them, revision 0004.
CREATE TABLE outgoing_file (
  file_id UUID NOT NULL,
  token_hash BYTEA NOT NULL,
  asked_by UUID NOT NULL,
  session_id UUID NOT NULL,
  panel_id UUID,
  command TEXT NOT NULL,
  name TEXT NOT NULL,
  media_type TEXT NOT NULL,
  content BYTEA,
  closed BYTEA,
  reader_id UUID,
  sight BYTEA,
  made_at TIMESTAMP WITH TIME ZONE NOT NULL,
  expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
  fetched_at TIMESTAMP WITH TIME ZONE,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_outgoing_file PRIMARY KEY (file_id),
  CONSTRAINT ck_outgoing_file_ten_minutes CHECK (expires_at <= made_at + interval '10 minutes'),
  CONSTRAINT ck_outgoing_file_empty_once_fetched CHECK (fetched_at IS NULL OR content IS NULL),
  CONSTRAINT ck_outgoing_file_read_by_somebody CHECK ((reader_id IS NULL) = (sight IS NULL)),
  CONSTRAINT fk_outgoing_file_file_id FOREIGN KEY(file_id) REFERENCES file_register (file_id),
  CONSTRAINT uq_outgoing_file_token_hash UNIQUE (token_hash),
  CONSTRAINT fk_outgoing_file_asked_by FOREIGN KEY(asked_by) REFERENCES app_user (user_id),
  CONSTRAINT fk_outgoing_file_panel_id FOREIGN KEY(panel_id) REFERENCES panel (panel_id),
  CONSTRAINT fk_outgoing_file_reader_id FOREIGN KEY(reader_id) REFERENCES service (service_id)
);
COMMENT ON TABLE outgoing_file IS 'One row per file that a person may fetch once, in the session that asked for it; its content goes when it is fetched, or after ten minutes.';
CREATE INDEX ix_outgoing_file_content ON outgoing_file (expires_at) WHERE content IS NOT NULL;

-- At the command line the sign-in is as fresh as the command; at the board the person has just proved again who they are.
CREATE FUNCTION acting.proven() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT acting.stepped_up() OR EXISTS (
    SELECT FROM work_session
    WHERE work_session.session_id = (SELECT acting.session_id()) AND work_session.channel = 'cli'
  )
$$;

-- Who in a file of one's own is closed to one now, as one digest that names nobody: other than when it was made, and it
-- stays where it is. Null = nobody is.
CREATE FUNCTION acting.closed_in_file(wanted uuid) RETURNS bytea
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT sha256(convert_to(string_agg(file_person.subject_id::text, ',' ORDER BY file_person.subject_id), 'UTF8'))
  FROM file_person
  JOIN file_register ON file_register.file_id = file_person.file_id
  WHERE file_person.file_id = wanted AND file_register.made_by = acting.user_id()
    AND file_person.subject_id IN (SELECT acting.barred())
$$;

-- Who is in a file that waits for the person in this session, of those who are open to them.
CREATE FUNCTION acting.people_in_outgoing(wanted uuid) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT file_person.subject_id FROM file_person
  JOIN outgoing_file ON outgoing_file.file_id = file_person.file_id
  WHERE file_person.file_id = wanted AND outgoing_file.asked_by = acting.user_id()
    AND outgoing_file.session_id = acting.session_id()
    AND file_person.subject_id NOT IN (SELECT acting.barred())
$$;

-- Which file a token stands for, whosesoever it is, for the log of who tried to fetch it. Null = it never stood for one.
CREATE FUNCTION acting.file_of_token(hashed bytea) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT outgoing_file.file_id FROM outgoing_file WHERE outgoing_file.token_hash = hashed
$$;

-- A file that left has left: when is said once.
CREATE FUNCTION keep_the_leaving() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RAISE check_violation USING MESSAGE = 'when a file was fetched is said once', CONSTRAINT = 'said_once';
END
$$;

-- Of a file that was handed out and not on disk: keeps it from being fetched any more; whether it left before. Null = it
-- is no such file, or none that the person may destroy.
CREATE FUNCTION acting.withdraw_outgoing(wanted uuid) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  UPDATE outgoing_file SET content = NULL
  FROM file_register
  WHERE outgoing_file.file_id = wanted AND file_register.file_id = wanted AND (
    file_register.made_by = acting.user_id()
    OR acting.holds_for(file_register.panel_id, 'analyst', 'coordinator', 'dpo', 'administrator')
  )
  RETURNING outgoing_file.fetched_at IS NOT NULL
$$;

-- Empties what nobody can fetch any more: its time is over, or the session that asked for it is.
CREATE FUNCTION acting.empty_outgoing() RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  WITH emptied AS (
    UPDATE outgoing_file SET content = NULL
    WHERE outgoing_file.content IS NOT NULL AND (
      outgoing_file.expires_at <= statement_timestamp() OR NOT EXISTS (
        SELECT FROM work_session
        WHERE work_session.session_id = outgoing_file.session_id AND work_session.ended_at IS NULL
          AND work_session.expires_at > statement_timestamp()
      )
    )
    RETURNING 1
  )
  SELECT count(*) FROM emptied
$$;

ALTER TABLE outgoing_file ENABLE ROW LEVEL SECURITY;
ALTER TABLE outgoing_file FORCE ROW LEVEL SECURITY;
CREATE POLICY reading ON outgoing_file FOR SELECT TO mat_app USING (
  asked_by = (SELECT acting.user_id()) AND session_id = (SELECT acting.session_id())
);
CREATE POLICY adding ON outgoing_file FOR INSERT TO mat_app WITH CHECK (
  asked_by = (SELECT acting.user_id()) AND session_id = (SELECT acting.session_id()) AND fetched_at IS NULL
  AND expires_at <= statement_timestamp() + interval '10 minutes' AND (SELECT acting.proven())
  AND EXISTS (
    SELECT FROM file_register
    WHERE file_register.file_id = outgoing_file.file_id AND file_register.made_by = outgoing_file.asked_by
  )
);
CREATE POLICY changing ON outgoing_file FOR UPDATE TO mat_app USING (
  asked_by = (SELECT acting.user_id()) AND session_id = (SELECT acting.session_id())
)
WITH CHECK (content IS NULL);
CREATE POLICY author ON outgoing_file AS RESTRICTIVE FOR INSERT TO mat_app WITH CHECK (
  (asked_by IS NULL OR asked_by = (SELECT acting.user_id()))
);
CREATE POLICY acting_reads ON outgoing_file FOR SELECT TO mat_acting USING (true);
CREATE POLICY acting_empties ON outgoing_file FOR UPDATE TO mat_acting USING (true) WITH CHECK (content IS NULL);
CREATE TRIGGER author BEFORE UPDATE ON outgoing_file FOR EACH ROW EXECUTE FUNCTION keep_the_author('asked_by');
CREATE TRIGGER counted BEFORE UPDATE ON outgoing_file FOR EACH ROW EXECUTE FUNCTION count_version();
CREATE TRIGGER left_once BEFORE UPDATE ON outgoing_file FOR EACH ROW
WHEN (OLD.fetched_at IS NOT NULL AND NEW.fetched_at IS DISTINCT FROM OLD.fetched_at)
EXECUTE FUNCTION keep_the_leaving();
REVOKE EXECUTE ON FUNCTION keep_the_leaving() FROM PUBLIC;
GRANT SELECT ON outgoing_file TO mat_app, mat_backup, mat_acting;
GRANT INSERT ON outgoing_file TO mat_app;
GRANT UPDATE (content, fetched_at) ON outgoing_file TO mat_app;
GRANT UPDATE (content) ON outgoing_file TO mat_acting;

-- Everybody at the panel may take away a file of what is open to them, and it is registered; one that lies somewhere, and
-- is destroyed there, only by who writes files.
DROP POLICY adding ON file_register;
CREATE POLICY adding ON file_register FOR INSERT TO mat_app WITH CHECK (
  made_by = (SELECT acting.user_id()) AND deleted_at IS NULL
  AND (SELECT acting.holds_somewhere(
    'analyst', 'coordinator', 'chair', 'panel_member', 'victim_service', 'provider', 'auditor', 'dpo', 'named_reviewer',
    'administrator'
  ))
  AND (starts_with(path, 'fetched: ') OR (SELECT acting.holds_somewhere(
    'analyst', 'coordinator', 'chair', 'auditor', 'dpo', 'administrator'
  )))
  AND (panel_id IS NULL OR acting.holds_for(
    panel_id, 'analyst', 'coordinator', 'chair', 'panel_member', 'victim_service', 'provider', 'auditor', 'dpo',
    'named_reviewer', 'administrator'
  ))
);
ALTER TABLE file_register DROP CONSTRAINT ck_file_register_fate;
ALTER TABLE file_register ADD CONSTRAINT ck_file_register_fate CHECK (fate IN ('destroyed', 'gone', 'changed', 'unsafe', 'held', 'backup', 'handed_out'));

ALTER FUNCTION acting.proven() OWNER TO mat_acting;
ALTER FUNCTION acting.closed_in_file(uuid) OWNER TO mat_acting;
ALTER FUNCTION acting.people_in_outgoing(uuid) OWNER TO mat_acting;
ALTER FUNCTION acting.file_of_token(bytea) OWNER TO mat_acting;
ALTER FUNCTION acting.withdraw_outgoing(uuid) OWNER TO mat_acting;
ALTER FUNCTION acting.empty_outgoing() OWNER TO mat_acting;
SET LOCAL ROLE mat_acting;
REVOKE EXECUTE ON FUNCTION acting.proven(), acting.closed_in_file(uuid), acting.people_in_outgoing(uuid),
  acting.file_of_token(bytea), acting.withdraw_outgoing(uuid), acting.empty_outgoing() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION acting.proven(), acting.closed_in_file(uuid), acting.people_in_outgoing(uuid),
  acting.file_of_token(bytea), acting.withdraw_outgoing(uuid), acting.empty_outgoing() TO mat_app;
GRANT EXECUTE ON FUNCTION acting.empty_outgoing() TO mat_door;
SET LOCAL ROLE mat_owner;
