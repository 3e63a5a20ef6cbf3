-- Frozen: who is acting, and what they may see, as the database finds it out for itself.
-- All it takes from a connection is a session and the secret that proves it; roles and shares are looked up.
CREATE SCHEMA acting;
-- The id under which the store will be founded, so that a founding that broke off knows the keys it made.
DO $$ BEGIN EXECUTE format('COMMENT ON SCHEMA acting IS %L', gen_random_uuid()); END $$;
GRANT USAGE ON SCHEMA acting TO mat_app, mat_door, mat_log;
GRANT USAGE, CREATE ON SCHEMA acting TO mat_acting;
GRANT USAGE ON SCHEMA public TO mat_app, mat_door, mat_log, mat_acting, mat_backup;
REVOKE ALL ON SCHEMA public FROM PUBLIC;

CREATE FUNCTION acting.user_id() RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT running.user_id
  FROM work_session AS running
  JOIN app_user AS person ON person.user_id = running.user_id
  WHERE running.session_id = nullif(current_setting('mat.session', true), '')::uuid
    AND running.user_id = nullif(current_setting('mat.user', true), '')::uuid
    AND running.service_id = nullif(current_setting('mat.service', true), '')::uuid
    AND running.secret_hash = sha256(convert_to(current_setting('mat.secret', true), 'UTF8'))
    AND running.ended_at IS NULL AND running.expires_at > statement_timestamp() AND person.ended_at IS NULL
    AND EXISTS (
      SELECT FROM membership
      JOIN service ON service.service_id = membership.service_id
      JOIN agency ON agency.agency_id = service.agency_id
      WHERE membership.user_id = running.user_id AND membership.service_id = running.service_id
        AND membership.ended_at IS NULL AND service.ended_at IS NULL AND agency.ended_at IS NULL
    )
$$;

CREATE FUNCTION acting.session_id() RETURNS uuid
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT nullif(current_setting('mat.session', true), '')::uuid WHERE acting.user_id() IS NOT NULL
$$;

CREATE FUNCTION acting.service_id() RETURNS uuid
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT nullif(current_setting('mat.service', true), '')::uuid WHERE acting.user_id() IS NOT NULL
$$;

-- The services of the agency one acts for, those beyond the wall included.
CREATE FUNCTION acting.services() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT beside.service_id
  FROM service AS own JOIN service AS beside ON beside.agency_id = own.agency_id
  WHERE own.service_id = (SELECT acting.service_id())
$$;

CREATE FUNCTION acting.stepped_up() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT EXISTS (
    SELECT FROM work_session
    WHERE work_session.session_id = (SELECT acting.session_id())
      AND work_session.stepped_up_at > statement_timestamp() - interval '5 minutes'
      AND work_session.stepped_up_at < transaction_timestamp()
  )
$$;

CREATE FUNCTION acting.roles() RETURNS TABLE (role text, panel_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT role_grant.role, role_grant.panel_id
  FROM role_grant
  JOIN membership ON membership.user_id = role_grant.user_id AND membership.service_id = role_grant.service_id
  WHERE role_grant.user_id = (SELECT acting.user_id())
    AND role_grant.service_id = nullif(current_setting('mat.service', true), '')::uuid
    AND role_grant.confirmed_at IS NOT NULL AND role_grant.ended_at IS NULL
    AND membership.ended_at IS NULL AND role_grant.confirmed_at >= membership.from_at
$$;

-- What an event may say its actor's roles were: those held, and those that ended in the last minutes, by which one still
-- records that one gave them up.
CREATE FUNCTION acting.roles_to_tell() RETURNS text[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT ARRAY(
    SELECT role_grant.role
    FROM role_grant
    JOIN membership ON membership.user_id = role_grant.user_id AND membership.service_id = role_grant.service_id
    WHERE role_grant.user_id = (SELECT acting.user_id())
      AND role_grant.service_id = nullif(current_setting('mat.service', true), '')::uuid
      AND role_grant.confirmed_at >= membership.from_at AND membership.ended_at IS NULL
      AND (role_grant.ended_at IS NULL OR role_grant.ended_at > clock_timestamp() - interval '5 minutes')
  )
$$;

-- Takes up one's work in a transaction, in one question: who the database finds to be acting, and in which roles.
CREATE FUNCTION acting.take_up(as_user text, at_service text, in_session text, by_secret text)
RETURNS TABLE (user_id uuid, roles text[])
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  PERFORM set_config('mat.user', as_user, true), set_config('mat.service', at_service, true),
    set_config('mat.session', in_session, true), set_config('mat.secret', by_secret, true);
  RETURN QUERY SELECT acting.user_id(), ARRAY(SELECT DISTINCT held.role FROM acting.roles() AS held);
END
$$;

CREATE FUNCTION acting.holds_for(wanted_panel uuid, VARIADIC wanted text[]) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT EXISTS (
    SELECT FROM acting.roles() AS held
    WHERE held.role = ANY (wanted) AND (held.panel_id IS NULL OR held.panel_id = wanted_panel)
  )
$$;

-- For what belongs to no panel area, such as people, agencies and the log: a role held for one area does not count.
CREATE FUNCTION acting.holds_everywhere(VARIADIC wanted text[]) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT EXISTS (SELECT FROM acting.roles() AS held WHERE held.role = ANY (wanted) AND held.panel_id IS NULL)
$$;

-- For what says nothing of any case, such as who works where.
CREATE FUNCTION acting.holds_somewhere(VARIADIC wanted text[]) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT EXISTS (SELECT FROM acting.roles() AS held WHERE held.role = ANY (wanted))
$$;

CREATE FUNCTION acting.panels(field_group text, deed text) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  WITH allowed AS MATERIALIZED (
    SELECT held.panel_id
    FROM acting.roles() AS held
    JOIN access_rule ON access_rule.role = held.role AND access_rule.basis = 'panel'
      AND access_rule.field_group = panels.field_group AND access_rule.deed = panels.deed
  )
  SELECT panel.panel_id
  FROM panel
  WHERE EXISTS (SELECT FROM allowed WHERE allowed.panel_id IS NULL OR allowed.panel_id = panel.panel_id)
$$;

-- A role held for one panel area counts for the cases of that area; only an emergency reaches over the border.
CREATE FUNCTION acting.running_shares(field_group text, deed text)
RETURNS TABLE (subject_id uuid, victim_id uuid, basis text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  WITH allowed AS MATERIALIZED (
    SELECT access_rule.basis, held.panel_id
    FROM acting.roles() AS held
    JOIN access_rule ON access_rule.role = held.role
    WHERE access_rule.field_group = running_shares.field_group AND access_rule.deed = running_shares.deed
  )
  SELECT share.subject_id, share.victim_id, share.basis
  FROM share
  WHERE EXISTS (
      SELECT FROM allowed
      WHERE allowed.basis = share.basis
        AND (allowed.panel_id IS NULL OR allowed.panel_id = share.panel_id OR share.basis = 'break_glass')
    )
    AND share.service_id = (SELECT acting.service_id())
    AND (share.user_id IS NULL OR share.user_id = (SELECT acting.user_id()))
    AND share.ended_at IS NULL AND share.expires_at > statement_timestamp()
    AND share.from_at <= CASE share.basis
      WHEN 'break_glass' THEN transaction_timestamp() ELSE statement_timestamp()
    END
  UNION ALL
  SELECT client.subject_id, client.victim_id, 'client'
  FROM client
  WHERE EXISTS (
      SELECT FROM allowed
      WHERE allowed.basis = 'client' AND (allowed.panel_id IS NULL OR allowed.panel_id = client.panel_id)
    )
    AND client.service_id = (SELECT acting.service_id()) AND client.ended_at IS NULL
$$;

CREATE FUNCTION acting.shared(field_group text, deed text) RETURNS SETOF uuid
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT running.subject_id FROM acting.running_shares(field_group, deed) AS running
$$;

CREATE FUNCTION acting.victims(field_group text, deed text) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT running.victim_id FROM acting.running_shares(field_group, deed) AS running WHERE running.victim_id IS NOT NULL
$$;

-- Cases that are closed to the acting person whatever they hold, of those alone that could else be in their sight: by a
-- role for a panel area, a share or client of their service, or a use of their own. Of others not even the id is told.
CREATE FUNCTION acting.hidden(sensitive_too boolean) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  WITH held AS MATERIALIZED (SELECT roles.role, roles.panel_id FROM acting.roles()),
  closed AS (
    SELECT conflict.subject_id, conflict.panel_id
    FROM conflict
    WHERE conflict.user_id = (SELECT acting.user_id()) AND conflict.ended_at IS NULL
    UNION
    SELECT restriction.subject_id, restriction.panel_id
    FROM restriction
    WHERE restriction.from_at <= statement_timestamp()
      AND (restriction.to_at IS NULL OR restriction.to_at > statement_timestamp())
      AND NOT EXISTS (
        SELECT FROM held
        WHERE held.role = 'dpo' AND (held.panel_id IS NULL OR held.panel_id = restriction.panel_id)
      )
    UNION
    SELECT subject.subject_id, subject.panel_id
    FROM subject
    WHERE sensitive_too AND subject.is_sensitive AND NOT EXISTS (
      SELECT FROM held
      WHERE held.role = 'named_reviewer' AND (held.panel_id IS NULL OR held.panel_id = subject.panel_id)
    )
  )
  SELECT closed.subject_id
  FROM closed
  WHERE EXISTS (
      SELECT FROM held JOIN access_rule ON access_rule.role = held.role
      WHERE access_rule.basis = 'panel' AND access_rule.field_group NOT IN ('run', 'area')
        AND (held.panel_id IS NULL OR held.panel_id = closed.panel_id)
    )
    OR EXISTS (
      SELECT FROM share
      WHERE share.subject_id = closed.subject_id AND share.service_id = (SELECT acting.service_id())
    )
    OR EXISTS (
      SELECT FROM client
      WHERE client.subject_id = closed.subject_id AND client.service_id = (SELECT acting.service_id())
    )
    OR EXISTS (
      SELECT FROM break_glass
      WHERE break_glass.subject_id = closed.subject_id AND break_glass.user_id = (SELECT acting.user_id())
    )
    OR EXISTS (
      SELECT FROM conflict
      WHERE conflict.subject_id = closed.subject_id AND conflict.user_id = (SELECT acting.user_id())
    )
$$;

CREATE FUNCTION acting.closed() RETURNS SETOF uuid
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT acting.hidden(false)
$$;

-- The panel areas for which this very transaction imports a run.
CREATE FUNCTION acting.imports_for() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT list_run.panel_id FROM list_run
  WHERE list_run.imported_by = acting.user_id() AND list_run.xmin = pg_current_xact_id()::xid
$$;

-- For what an import adds: a run goes in whole, so a conflict of interest closes no case to the very transaction that
-- imports one for its panel area; whoever imports still reads nothing of it.
CREATE FUNCTION acting.closed_to_imports() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT closed FROM acting.closed() AS closed
  WHERE EXISTS (
    SELECT FROM restriction
    WHERE restriction.subject_id = closed AND restriction.from_at <= statement_timestamp()
      AND (restriction.to_at IS NULL OR restriction.to_at > statement_timestamp())
  )
  OR NOT EXISTS (
    SELECT FROM subject WHERE subject.subject_id = closed AND subject.panel_id IN (SELECT acting.imports_for())
  )
$$;

CREATE FUNCTION acting.barred() RETURNS SETOF uuid
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT acting.hidden(true)
$$;

-- For the check before a query: what bears on who may see a case, as facts and not as a decision. One row per share of
-- the case with the acting service or person, running or not, and per victim the service supports; one with a null
-- basis where there is none. Nothing of a case that neither a panel area nor a share or client brings near, nor of one
-- that is restricted or sensitive and the person not who works on those.
CREATE FUNCTION acting.facts_of(subjects uuid[])
RETURNS TABLE (
  subject_id uuid, panel_id uuid, is_sensitive boolean, is_restricted boolean, is_in_conflict boolean,
  basis text, victim_id uuid, from_at timestamptz, expires_at timestamptz, ended_at timestamptz, asked_at timestamptz
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  WITH held AS MATERIALIZED (SELECT roles.role, roles.panel_id FROM acting.roles())
  SELECT subject.subject_id, subject.panel_id, subject.is_sensitive,
    EXISTS (
      SELECT FROM restriction
      WHERE restriction.subject_id = subject.subject_id AND restriction.from_at <= statement_timestamp()
        AND (restriction.to_at IS NULL OR restriction.to_at > statement_timestamp())
    ),
    EXISTS (
      SELECT FROM conflict
      WHERE conflict.subject_id = subject.subject_id AND conflict.user_id = (SELECT acting.user_id())
        AND conflict.ended_at IS NULL
    ),
    given.basis, given.victim_id, given.from_at, given.expires_at, given.ended_at, statement_timestamp()
  FROM subject
  LEFT JOIN (
    SELECT share.subject_id, share.basis, share.victim_id, share.from_at, share.expires_at, share.ended_at
    FROM share
    WHERE share.service_id = (SELECT acting.service_id())
      AND (share.user_id IS NULL OR share.user_id = (SELECT acting.user_id()))
    UNION ALL
    SELECT client.subject_id, 'client', client.victim_id, client.from_at, NULL, client.ended_at
    FROM client
    WHERE client.service_id = (SELECT acting.service_id())
  ) AS given ON given.subject_id = subject.subject_id
  WHERE subject.subject_id = ANY (subjects)
    AND (
      given.subject_id IS NOT NULL OR EXISTS (
        SELECT FROM held JOIN access_rule ON access_rule.role = held.role AND access_rule.basis = 'panel'
        WHERE access_rule.field_group NOT IN ('run', 'area')
          AND (held.panel_id IS NULL OR held.panel_id = subject.panel_id)
      )
    )
    AND (NOT subject.is_sensitive OR EXISTS (
      SELECT FROM held
      WHERE held.role = 'named_reviewer' AND (held.panel_id IS NULL OR held.panel_id = subject.panel_id)
    ))
    AND (
      NOT EXISTS (
        SELECT FROM restriction
        WHERE restriction.subject_id = subject.subject_id AND restriction.from_at <= statement_timestamp()
          AND (restriction.to_at IS NULL OR restriction.to_at > statement_timestamp())
      )
      OR EXISTS (
        SELECT FROM held
        WHERE held.role = 'dpo' AND (held.panel_id IS NULL OR held.panel_id = subject.panel_id)
      )
    )
$$;

-- Signing in: before anybody is acting.
CREATE FUNCTION acting.user_of_os(wanted text) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT user_login.user_id
  FROM user_login JOIN app_user ON app_user.user_id = user_login.user_id
  WHERE user_login.os_name = wanted AND user_login.ended_at IS NULL AND app_user.ended_at IS NULL
$$;

CREATE FUNCTION acting.user_of_identity(wanted_issuer text, wanted_id text) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT user_login.user_id
  FROM user_login JOIN app_user ON app_user.user_id = user_login.user_id
  WHERE user_login.issuer = wanted_issuer AND user_login.external_id = wanted_id
    AND user_login.ended_at IS NULL AND app_user.ended_at IS NULL
$$;

CREATE FUNCTION acting.services_of(wanted uuid)
RETURNS TABLE (service_id uuid, service text, service_kind text, agency_id uuid, agency text, roles text[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT service.service_id, service.name, service.kind, agency.agency_id, agency.name, ARRAY(
    SELECT DISTINCT role_grant.role FROM role_grant
    WHERE role_grant.user_id = wanted AND role_grant.service_id = service.service_id
      AND role_grant.confirmed_at IS NOT NULL AND role_grant.ended_at IS NULL
      AND role_grant.confirmed_at >= membership.from_at
    ORDER BY role_grant.role
  )
  FROM membership
  JOIN service ON service.service_id = membership.service_id
  JOIN agency ON agency.agency_id = service.agency_id
  WHERE membership.user_id = wanted
    AND membership.ended_at IS NULL AND service.ended_at IS NULL AND agency.ended_at IS NULL
  ORDER BY agency.name, service.name
$$;

-- For the door alone. The hash is of a secret that the beginner makes and tells to nobody.
CREATE FUNCTION acting.begin_session(
  session uuid, who uuid, at_service uuid, from_channel text, seconds integer, hash_of_secret bytea
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM membership JOIN app_user ON app_user.user_id = membership.user_id
    WHERE membership.user_id = who AND membership.service_id = at_service
      AND membership.ended_at IS NULL AND app_user.ended_at IS NULL
  ) THEN
    RAISE insufficient_privilege USING MESSAGE = 'no running membership';
  END IF;
  INSERT INTO work_session (session_id, user_id, service_id, channel, began_at, seen_at, expires_at, secret_hash)
  VALUES (
    session, who, at_service, from_channel, now(), now(), now() + make_interval(secs => least(seconds, 36000)),
    hash_of_secret
  );
END
$$;

-- One's own session, or, for those who answer for access, somebody's; the person whose it was, or null.
CREATE FUNCTION acting.end_session(wanted uuid) RETURNS uuid
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  UPDATE work_session SET ended_at = now()
  WHERE work_session.session_id = wanted AND work_session.ended_at IS NULL
    AND (work_session.session_id = (SELECT acting.session_id())
      OR (SELECT acting.holds_everywhere('administrator', 'dpo')))
  RETURNING work_session.user_id
$$;

CREATE FUNCTION acting.end_sessions_in(at_service uuid, who uuid) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  UPDATE work_session SET ended_at = now()
  WHERE work_session.user_id = who AND work_session.service_id = at_service AND work_session.ended_at IS NULL
    AND (SELECT acting.holds_everywhere('administrator'))
$$;

-- That the person has just proved again who they are; whoever calls this has asked for the proof.
CREATE FUNCTION acting.step_up() RETURNS timestamptz
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  UPDATE work_session SET stepped_up_at = now() WHERE work_session.session_id = (SELECT acting.session_id())
  RETURNING work_session.stepped_up_at
$$;

-- One row: the revision, the store once it has been founded, and the id that it is founded under.
CREATE FUNCTION acting.store()
RETURNS TABLE (store_id uuid, origin text, is_demonstration boolean, revision text, begun_as uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT store.store_id, store.origin, store.is_demonstration, alembic_version.version_num,
    obj_description('acting'::regnamespace)::uuid
  FROM alembic_version LEFT JOIN store ON true
$$;

-- The first person of an empty store, whom nobody can have granted anything.
CREATE FUNCTION acting.found(
  new_store uuid, new_origin text, demonstration boolean,
  new_agency uuid, agency_name text, agency_kind text, new_service uuid, service_name text, service_kind text,
  new_panel uuid, panel_name text, panel_seats integer, new_user uuid, user_name text, new_login uuid, os_name text,
  new_roles text[], reason text
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  LOCK TABLE store IN EXCLUSIVE MODE;
  IF EXISTS (SELECT FROM store) OR EXISTS (SELECT FROM app_user) THEN
    RAISE unique_violation USING MESSAGE = 'the store has been founded';
  END IF;
  INSERT INTO store VALUES (new_store, new_origin, demonstration, now());
  INSERT INTO agency (agency_id, name, kind) VALUES (new_agency, agency_name, agency_kind);
  INSERT INTO service (service_id, agency_id, name, kind) VALUES (new_service, new_agency, service_name, service_kind);
  INSERT INTO panel (panel_id, name, seats) VALUES (new_panel, panel_name, panel_seats);
  INSERT INTO app_user (user_id, name, added_at) VALUES (new_user, user_name, now());
  INSERT INTO user_login (login_id, user_id, os_name) VALUES (new_login, new_user, found.os_name);
  INSERT INTO membership (membership_id, user_id, service_id, from_at, added_by)
  VALUES (gen_random_uuid(), new_user, new_service, now(), new_user);
  INSERT INTO role_grant (
    grant_id, user_id, service_id, role, is_founding, reason, proposed_by, proposed_at, confirmed_by, confirmed_at
  )
  SELECT gen_random_uuid(), new_user, new_service, granted, true, found.reason, new_user, now(), new_user, now()
  FROM unnest(new_roles) AS granted;
END
$$;

-- A store begins with one person, and a grant needs two others: until three people have been given a role that grants
-- roles, one of them may grant such a role alone, and the grant is marked as founding for ever. Roles that ended count,
-- or ending the others' roles would bring that time back.
CREATE FUNCTION acting.is_founding_time() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT count(DISTINCT role_grant.user_id) < 3
  FROM role_grant
  WHERE role_grant.role IN ('administrator', 'chair', 'dpo') AND role_grant.confirmed_at IS NOT NULL
$$;

-- For an import into a panel area, which must recognise a case it may not see without seeing it. Of another panel area's
-- case it learns that it is one, and of nobody why they must not be named as a counterpart.
CREATE FUNCTION acting.cases_of(wanted_panel uuid, wanted_namespace text, person_ids text[])
RETURNS TABLE (person_id text, subject_id uuid, is_here boolean, is_closed boolean, is_unnamed boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  WITH restricted AS MATERIALIZED (
    SELECT restriction.subject_id
    FROM restriction
    WHERE restriction.from_at <= statement_timestamp()
      AND (restriction.to_at IS NULL OR restriction.to_at > statement_timestamp())
  )
  SELECT alias.person_id, alias.subject_id, alias.panel_id = wanted_panel,
    alias.panel_id = wanted_panel AND alias.subject_id IN (SELECT restricted.subject_id FROM restricted),
    subject.is_sensitive OR alias.subject_id IN (SELECT restricted.subject_id FROM restricted)
  FROM subject_alias AS alias JOIN subject ON subject.subject_id = alias.subject_id
  WHERE alias.namespace = wanted_namespace AND alias.person_id = ANY (person_ids) AND alias.valid_to IS NULL
    AND (SELECT acting.holds_for(wanted_panel, 'analyst', 'coordinator'))
$$;

-- For an import: of the counterparts it names, case by case, those who have a token; and once per case, with neither
-- victim nor person, its last token, from which it counts on. Nothing of a case in conflict or a sensitive one, but in the
-- very transaction that imports a run for its panel area, since a run goes in whole.
CREATE FUNCTION acting.counterparts_of(subjects uuid[], person_ids text[])
RETURNS TABLE (subject_id uuid, victim_id uuid, token text, person_id text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  WITH held AS MATERIALIZED (
    SELECT roles.panel_id FROM acting.roles() WHERE roles.role IN ('analyst', 'coordinator')
  ),
  known AS MATERIALIZED (
    SELECT victim.subject_id, victim.victim_id, victim.token
    FROM victim
    WHERE victim.subject_id = ANY (subjects)
      AND EXISTS (SELECT FROM held WHERE held.panel_id IS NULL OR held.panel_id = victim.panel_id)
      AND victim.subject_id NOT IN (SELECT acting.closed_to_imports())
      AND (victim.subject_id NOT IN (SELECT acting.barred()) OR victim.panel_id IN (SELECT acting.imports_for()))
  )
  SELECT known.subject_id, known.victim_id, known.token, victim_identity.person_id
  FROM known
  JOIN victim_identity ON victim_identity.victim_id = known.victim_id
  JOIN unnest(subjects, person_ids) AS named (subject_id, person_id)
    ON named.subject_id = known.subject_id AND named.person_id = victim_identity.person_id
  UNION ALL
  (
    SELECT DISTINCT ON (known.subject_id) known.subject_id, NULL::uuid, known.token, NULL::text
    FROM known
    ORDER BY known.subject_id, length(known.token) DESC, known.token DESC
  )
$$;

-- One import after the other: until the transaction ends.
CREATE FUNCTION acting.wait_for_imports() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF acting.holds_somewhere('analyst', 'coordinator') THEN
    PERFORM pg_advisory_xact_lock(7236835);
  END IF;
END
$$;

CREATE FUNCTION acting.mark_sensitive(subjects uuid[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  UPDATE subject SET is_sensitive = true
  WHERE subject.subject_id = ANY (subjects) AND NOT subject.is_sensitive
    AND acting.holds_for(subject.panel_id, 'analyst', 'coordinator', 'named_reviewer')
$$;

-- For everybody who sees a case: that it is challenged, and what of it; not by which words.
CREATE FUNCTION acting.challenged(subjects uuid[])
RETURNS TABLE (subject_id uuid, about text, about_id uuid, received_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT data_request.subject_id, data_request.about, data_request.about_id, data_request.received_at
  FROM data_request
  WHERE data_request.subject_id = ANY (subjects) AND data_request.kind IN ('rectification', 'challenge')
    AND data_request.outcome IS NULL
    AND (
      data_request.panel_id IN (SELECT acting.panels('case', 'read'))
      OR data_request.subject_id IN (SELECT acting.shared('case', 'read'))
    )
    AND data_request.subject_id NOT IN (SELECT acting.barred())
$$;

-- For destroying a file: whether anybody in it is under a legal hold, also somebody the person may not see. Who is in
-- the file is locked until the transaction ends, so that no hold is placed meanwhile. Null = it is not theirs to destroy,
-- or registered in this very transaction, which could be undone and leave no trace of the question.
CREATE FUNCTION acting.lock_file_against_holds(wanted uuid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF EXISTS (
    SELECT FROM file_register WHERE file_register.file_id = wanted AND file_register.xmin = pg_current_xact_id()::xid
  ) OR NOT EXISTS (
    SELECT FROM file_register
    WHERE file_register.file_id = wanted
      AND acting.holds_for(file_register.panel_id, 'analyst', 'coordinator', 'dpo', 'administrator')
    UNION ALL
    SELECT FROM file_register
    WHERE file_register.file_id = wanted AND file_register.made_by = acting.user_id()
      AND acting.holds_somewhere('analyst', 'coordinator', 'dpo', 'administrator')
  ) THEN
    RETURN NULL;
  END IF;
  PERFORM FROM subject WHERE subject.subject_id IN (
    SELECT file_person.subject_id FROM file_person WHERE file_person.file_id = wanted
  ) ORDER BY subject.subject_id FOR UPDATE;
  RETURN EXISTS (
    SELECT FROM file_person JOIN legal_hold ON legal_hold.subject_id = file_person.subject_id
    WHERE file_person.file_id = wanted AND legal_hold.released_at IS NULL
  );
END
$$;

-- For registering a file: everybody in it whom the person that made it may name in the log, also those whom they may not
-- see, in the transaction that registers it.
CREATE FUNCTION acting.note_people_in_file(wanted uuid, subjects uuid[]) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  noted bigint;
BEGIN
  INSERT INTO file_person (file_id, subject_id, panel_id)
  SELECT wanted, subject.subject_id, subject.panel_id
  FROM subject
  WHERE subject.subject_id IN (SELECT acting.nameable(subjects)) AND EXISTS (
    SELECT FROM file_register
    WHERE file_register.file_id = wanted AND file_register.made_by = acting.user_id()
      AND file_register.xmin = pg_current_xact_id()::xid
  );
  GET DIAGNOSTICS noted = ROW_COUNT;
  RETURN noted;
END
$$;

-- For an import: which of these digests of ids stand for somebody who was removed, in whatever panel area, and when.
CREATE FUNCTION acting.removed(digests text[]) RETURNS TABLE (digest text, removed_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT kept.digest, max(removal.removed_at)
  FROM removal CROSS JOIN jsonb_array_elements_text(removal.digests) AS kept (digest)
  WHERE kept.digest = ANY (removed.digests) AND (SELECT acting.holds_somewhere('analyst', 'coordinator', 'dpo'))
  GROUP BY kept.digest
$$;

-- For removing a case again after an older backup was restored: whether it is back, also out of sight.
CREATE FUNCTION acting.is_there(wanted uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT acting.holds_everywhere('dpo') AND EXISTS (SELECT FROM subject WHERE subject.subject_id = wanted)
$$;

-- For the same: which removals the store knows of, in whatever panel area.
CREATE FUNCTION acting.removals_known() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT removal.removal_id FROM removal
  WHERE (SELECT acting.holds_somewhere('dpo', 'auditor', 'coordinator', 'analyst'))
$$;

-- For the same: what the key of the digests is known by, as whoever used one first said it. Null = nobody has, or it is
-- not theirs to ask.
CREATE FUNCTION acting.removal_key(known_by text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF NOT acting.holds_somewhere('analyst', 'coordinator', 'dpo') THEN
    RETURN NULL;
  END IF;
  IF known_by ~ '^[0-9a-f]{64}$' THEN
    UPDATE store SET removal_key = known_by WHERE store.removal_key IS NULL;
  END IF;
  RETURN (SELECT store.removal_key FROM store);
END
$$;

-- For correcting a text: whether the words before must be kept, also for those who may not see the hold. Null = it is
-- not theirs to correct.
CREATE FUNCTION acting.is_held(wanted uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT EXISTS (
    SELECT FROM legal_hold WHERE legal_hold.subject_id = wanted AND legal_hold.released_at IS NULL
  )
  FROM subject
  WHERE subject.subject_id = wanted AND acting.holds_for(subject.panel_id, 'analyst', 'coordinator', 'dpo')
    AND subject.subject_id NOT IN (SELECT acting.barred())
$$;

-- For break-glass, which opens a case that the person cannot see.
CREATE FUNCTION acting.case_to_break_into(wanted_namespace text, wanted_person text)
RETURNS TABLE (subject_id uuid, panel_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT alias.subject_id, alias.panel_id
  FROM subject_alias AS alias JOIN subject ON subject.subject_id = alias.subject_id
  WHERE alias.namespace = wanted_namespace AND alias.person_id = wanted_person AND alias.valid_to IS NULL
    AND NOT subject.is_sensitive AND NOT EXISTS (
      SELECT FROM restriction
      WHERE restriction.subject_id = alias.subject_id AND restriction.from_at <= statement_timestamp()
        AND (restriction.to_at IS NULL OR restriction.to_at > statement_timestamp())
    )
    AND NOT EXISTS (
      SELECT FROM conflict
      WHERE conflict.subject_id = alias.subject_id AND conflict.user_id = (SELECT acting.user_id())
        AND conflict.ended_at IS NULL
    )
    AND EXISTS (
      SELECT FROM acting.roles() AS held JOIN access_rule ON access_rule.role = held.role
      WHERE access_rule.basis = 'break_glass'
    )
$$;

DO $$
DECLARE
  made regprocedure;
BEGIN
  FOR made IN SELECT pg_proc.oid FROM pg_proc WHERE pg_proc.pronamespace = 'acting'::regnamespace LOOP
    EXECUTE format('ALTER FUNCTION %s OWNER TO mat_acting', made);
  END LOOP;
END
$$;
