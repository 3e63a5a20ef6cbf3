-- Frozen: importing and deleting a run, which reach cases that the person who does so may not see.

-- Everybody an imported run has rows of, and whether a legal hold keeps them.
CREATE FUNCTION acting.cases_in(wanted_run uuid) RETURNS TABLE (subject_id uuid, is_under_hold boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT inside.subject_id, EXISTS (
    SELECT FROM legal_hold WHERE legal_hold.subject_id = inside.subject_id AND legal_hold.released_at IS NULL
  )
  FROM (
    SELECT list_place.subject_id FROM list_place WHERE list_place.run_id = wanted_run
    UNION SELECT history_event.subject_id FROM history_event WHERE history_event.run_id = wanted_run
    UNION SELECT dyad.subject_id FROM dyad WHERE dyad.run_id = wanted_run
    UNION SELECT case_order.subject_id FROM case_order WHERE case_order.run_id = wanted_run
    UNION SELECT case_standing.subject_id FROM case_standing WHERE case_standing.run_id = wanted_run
    UNION SELECT partner_nomination.subject_id FROM partner_nomination WHERE partner_nomination.run_id = wanted_run
  ) AS inside
  WHERE EXISTS (
    SELECT FROM list_run
    WHERE list_run.run_id = wanted_run AND list_run.panel_id IN (SELECT acting.panels('run', 'write'))
  )
$$;

-- Removes those of the cases that hold nothing but who somebody is: no row of any table that names a case, now or in a
-- later revision, but identity, address and counterparts, and no file that is still registered.
CREATE FUNCTION acting.remove_bare_cases(subjects uuid[]) RETURNS SETOF uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  bare uuid[];
  holding regclass;
BEGIN
  SELECT array_agg(subject.subject_id) INTO bare
  FROM subject
  WHERE subject.subject_id = ANY (subjects) AND subject.panel_id IN (SELECT acting.panels('run', 'write'))
    AND NOT EXISTS (
      SELECT FROM file_person JOIN file_register ON file_register.file_id = file_person.file_id
      WHERE file_person.subject_id = subject.subject_id AND file_register.deleted_at IS NULL
    );
  FOR holding IN
    SELECT pg_constraint.conrelid::regclass
    FROM pg_constraint
    WHERE pg_constraint.confrelid = 'subject'::regclass AND pg_constraint.contype = 'f'
      AND pg_constraint.conrelid <> ALL (ARRAY[
        'subject_alias', 'subject_identity', 'subject_address', 'victim', 'victim_identity', 'file_person'
      ]::regclass[])
  LOOP
    EXECUTE format(
      'SELECT array_agg(candidate) FROM unnest($1) AS candidate'
      ' WHERE NOT EXISTS (SELECT FROM %s AS held WHERE held.subject_id = candidate)', holding
    ) INTO bare USING bare;
  END LOOP;
  RETURN QUERY DELETE FROM subject WHERE subject.subject_id = ANY (bare) RETURNING subject.subject_id;
END
$$;

-- Decisions for the next list, also about people whom its maker may not see: ids, words and times, and the reasons of
-- those cases alone that the maker sees. A decision goes under the ids that the case had when it was made, a restriction
-- under every id it has.
CREATE FUNCTION acting.resolutions_to_export(wanted_namespace text)
RETURNS TABLE (
  subject_id uuid, person_id text, hold text, counterparty_id text, outcome text, resolved_at timestamptz,
  review_by date, resolved_by text, reason text
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT decided.subject_id, alias.person_id, decided.hold, victim_identity.person_id, decided.outcome,
    decided.resolved_at, decided.review_by, app_user.name,
    CASE WHEN decided.subject_id IN (SELECT acting.barred()) THEN '(withheld)' ELSE decided.reason END
  FROM hold_resolution AS decided
  JOIN subject_alias AS alias ON alias.subject_id = decided.subject_id AND alias.namespace = wanted_namespace
    AND alias.valid_from <= decided.resolved_at AND alias.valid_to IS NULL
  JOIN app_user ON app_user.user_id = decided.resolved_by
  LEFT JOIN victim_identity ON victim_identity.victim_id = decided.victim_id
  WHERE acting.holds_for(decided.panel_id, 'analyst', 'coordinator')
    AND (decided.victim_id IS NULL) = (victim_identity.victim_id IS NULL)
  ORDER BY alias.person_id, decided.resolved_at, decided.resolution_id
$$;

CREATE FUNCTION acting.restrictions_to_export(wanted_namespace text)
RETURNS TABLE (subject_id uuid, person_id text, from_at timestamptz, to_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT restriction.subject_id, alias.person_id, restriction.from_at, restriction.to_at
  FROM restriction
  JOIN subject_alias AS alias ON alias.subject_id = restriction.subject_id AND alias.namespace = wanted_namespace
    AND alias.valid_to IS NULL
  WHERE acting.holds_for(restriction.panel_id, 'analyst', 'coordinator')
    AND (restriction.to_at IS NULL OR restriction.to_at > statement_timestamp())
  ORDER BY alias.person_id, restriction.from_at
$$;

DO $$
DECLARE
  naming regclass;
BEGIN
  FOR naming IN
    SELECT pg_constraint.conrelid::regclass
    FROM pg_constraint
    WHERE pg_constraint.confrelid = 'subject'::regclass AND pg_constraint.contype = 'f'
    UNION SELECT 'list_run'::regclass
    UNION SELECT 'file_register'::regclass
  LOOP
    EXECUTE format('GRANT SELECT ON %s TO mat_acting', naming);
    IF NOT EXISTS (
      SELECT FROM pg_policy WHERE pg_policy.polrelid = naming AND pg_policy.polname = 'acting_reads'
    ) THEN
      EXECUTE format('CREATE POLICY acting_reads ON %s FOR SELECT TO mat_acting USING (true)', naming);
    END IF;
  END LOOP;
END
$$;
CREATE POLICY acting_removes ON subject FOR DELETE TO mat_acting USING (true);
GRANT DELETE ON subject TO mat_acting;

ALTER FUNCTION acting.resolutions_to_export(text) OWNER TO mat_acting;
ALTER FUNCTION acting.restrictions_to_export(text) OWNER TO mat_acting;
ALTER FUNCTION acting.cases_in(uuid) OWNER TO mat_acting;
ALTER FUNCTION acting.remove_bare_cases(uuid[]) OWNER TO mat_acting;
SET LOCAL ROLE mat_acting;
REVOKE EXECUTE ON FUNCTION acting.cases_in(uuid), acting.remove_bare_cases(uuid[]),
  acting.resolutions_to_export(text), acting.restrictions_to_export(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION acting.cases_in(uuid), acting.remove_bare_cases(uuid[]),
  acting.resolutions_to_export(text), acting.restrictions_to_export(text) TO mat_app;
SET LOCAL ROLE mat_owner;
