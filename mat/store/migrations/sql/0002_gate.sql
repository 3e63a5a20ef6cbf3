-- Frozen: the safety gate, revision 0002. What a suspect would notice waits until it is known that it is safe.

-- The day it is in England and Wales.
CREATE FUNCTION acting.today() RETURNS date
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT (statement_timestamp() AT TIME ZONE 'Europe/London')::date
$$;

-- Whoever a suspect may turn on: each counterpart recorded with them in the last two years, in either direction, because
-- who is recorded as the suspect of a pair may be its victim; each whom a victim service supports; and each whom somebody
-- added by hand, with no record of when.
CREATE FUNCTION acting.current_victims(wanted uuid) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT victim.victim_id
  FROM victim
  WHERE victim.subject_id = wanted AND (
    EXISTS (
      SELECT FROM dyad
      WHERE dyad.subject_id = wanted AND dyad.victim_id = victim.victim_id
        AND dyad.last_on > least(
          acting.today(), (SELECT max(list_run.as_of) FROM list_run WHERE list_run.panel_id = victim.panel_id)
        ) - interval '24 months'
    )
    OR EXISTS (SELECT FROM client WHERE client.victim_id = victim.victim_id AND client.ended_at IS NULL)
    OR NOT EXISTS (SELECT FROM dyad WHERE dyad.subject_id = wanted AND dyad.victim_id = victim.victim_id)
  )
$$;

-- The gate of one action: counts, for those who carry the action out and may not see the checks themselves, and in `seen`
-- each victim whose checks the person may read. A check counts until its day has passed, and the newest of a victim counts
-- alone. Where she is against it or could not be reached, the chair's written reason for this action and her is needed,
-- given after that check. While the current list doubts whether the suspect is the victim, nothing reaches them: a hold
-- for mostly being recorded as one, or for a counter-allegation, is decided first, for each counterpart it is about.
CREATE FUNCTION acting.gate_of(wanted uuid)
RETURNS TABLE (
  needs_gate boolean, victims integer, unchecked integer, against integer, overridden integer, is_stated_that_none boolean,
  undecided_holds integer, is_open boolean, seen jsonb
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  WITH asked AS (
    SELECT action.action_id, action.subject_id, action.panel_id, action.needs_gate
    FROM action
    WHERE action.action_id = wanted AND (
      action.panel_id IN (SELECT acting.panels('actions', 'read'))
      OR action.subject_id IN (
        SELECT running.subject_id FROM acting.running_shares('actions', 'read') AS running
        WHERE running.basis NOT IN ('action', 'action_address') OR action.service_id = (SELECT acting.service_id())
      )
    ) AND action.subject_id NOT IN (SELECT acting.barred())
  ), newest AS (
    SELECT current.victim_id, asked.panel_id, checked.wishes, checked.recorded_at, checked.valid_until
    FROM asked CROSS JOIN LATERAL acting.current_victims(asked.subject_id) AS current (victim_id)
    LEFT JOIN LATERAL (
      SELECT latest.wishes, latest.recorded_at, latest.valid_until
      FROM (
        SELECT safety_check.wishes, safety_check.recorded_at, safety_check.valid_until
        FROM safety_check
        WHERE safety_check.victim_id = current.victim_id
        ORDER BY safety_check.recorded_at DESC, safety_check.check_id DESC LIMIT 1
      ) AS latest
      WHERE latest.valid_until >= (SELECT acting.today())
    ) AS checked ON true
  ), judged AS (
    SELECT newest.victim_id, newest.panel_id, newest.wishes, newest.valid_until,
      newest.wishes IS NULL AS is_unchecked,
      coalesce(newest.wishes IN ('against', 'not_reachable'), false) AS is_against,
      EXISTS (
        SELECT FROM safety_override
        WHERE safety_override.action_id = wanted AND safety_override.victim_id = newest.victim_id
          AND safety_override.decided_at >= newest.recorded_at
      ) AS is_overridden
    FROM newest
  ), counted AS (
    SELECT count(*)::integer AS victims, (count(*) FILTER (WHERE is_unchecked))::integer AS unchecked,
      (count(*) FILTER (WHERE is_against))::integer AS against,
      (count(*) FILTER (WHERE is_against AND is_overridden))::integer AS overridden
    FROM judged
  ), told AS (
    SELECT coalesce(
      jsonb_agg(
        jsonb_build_object(
          'token', victim.token, 'wishes', judged.wishes, 'valid_until', judged.valid_until,
          'is_overridden', judged.is_overridden AND judged.is_against
        ) ORDER BY victim.token
      ) FILTER (
        WHERE judged.panel_id IN (SELECT acting.panels('safety', 'read'))
          OR judged.victim_id IN (SELECT acting.victims('safety', 'read'))
      ), '[]'::jsonb
    ) AS seen
    FROM judged JOIN victim ON victim.victim_id = judged.victim_id
  ), listed AS (
    SELECT list_place.run_id, list_place.subject_id, list_place.holds
    FROM asked JOIN LATERAL (
      SELECT list_run.run_id FROM list_run
      WHERE list_run.panel_id = asked.panel_id AND list_run.expires_at > statement_timestamp()
      ORDER BY list_run.as_of DESC, list_run.imported_at DESC, list_run.run_id DESC LIMIT 1
    ) AS current ON true
    JOIN list_place ON list_place.run_id = current.run_id AND list_place.subject_id = asked.subject_id
  ), doubted AS (
    SELECT listed.subject_id, 'mostly_victim' AS hold, NULL::uuid AS victim_id
    FROM listed WHERE 'mostly_victim' = ANY (listed.holds)
    UNION
    SELECT listed.subject_id, 'counter_allegation', dyad.victim_id
    FROM listed JOIN dyad ON dyad.run_id = listed.run_id AND dyad.subject_id = listed.subject_id AND dyad.is_reciprocal
    WHERE 'counter_allegation' = ANY (listed.holds)
  ), undecided AS (
    SELECT count(*)::integer AS holds
    FROM doubted LEFT JOIN LATERAL (
      SELECT hold_resolution.outcome, hold_resolution.review_by
      FROM hold_resolution
      WHERE hold_resolution.subject_id = doubted.subject_id AND hold_resolution.hold = doubted.hold
        AND hold_resolution.victim_id IS NOT DISTINCT FROM doubted.victim_id
      ORDER BY hold_resolution.resolved_at DESC, hold_resolution.resolution_id DESC LIMIT 1
    ) AS decided ON true
    WHERE decided.outcome IS DISTINCT FROM 'list' OR decided.review_by < (SELECT acting.today())
  )
  SELECT asked.needs_gate, counted.victims, counted.unchecked, counted.against, counted.overridden, stated.is_so,
    undecided.holds,
    NOT asked.needs_gate
      OR undecided.holds = 0 AND (
        (counted.victims > 0 AND counted.unchecked = 0 AND counted.against = counted.overridden)
        OR (counted.victims = 0 AND stated.is_so)
      ),
    told.seen
  FROM asked CROSS JOIN counted CROSS JOIN undecided CROSS JOIN told CROSS JOIN LATERAL (
    SELECT EXISTS (
      SELECT FROM nobody_known
      WHERE nobody_known.subject_id = asked.subject_id AND nobody_known.valid_until >= (SELECT acting.today())
    ) AS is_so
  ) AS stated
$$;

-- The net underneath: whatever the order of commands, no action is accepted or started while its gate is shut, begins
-- anywhere but open, changes what it is or whose, or comes back once it is closed.
CREATE FUNCTION keep_the_gate() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.state <> 'open' THEN
      RAISE check_violation USING MESSAGE = 'an action begins open', CONSTRAINT = 'begins_open';
    END IF;
    RETURN NEW;
  END IF;
  IF (NEW.subject_id, NEW.code, NEW.reaches, NEW.service_id, NEW.made_by, NEW.made_at)
    IS DISTINCT FROM (OLD.subject_id, OLD.code, OLD.reaches, OLD.service_id, OLD.made_by, OLD.made_at) THEN
    RAISE check_violation USING MESSAGE = 'an action stays what it is', CONSTRAINT = 'stays_what_it_is';
  END IF;
  IF OLD.state = 'closed' AND NEW.state <> 'closed' THEN
    RAISE check_violation USING MESSAGE = 'a closed action stays closed', CONSTRAINT = 'stays_closed';
  END IF;
  IF NEW.reaches <> 'nothing' AND NEW.state IN ('accepted', 'started') AND NEW.state <> OLD.state
    AND NOT coalesce((SELECT gate.is_open FROM acting.gate_of(NEW.action_id) AS gate), false) THEN
    RAISE check_violation USING MESSAGE = 'the safety gate is shut', CONSTRAINT = 'safety_gate';
  END IF;
  IF NEW.state = 'done' AND OLD.state NOT IN ('started', 'done') THEN
    RAISE check_violation USING MESSAGE = 'only what was started is done', CONSTRAINT = 'started_first';
  END IF;
  IF NEW.state = 'started' AND OLD.state NOT IN ('accepted', 'started') THEN
    RAISE check_violation USING MESSAGE = 'only what was accepted is started', CONSTRAINT = 'accepted_first';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER safety_gate BEFORE INSERT OR UPDATE ON action FOR EACH ROW EXECUTE FUNCTION keep_the_gate();

-- What opens the gate is written by the one who says it, at the moment it is said, for at most a year: by her service
-- where she is a client of one, else by who answers for the panel; and against her wishes by the chair alone.
CREATE POLICY as_said ON safety_check AS RESTRICTIVE FOR INSERT TO mat_app WITH CHECK (
  recorded_by = (SELECT acting.user_id()) AND service_id = (SELECT acting.service_id()) AND recorded_at = now()
  AND valid_until <= (SELECT acting.today()) + 366
  AND by_idva = EXISTS (
    SELECT FROM client
    WHERE client.victim_id = safety_check.victim_id AND client.service_id = safety_check.service_id
      AND client.ended_at IS NULL
  )
  AND (
    by_idva OR NOT EXISTS (
      SELECT FROM client JOIN service ON service.service_id = client.service_id
      WHERE client.victim_id = safety_check.victim_id AND client.ended_at IS NULL AND service.ended_at IS NULL
    )
  )
);
CREATE POLICY as_said ON safety_override AS RESTRICTIVE FOR INSERT TO mat_app WITH CHECK (
  decided_by = (SELECT acting.user_id()) AND decided_at = now()
);
CREATE POLICY as_said ON nobody_known AS RESTRICTIVE FOR INSERT TO mat_app WITH CHECK (
  stated_by = (SELECT acting.user_id()) AND stated_at = now() AND valid_until <= (SELECT acting.today()) + 366
);

GRANT CREATE ON SCHEMA public TO mat_acting;
ALTER FUNCTION acting.today() OWNER TO mat_acting;
ALTER FUNCTION acting.current_victims(uuid) OWNER TO mat_acting;
ALTER FUNCTION acting.gate_of(uuid) OWNER TO mat_acting;
ALTER FUNCTION keep_the_gate() OWNER TO mat_acting;
REVOKE CREATE ON SCHEMA public FROM mat_acting;
SET LOCAL ROLE mat_acting;
REVOKE EXECUTE ON FUNCTION acting.today(), acting.current_victims(uuid), acting.gate_of(uuid), keep_the_gate() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION acting.gate_of(uuid), acting.today() TO mat_app;
SET LOCAL ROLE mat_owner;
