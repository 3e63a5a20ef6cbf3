-- Frozen: the safety gate, revision 0002. What a suspect would notice waits until it is known that it is safe.

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
      SELECT FROM dyad JOIN list_run ON list_run.run_id = dyad.run_id
      WHERE dyad.victim_id = victim.victim_id AND dyad.last_on > current_date - interval '24 months'
    )
    OR EXISTS (SELECT FROM client WHERE client.victim_id = victim.victim_id AND client.ended_at IS NULL)
    OR NOT EXISTS (SELECT FROM dyad WHERE dyad.victim_id = victim.victim_id)
  )
$$;

-- The gate of one action, as counts: for those who carry the action out and may not see the checks themselves. A check
-- counts until its day has passed, and the newest of a victim counts alone. Where she is against it or could not be
-- reached, the chair's written reason for this action and her is needed, given after that check.
CREATE FUNCTION acting.gate_of(wanted uuid)
RETURNS TABLE (
  needs_gate boolean, victims integer, unchecked integer, against integer, overridden integer, is_stated_that_none boolean,
  is_open boolean
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  WITH asked AS (
    SELECT action.action_id, action.subject_id, action.needs_gate
    FROM action
    WHERE action.action_id = wanted AND (
      action.panel_id IN (SELECT acting.panels('actions', 'read'))
      OR (
        action.service_id = acting.service_id() AND action.subject_id IN (SELECT acting.shared('actions', 'read'))
      )
    )
  ), newest AS (
    SELECT current.victim_id, checked.wishes, checked.recorded_at
    FROM asked CROSS JOIN LATERAL acting.current_victims(asked.subject_id) AS current (victim_id)
    LEFT JOIN LATERAL (
      SELECT safety_check.wishes, safety_check.recorded_at
      FROM safety_check
      WHERE safety_check.victim_id = current.victim_id AND safety_check.valid_until >= current_date
      ORDER BY safety_check.recorded_at DESC, safety_check.check_id DESC LIMIT 1
    ) AS checked ON true
  ), judged AS (
    SELECT newest.victim_id, newest.wishes IS NULL AS is_unchecked, newest.wishes IN ('against', 'not_reachable') AS is_against,
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
  )
  SELECT asked.needs_gate, counted.victims, counted.unchecked, counted.against, counted.overridden, stated.is_so,
    NOT asked.needs_gate
      OR (counted.victims > 0 AND counted.unchecked = 0 AND counted.against = counted.overridden)
      OR (counted.victims = 0 AND stated.is_so)
  FROM asked CROSS JOIN counted CROSS JOIN LATERAL (
    SELECT EXISTS (
      SELECT FROM nobody_known
      WHERE nobody_known.subject_id = asked.subject_id AND nobody_known.valid_until >= current_date
    ) AS is_so
  ) AS stated
$$;

-- The net underneath: whatever the order of commands, no action is accepted or started while its gate is shut, begins
-- anywhere but open, or changes what it reaches.
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
  IF (NEW.subject_id, NEW.code, NEW.reaches) IS DISTINCT FROM (OLD.subject_id, OLD.code, OLD.reaches) THEN
    RAISE check_violation USING MESSAGE = 'an action stays what it is', CONSTRAINT = 'stays_what_it_is';
  END IF;
  IF NEW.reaches <> 'nothing' AND NEW.state IN ('accepted', 'started') AND NEW.state <> OLD.state
    AND NOT coalesce((SELECT gate.is_open FROM acting.gate_of(NEW.action_id) AS gate), false) THEN
    RAISE check_violation USING MESSAGE = 'the safety gate is shut', CONSTRAINT = 'safety_gate';
  END IF;
  IF NEW.state = 'done' AND OLD.state <> 'started' THEN
    RAISE check_violation USING MESSAGE = 'only what was started is done', CONSTRAINT = 'started_first';
  END IF;
  IF NEW.state = 'started' AND OLD.state <> 'accepted' THEN
    RAISE check_violation USING MESSAGE = 'only what was accepted is started', CONSTRAINT = 'accepted_first';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER safety_gate BEFORE INSERT OR UPDATE ON action FOR EACH ROW EXECUTE FUNCTION keep_the_gate();

GRANT CREATE ON SCHEMA public TO mat_acting;
ALTER FUNCTION acting.current_victims(uuid) OWNER TO mat_acting;
ALTER FUNCTION acting.gate_of(uuid) OWNER TO mat_acting;
ALTER FUNCTION keep_the_gate() OWNER TO mat_acting;
REVOKE CREATE ON SCHEMA public FROM mat_acting;
SET LOCAL ROLE mat_acting;
REVOKE EXECUTE ON FUNCTION acting.current_victims(uuid), acting.gate_of(uuid), keep_the_gate() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION acting.gate_of(uuid) TO mat_app;
SET LOCAL ROLE mat_owner;
