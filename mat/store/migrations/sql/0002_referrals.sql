-- Frozen: what follows from a referral by itself, revision 0002: who sees the case, who is told, and what cannot be.

-- A notice may be for one service alone.
ALTER TABLE notice ADD COLUMN to_service_id UUID;
ALTER TABLE notice ADD CONSTRAINT fk_notice_to_service_id FOREIGN KEY (to_service_id) REFERENCES service (service_id);
COMMENT ON TABLE notice IS 'One row per thing a role must be told of at once; about_id is the row it is about, panel_id its panel area. to_service_id: that service alone is told.';
CREATE POLICY to_one_service ON notice AS RESTRICTIVE FOR ALL TO mat_app
USING (to_service_id IS NULL OR to_service_id = (SELECT acting.service_id())) WITH CHECK (true);

-- What was received stays as it was received: a provider moves a referral on, and changes nothing else of it.
REVOKE UPDATE ON referral, referral_check, risk_alert, disclosure FROM mat_app;
GRANT UPDATE (partner_contact, tier, state, started_at, closure, share_review_on) ON referral TO mat_app;
GRANT UPDATE (answer, override_reason, answered_by, answered_at) ON referral_check TO mat_app;
GRANT UPDATE (seen_by, seen_at) ON risk_alert TO mat_app;
GRANT UPDATE (state, recalled_at, recalled_by, recall_reason, return_confirmed_at) ON disclosure TO mat_app;

CREATE POLICY referral_opens ON share FOR INSERT TO mat_acting WITH CHECK (basis IN ('triage', 'referral'));
CREATE POLICY referral_ends ON share FOR UPDATE TO mat_acting USING (basis IN ('triage', 'referral'));
CREATE POLICY referral_tells ON notice FOR INSERT TO mat_acting WITH CHECK (kind LIKE 'referral\_%' OR kind LIKE 'risk\_%');
CREATE POLICY acting_raises ON risk_alert FOR INSERT TO mat_acting WITH CHECK (true);
GRANT INSERT ON risk_alert TO mat_acting;
GRANT UPDATE (ended_by, ended_at, ended_reason, version) ON share TO mat_acting;

-- The net underneath: a referral is made by the panel and begins received, and moves as its machine says; nobody is
-- accepted past a rule that stands in the way.
CREATE FUNCTION keep_the_referral() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF acting.user_id() IS NOT NULL AND NOT acting.holds_for(NEW.panel_id, 'coordinator', 'chair') THEN
      RAISE insufficient_privilege USING MESSAGE = 'a referral is made by the panel';
    END IF;
    IF NEW.state <> 'received' THEN
      RAISE check_violation USING MESSAGE = 'a referral begins received', CONSTRAINT = 'begins_received';
    END IF;
    RETURN NEW;
  END IF;
  IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
    ('received', 'triage'), ('received', 'declined'), ('triage', 'accepted'), ('triage', 'declined'),
    ('accepted', 'waiting'), ('accepted', 'started'), ('waiting', 'started'), ('started', 'paused'),
    ('paused', 'started'), ('accepted', 'closed'), ('waiting', 'closed'), ('started', 'closed'), ('paused', 'closed')
  ) THEN
    RAISE check_violation USING MESSAGE = 'a referral does not move so', CONSTRAINT = 'referral_moves';
  END IF;
  IF acting.user_id() IS NOT NULL AND NEW.state <> OLD.state AND NEW.service_id IS DISTINCT FROM acting.service_id()
    AND NOT (NEW.state = 'declined' OR NEW.state = 'closed' AND NEW.closure = 'consent_withdrawn') THEN
    RAISE insufficient_privilege USING MESSAGE = 'a referral is moved by the service that it is to';
  END IF;
  IF acting.user_id() IS NOT NULL AND NOT acting.holds_for(NEW.panel_id, 'coordinator', 'chair') AND (
    NEW.partner_contact <> OLD.partner_contact
    OR NEW.share_review_on <> OLD.share_review_on AND (NEW.state <> 'accepted' OR OLD.state = 'accepted')
  ) THEN
    RAISE insufficient_privilege
      USING MESSAGE = 'the panel says whether a partner was offered support, and how long a case is shared';
  END IF;
  IF NEW.state = 'accepted' AND OLD.state <> 'accepted' AND NOT coalesce((
    SELECT bool_and(referral_check.answer IN ('met', 'overridden')) FROM referral_check
    WHERE referral_check.referral_id = NEW.referral_id
  ), false) THEN
    RAISE check_violation USING MESSAGE = 'a rule stands in the way', CONSTRAINT = 'rule_in_the_way';
  END IF;
  IF OLD.partner_contact <> 'not_yet' AND NEW.partner_contact = 'not_yet' THEN
    RAISE check_violation USING MESSAGE = 'what was offered was offered', CONSTRAINT = 'partner_was_offered';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER keeps_its_course BEFORE INSERT OR UPDATE ON referral
FOR EACH ROW EXECUTE FUNCTION keep_the_referral();

-- The service sees a referral to triage until its share is reviewed, the case from acceptance to closure, and then
-- nothing; that it said no, or that its work ended, reaches the panel and whoever supports a victim of the subject.
CREATE FUNCTION follow_the_referral() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF acting.user_id() IS NULL OR (TG_OP = 'UPDATE' AND NEW.state = OLD.state) THEN
    RETURN NULL;
  END IF;
  IF NEW.state IN ('accepted', 'declined', 'closed') THEN
    UPDATE share SET ended_by = acting.user_id(), ended_at = now(), ended_reason = 'The referral was ' || NEW.state || '.'
    WHERE share.subject_id = NEW.subject_id AND share.service_id = NEW.service_id AND share.user_id IS NULL
      AND share.ended_at IS NULL
      AND CASE share.basis
        WHEN 'triage' THEN NOT EXISTS (
          SELECT FROM referral AS beside
          WHERE beside.subject_id = NEW.subject_id AND beside.service_id = NEW.service_id
            AND beside.state IN ('received', 'triage')
        )
        WHEN 'referral' THEN NEW.state <> 'accepted' AND NOT EXISTS (
          SELECT FROM referral AS beside
          WHERE beside.subject_id = NEW.subject_id AND beside.service_id = NEW.service_id
            AND beside.state IN ('accepted', 'waiting', 'started', 'paused')
        )
        ELSE false
      END;
  END IF;
  IF NEW.state IN ('received', 'accepted') THEN
    INSERT INTO share (
      share_id, subject_id, panel_id, service_id, basis, reason, shared_by, from_at, expires_at
    ) VALUES (
      gen_random_uuid(), NEW.subject_id, NEW.panel_id, NEW.service_id,
      CASE NEW.state WHEN 'received' THEN 'triage' ELSE 'referral' END,
      'The referral was ' || NEW.state || '.', acting.user_id(), now(),
      CASE NEW.state
        WHEN 'received' THEN least(
          ((NEW.share_review_on + 1)::timestamp AT TIME ZONE 'Europe/London'), now() + interval '366 days'
        )
        ELSE now() + interval '366 days'
      END
    );
  END IF;
  IF NEW.state IN ('declined', 'closed') THEN
    INSERT INTO notice (notice_id, to_role, kind, about_id, told_at, to_service_id)
    SELECT gen_random_uuid(), told.to_role, 'referral_' || NEW.state, NEW.subject_id, now(), told.to_service_id
    FROM (
      SELECT 'coordinator' AS to_role, NULL::uuid AS to_service_id
      UNION
      SELECT 'victim_service', client.service_id
      FROM client JOIN subject ON subject.subject_id = client.subject_id
      WHERE client.subject_id = NEW.subject_id AND client.ended_at IS NULL AND NOT subject.is_sensitive
    ) AS told;
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER followed AFTER INSERT OR UPDATE ON referral FOR EACH ROW EXECUTE FUNCTION follow_the_referral();

-- No share to triage or to work with somebody without the referral that it follows.
CREATE FUNCTION keep_the_share() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF NEW.basis IN ('triage', 'referral') AND acting.user_id() IS NOT NULL AND NOT EXISTS (
    SELECT FROM referral
    WHERE referral.subject_id = NEW.subject_id AND referral.service_id = NEW.service_id
      AND CASE NEW.basis
        WHEN 'triage' THEN referral.state IN ('received', 'triage')
        ELSE referral.state IN ('accepted', 'waiting', 'started', 'paused')
      END
  ) THEN
    RAISE check_violation USING MESSAGE = 'no referral stands behind the share', CONSTRAINT = 'share_of_referral';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER follows_a_referral BEFORE INSERT ON share FOR EACH ROW EXECUTE FUNCTION keep_the_share();

-- A disclosure that an action stands behind waits for that action's gate, and does not come after it was given up; a
-- person is told by an action that tells somebody.
CREATE FUNCTION keep_the_disclosure() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF NEW.action_id IS NULL OR acting.user_id() IS NULL THEN
    RETURN NEW;
  END IF;
  IF NOT EXISTS (
    SELECT FROM action WHERE action.action_id = NEW.action_id AND action.subject_id = NEW.subject_id
  ) OR NOT coalesce((SELECT gate.is_open FROM acting.gate_of(NEW.action_id) AS gate), false) THEN
    RAISE check_violation USING MESSAGE = 'the safety gate is shut', CONSTRAINT = 'disclosure_gate';
  END IF;
  IF NEW.gateway IN ('right_to_know', 'right_to_ask') AND NOT EXISTS (
    SELECT FROM action WHERE action.action_id = NEW.action_id AND action.reaches = 'disclosure'
  ) THEN
    RAISE check_violation USING MESSAGE = 'that action tells nobody anything', CONSTRAINT = 'disclosure_action';
  END IF;
  IF EXISTS (
    SELECT FROM action_step
    WHERE action_step.action_id = NEW.action_id AND action_step.to_state = 'closed' AND action_step.outcome <> 'done'
  ) THEN
    RAISE check_violation USING MESSAGE = 'that action was given up', CONSTRAINT = 'disclosure_given_up';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER safety_gate BEFORE INSERT ON disclosure FOR EACH ROW EXECUTE FUNCTION keep_the_disclosure();

-- What became of the referrals to a service, as counts: also to the service itself, which no longer sees those that it
-- declined or closed. waited: in seconds from receipt to the start, or until now for those who wait for one.
CREATE FUNCTION acting.referral_totals(wanted uuid, from_at timestamptz, to_at timestamptz)
RETURNS TABLE (
  pathway text, tier text, state text, closure text, is_again boolean, has_started boolean, referrals bigint,
  waited double precision
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT referral.pathway, referral.tier, referral.state, referral.closure, referral.follows_id IS NOT NULL,
    referral.started_at IS NOT NULL, count(*),
    coalesce(sum(extract(epoch FROM coalesce(
      referral.started_at, CASE WHEN referral.state IN ('accepted', 'waiting') THEN statement_timestamp() END
    ) - referral.received_at)), 0)::double precision
  FROM referral
  WHERE referral.service_id = wanted
    AND (referral_totals.from_at IS NULL OR referral.received_at >= referral_totals.from_at)
    AND (referral_totals.to_at IS NULL OR referral.received_at < referral_totals.to_at)
    AND (
      referral.panel_id IN (SELECT acting.panels('referrals', 'read'))
      OR (
        referral.service_id = (SELECT acting.service_id())
        AND EXISTS (
          SELECT FROM acting.roles() AS held
          WHERE held.role IN ('provider', 'service_manager')
            AND (held.panel_id IS NULL OR held.panel_id = referral.panel_id)
        )
      )
    )
  GROUP BY 1, 2, 3, 4, 5, 6
$$;

-- For an import, by whoever may not know who is referred: what a run says anew of them, as kinds and days. It answers to
-- the transaction alone that imports the run, and only where the run is the newest of its panel area.
CREATE FUNCTION acting.raise_alerts(wanted_run uuid) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  raised bigint;
BEGIN
  WITH this AS (
    SELECT list_run.run_id, list_run.panel_id, list_run.as_of
    FROM list_run
    WHERE list_run.run_id = wanted_run AND list_run.imported_by = acting.user_id()
      AND list_run.xmin = pg_current_xact_id()::xid
      AND NOT EXISTS (
        SELECT FROM list_run AS newer WHERE newer.panel_id = list_run.panel_id AND newer.as_of > list_run.as_of
      )
  ), before AS (
    SELECT list_run.run_id, list_run.as_of FROM list_run JOIN this ON this.panel_id = list_run.panel_id
    WHERE list_run.run_id <> this.run_id
  ), followed AS (
    SELECT referral.referral_id, referral.subject_id, referral.panel_id, referral.service_id,
      (referral.received_at AT TIME ZONE 'Europe/London')::date AS received_on, this.run_id, this.as_of,
      EXISTS (
        SELECT FROM history_event JOIN before ON before.run_id = history_event.run_id
        WHERE history_event.subject_id = referral.subject_id
      ) AS was_known
    FROM referral JOIN this ON this.panel_id = referral.panel_id
    WHERE referral.state NOT IN ('declined', 'closed')
  ), incident AS (
    SELECT followed.referral_id, 'new_incident' AS kind, event.occurred_at::date AS happened_on
    FROM followed JOIN history_event AS event
      ON event.run_id = followed.run_id AND event.subject_id = followed.subject_id
    WHERE event.role = 'suspect' AND event.is_domestic AND NOT event.is_cancelled
      AND (followed.was_known OR event.recorded_at::date >= followed.received_on)
      AND NOT EXISTS (
        SELECT FROM history_event AS known JOIN before ON before.run_id = known.run_id
        WHERE known.subject_id = followed.subject_id AND known.incident_id = event.incident_id
      )
  ), breach AS (
    SELECT followed.referral_id, 'order_breach' AS kind, breached.at::date AS happened_on
    FROM followed JOIN case_order ON case_order.run_id = followed.run_id AND case_order.subject_id = followed.subject_id
    CROSS JOIN LATERAL unnest(case_order.breaches) AS breached (at)
    WHERE (followed.was_known OR breached.at::date >= followed.received_on)
      AND NOT EXISTS (
        SELECT FROM case_order AS known JOIN before ON before.run_id = known.run_id
        WHERE known.subject_id = followed.subject_id AND known.order_id = case_order.order_id
          AND breached.at = ANY (known.breaches)
      )
  ), graded AS (
    SELECT DISTINCT ON (followed.referral_id) followed.referral_id, followed.subject_id, event.occurred_at,
      array_position(ARRAY['standard', 'medium', 'high'], event.risk_grade) AS grade
    FROM followed JOIN history_event AS event
      ON event.run_id = followed.run_id AND event.subject_id = followed.subject_id
    WHERE event.role = 'suspect' AND event.risk_grade IN ('standard', 'medium', 'high') AND NOT event.is_cancelled
    ORDER BY followed.referral_id, event.occurred_at DESC, event.row_id DESC
  ), grade_up AS (
    SELECT graded.referral_id, 'risk_grade_up' AS kind, graded.occurred_at::date AS happened_on
    FROM graded CROSS JOIN LATERAL (
      SELECT array_position(ARRAY['standard', 'medium', 'high'], event.risk_grade) AS grade
      FROM history_event AS event JOIN before ON before.run_id = event.run_id
      WHERE event.subject_id = graded.subject_id AND event.role = 'suspect' AND NOT event.is_cancelled
        AND event.risk_grade IN ('standard', 'medium', 'high') AND event.occurred_at < graded.occurred_at
      ORDER BY before.as_of DESC, event.occurred_at DESC, event.row_id DESC LIMIT 1
    ) AS earlier
    WHERE graded.grade > earlier.grade
  ), release AS (
    SELECT followed.referral_id, 'release_from_custody' AS kind, case_standing.to_at::date AS happened_on
    FROM followed JOIN case_standing
      ON case_standing.run_id = followed.run_id AND case_standing.subject_id = followed.subject_id
    WHERE case_standing.kind = 'prison' AND case_standing.to_at::date <= followed.as_of + 28
      AND case_standing.to_at::date >= coalesce((SELECT max(before.as_of) FROM before), followed.received_on)
  ), told AS (
    SELECT * FROM incident UNION SELECT * FROM breach UNION SELECT * FROM grade_up UNION SELECT * FROM release
  )
  INSERT INTO risk_alert (
    alert_id, subject_id, panel_id, referral_id, service_id, kind, happened_on, raised_at, raised_by
  )
  SELECT gen_random_uuid(), followed.subject_id, followed.panel_id, followed.referral_id, followed.service_id, told.kind,
    told.happened_on, now(), acting.user_id()
  FROM told JOIN followed ON followed.referral_id = told.referral_id
  ON CONFLICT DO NOTHING;
  GET DIAGNOSTICS raised = ROW_COUNT;
  RETURN raised;
END
$$;

GRANT CREATE ON SCHEMA public TO mat_acting;
ALTER FUNCTION keep_the_referral() OWNER TO mat_acting;
ALTER FUNCTION follow_the_referral() OWNER TO mat_acting;
ALTER FUNCTION keep_the_disclosure() OWNER TO mat_acting;
ALTER FUNCTION keep_the_share() OWNER TO mat_acting;
ALTER FUNCTION acting.referral_totals(uuid, timestamptz, timestamptz) OWNER TO mat_acting;
ALTER FUNCTION acting.raise_alerts(uuid) OWNER TO mat_acting;
REVOKE CREATE ON SCHEMA public FROM mat_acting;
SET LOCAL ROLE mat_acting;
REVOKE EXECUTE ON FUNCTION keep_the_referral(), follow_the_referral(), keep_the_disclosure(), keep_the_share(),
  acting.referral_totals(uuid, timestamptz, timestamptz), acting.raise_alerts(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION acting.referral_totals(uuid, timestamptz, timestamptz), acting.raise_alerts(uuid) TO mat_app;
SET LOCAL ROLE mat_owner;
