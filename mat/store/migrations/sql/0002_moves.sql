-- Frozen: from which state of the panel's work which follows, and what each says for themselves alone, revision 0002.

-- Arguments: the states that a row begins in, and each move, as from>to. A row that nobody acting writes is let through.
CREATE FUNCTION keep_the_moves() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF acting.user_id() IS NOT NULL AND (
    TG_OP = 'INSERT' AND NEW.state <> ALL (string_to_array(TG_ARGV[0], ' '))
    OR TG_OP = 'UPDATE' AND NEW.state <> OLD.state
      AND OLD.state || '>' || NEW.state <> ALL (string_to_array(TG_ARGV[1], ' '))
  ) THEN
    RAISE check_violation USING MESSAGE = format('no %s moves so', TG_TABLE_NAME), CONSTRAINT = 'moves';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER walks_its_moves BEFORE INSERT OR UPDATE ON meeting FOR EACH ROW
EXECUTE FUNCTION keep_the_moves(
  'planned',
  'open>closed planned>cancelled planned>released released>cancelled released>open'
);
CREATE TRIGGER walks_its_moves BEFORE INSERT OR UPDATE ON agenda_item FOR EACH ROW
EXECUTE FUNCTION keep_the_moves(
  'waiting',
  'discussed>decided discussed>deferred waiting>deferred waiting>discussed'
);
CREATE TRIGGER walks_its_moves BEFORE INSERT OR UPDATE ON nomination FOR EACH ROW
EXECUTE FUNCTION keep_the_moves(
  'received',
  'not_now>excluded not_now>proposed not_now>withdrawn proposed>adopted proposed>excluded proposed>not_now'
  ' proposed>withdrawn received>excluded received>not_now received>proposed received>withdrawn'
);
CREATE TRIGGER walks_its_moves BEFORE INSERT OR UPDATE ON panel_case FOR EACH ROW
EXECUTE FUNCTION keep_the_moves(
  'active',
  'active>discharged discharged>active'
);
CREATE TRIGGER walks_its_moves BEFORE INSERT OR UPDATE ON research_request FOR EACH ROW
EXECUTE FUNCTION keep_the_moves(
  'asked',
  'asked>nothing_held asked>shared asked>withdrawn asked>withheld nothing_held>shared withheld>shared'
);
CREATE TRIGGER walks_its_moves BEFORE INSERT OR UPDATE ON action FOR EACH ROW
EXECUTE FUNCTION keep_the_moves(
  'open',
  'accepted>blocked accepted>closed accepted>started blocked>closed blocked>open done>accepted'
  ' done>closed open>accepted open>blocked open>closed started>blocked started>closed started>done'
);
CREATE TRIGGER walks_its_moves BEFORE INSERT OR UPDATE ON kept_order FOR EACH ROW
EXECUTE FUNCTION keep_the_moves(
  'issued in_force expired',
  'in_force>discharged in_force>expired in_force>in_force in_force>refused issued>discharged issued>expired'
  ' issued>in_force issued>refused'
);
CREATE TRIGGER walks_its_moves BEFORE INSERT OR UPDATE ON disclosure FOR EACH ROW
EXECUTE FUNCTION keep_the_moves(
  'running',
  'expired>recalled expired>returned recalled>returned running>expired running>recalled running>returned'
);

-- What somebody says is changed under their own name alone. The first argument is the column with the name.
CREATE FUNCTION keep_words_own() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF to_jsonb(NEW) ->> TG_ARGV[0] IS DISTINCT FROM acting.user_id()::text AND acting.user_id() IS NOT NULL
    AND EXISTS (
      SELECT FROM unnest(TG_ARGV) AS said WHERE to_jsonb(OLD) -> said IS DISTINCT FROM to_jsonb(NEW) -> said
    ) THEN
    RAISE check_violation USING MESSAGE = 'words stand under the name of whoever says them', CONSTRAINT = 'own_words';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER own_words BEFORE UPDATE ON nomination
FOR EACH ROW EXECUTE FUNCTION keep_words_own('decided_by', 'decided_at', 'decided_reason', 'state', 'review_on');
CREATE TRIGGER own_words BEFORE UPDATE ON panel_case FOR EACH ROW
EXECUTE FUNCTION keep_words_own('told_by', 'told', 'told_on', 'told_what', 'not_told_why', 'told_review_on');
CREATE TRIGGER own_words BEFORE UPDATE ON research_request FOR EACH ROW
EXECUTE FUNCTION keep_words_own('answered_by', 'answered_at', 'answer', 'statement_type', 'withheld_why');
CREATE TRIGGER own_words BEFORE UPDATE ON referral_check
FOR EACH ROW EXECUTE FUNCTION keep_words_own('answered_by', 'answered_at', 'answer', 'override_reason');
CREATE TRIGGER own_words BEFORE UPDATE ON risk_alert FOR EACH ROW EXECUTE FUNCTION keep_words_own('seen_by', 'seen_at');
CREATE TRIGGER said_once BEFORE UPDATE ON agenda_item
FOR EACH ROW EXECUTE FUNCTION keep_what_was_said('locked_by', 'locked_at');
CREATE TRIGGER said_once BEFORE UPDATE ON disclosure
FOR EACH ROW EXECUTE FUNCTION keep_what_was_said('recalled_by', 'recalled_at', 'recall_reason');

-- What is refused where its trigger's condition holds; the argument says why.
CREATE FUNCTION refuse_so() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RAISE check_violation USING MESSAGE = TG_ARGV[0], CONSTRAINT = TG_NAME;
END
$$;

-- A service answers, judges and signs for itself, and signs once; a panel alone says what is its own to say.
CREATE TRIGGER own_answer BEFORE UPDATE ON research_request FOR EACH ROW
WHEN (NEW.answered_by IS DISTINCT FROM OLD.answered_by AND NEW.service_id <> acting.service_id())
EXECUTE FUNCTION refuse_so('a service answers for itself');
CREATE TRIGGER own_seat BEFORE UPDATE ON seat FOR EACH ROW
WHEN (
  acting.user_id() IS NOT NULL AND (
    OLD.signed_at IS NOT NULL
    OR (NEW.user_id IS DISTINCT FROM OLD.user_id OR NEW.signed_at IS DISTINCT FROM OLD.signed_at)
      AND (
        NEW.user_id IS DISTINCT FROM acting.user_id() OR NEW.service_id IS DISTINCT FROM acting.service_id()
        OR NEW.signed_at IS DISTINCT FROM transaction_timestamp()
      )
  )
)
EXECUTE FUNCTION refuse_so('whoever comes signs for themselves, once');
CREATE POLICY unsigned ON seat AS RESTRICTIVE FOR INSERT TO mat_app WITH CHECK (signed_at IS NULL AND user_id IS NULL);
CREATE POLICY own_judgement ON blind_judgement AS RESTRICTIVE FOR INSERT TO mat_app
WITH CHECK (service_id = (SELECT acting.service_id()));
CREATE POLICY of_the_panel ON risk_alert AS RESTRICTIVE FOR INSERT TO mat_app
WITH CHECK (acting.holds_for(panel_id, 'coordinator', 'chair'));

-- A meeting closes with nothing left open, and stays as it ended; what it decided is the chair's to say and to lock, and
-- what is locked takes nothing more but an entry with the reason why it comes late.
CREATE FUNCTION keep_the_meeting() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM acting.open_work(NEW.meeting_id) AS work WHERE work.undecided = 0 AND work.unjudged = 0
  ) THEN
    RAISE check_violation USING MESSAGE = 'cases are undecided or judgements open', CONSTRAINT = 'open_work';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER open_work BEFORE UPDATE ON meeting FOR EACH ROW
WHEN (NEW.state = 'closed' AND OLD.state <> 'closed' AND acting.user_id() IS NOT NULL)
EXECUTE FUNCTION keep_the_meeting();
CREATE TRIGGER stays_as_it_ended BEFORE UPDATE ON meeting FOR EACH ROW
WHEN (OLD.state IN ('closed', 'cancelled') AND acting.user_id() IS NOT NULL)
EXECUTE FUNCTION refuse_so('a meeting that has ended stays as it was');
CREATE TRIGGER lock_of_the_chair BEFORE UPDATE ON agenda_item FOR EACH ROW
WHEN (
  NEW.state = 'decided' AND OLD.state <> 'decided' AND acting.user_id() IS NOT NULL
  AND NOT acting.holds_for(NEW.panel_id, 'chair')
)
EXECUTE FUNCTION refuse_so('the chair locks what was decided');
CREATE TRIGGER stays_locked BEFORE UPDATE ON agenda_item FOR EACH ROW
WHEN (OLD.state = 'decided' AND (NEW.place, NEW.minutes) IS DISTINCT FROM (OLD.place, OLD.minutes))
EXECUTE FUNCTION refuse_so('what is locked stays as it was');
CREATE FUNCTION keep_the_lock() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM decision WHERE decision.item_id = NEW.item_id) THEN
    RAISE check_violation USING MESSAGE = 'nothing was decided', CONSTRAINT = 'nothing_decided';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER nothing_decided BEFORE UPDATE ON agenda_item FOR EACH ROW
WHEN (NEW.state = 'decided' AND OLD.state <> 'decided' AND acting.user_id() IS NOT NULL)
EXECUTE FUNCTION keep_the_lock();
CREATE POLICY of_the_chair ON decision AS RESTRICTIVE FOR INSERT TO mat_app WITH CHECK (
  acting.holds_for(panel_id, 'chair') AND EXISTS (
    SELECT FROM agenda_item
    WHERE agenda_item.item_id = decision.item_id AND (
      agenda_item.state = 'discussed'
      OR agenda_item.state = 'decided' AND agenda_item.late_reason IS NOT NULL
        AND agenda_item.xmin = pg_current_xact_id()::xid
    )
  )
);
CREATE POLICY while_discussed ON minute_line AS RESTRICTIVE FOR INSERT TO mat_app WITH CHECK (
  EXISTS (SELECT FROM agenda_item WHERE agenda_item.item_id = minute_line.item_id AND agenda_item.state = 'discussed')
);

-- A case or a service comes to a meeting of its own panel area before that has begun; while it is open a case is
-- discussed and decided, and the register signed; of one that has ended nothing changes but by a late entry.
CREATE FUNCTION keep_to_the_meeting() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  held meeting;
BEGIN
  IF acting.user_id() IS NULL THEN
    RETURN NEW;
  END IF;
  SELECT * INTO held FROM meeting WHERE meeting.meeting_id = NEW.meeting_id;
  IF held.panel_id IS DISTINCT FROM NEW.panel_id OR NOT held.state = ANY (string_to_array(TG_ARGV[0], ' ')) THEN
    RAISE check_violation USING MESSAGE = 'that is no time for it at that meeting', CONSTRAINT = 'time_of_meeting';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER before_it_begins BEFORE INSERT ON agenda_item FOR EACH ROW
EXECUTE FUNCTION keep_to_the_meeting('planned released');
CREATE TRIGGER before_it_begins BEFORE INSERT ON seat FOR EACH ROW
EXECUTE FUNCTION keep_to_the_meeting('planned released');
CREATE TRIGGER while_open BEFORE UPDATE ON agenda_item FOR EACH ROW
WHEN (NEW.state <> OLD.state AND (NEW.state = 'discussed' OR NEW.state = 'decided'))
EXECUTE FUNCTION keep_to_the_meeting('open');
CREATE TRIGGER before_it_ends BEFORE UPDATE ON agenda_item FOR EACH ROW
WHEN (NEW.state = 'deferred' AND OLD.state <> 'deferred' OR NEW.place <> OLD.place OR NEW.minutes <> OLD.minutes)
EXECUTE FUNCTION keep_to_the_meeting('planned released open');
CREATE TRIGGER while_open BEFORE UPDATE ON seat FOR EACH ROW
WHEN (NEW.signed_at IS DISTINCT FROM OLD.signed_at)
EXECUTE FUNCTION keep_to_the_meeting('open');
CREATE TRIGGER before_it_ends BEFORE UPDATE ON seat FOR EACH ROW EXECUTE FUNCTION keep_to_the_meeting('released open');

-- An action is made by the panel; the service that owns it accepts, starts, blocks and finishes it, and those who answer
-- for the panel say that it is done, or not, and by when. What the shipped catalogue knows to be noticed is noticed.
CREATE FUNCTION keep_the_action() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  is_owner boolean := NEW.service_id = acting.service_id();
  answers_for_it boolean := acting.holds_for(NEW.panel_id, 'coordinator', 'chair');
BEGIN
  IF acting.user_id() IS NULL THEN
    RETURN NEW;
  END IF;
  IF TG_OP = 'INSERT' THEN
    IF NOT answers_for_it THEN
      RAISE insufficient_privilege USING MESSAGE = 'an action is made by the panel';
    END IF;
    IF NEW.reaches = 'nothing' AND NEW.code IN (
      'acceptable_behaviour_contract', 'arrest', 'bail_and_curfew_check', 'behaviour_change', 'breach_of_order',
      'child_pathway', 'community_protection_notice', 'criminal_behaviour_order', 'debt_and_benefits', 'drive_case',
      'early_response', 'housing_move_on', 'injunction', 'mental_health', 'neighbourhood_contact',
      'notification_letter', 'notification_visit', 'parenting', 'possession', 'protection_notice', 'recall',
      'right_to_know', 'safeguarding_referral', 'stalking_protection_order', 'substance_use', 'tenancy_visit',
      'tenancy_warning'
    ) THEN
      RAISE check_violation USING MESSAGE = 'the suspect would notice that', CONSTRAINT = 'is_noticed';
    END IF;
    RETURN NEW;
  END IF;
  IF NEW.state <> OLD.state
    AND NOT (CASE WHEN NEW.state = 'closed' OR OLD.state = 'done' THEN answers_for_it ELSE is_owner END) THEN
    RAISE insufficient_privilege USING MESSAGE = 'an action is moved by whoever owns it, and ended by the panel';
  END IF;
  IF (NEW.due_on, NEW.carried_over) IS DISTINCT FROM (OLD.due_on, OLD.carried_over) AND NOT answers_for_it THEN
    RAISE insufficient_privilege USING MESSAGE = 'the panel says by when';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER whose_it_is BEFORE INSERT OR UPDATE ON action FOR EACH ROW EXECUTE FUNCTION keep_the_action();

-- Every move of an action is in its steps, and every step says how the action stands.
CREATE FUNCTION keep_the_step() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF acting.user_id() IS NULL THEN
    RETURN NULL;
  END IF;
  IF TG_TABLE_NAME = 'action_step' THEN
    IF NEW.moved_at <> now() OR NOT EXISTS (
      SELECT FROM action
      WHERE action.action_id = NEW.action_id AND action.state = NEW.to_state AND action.xmin = pg_current_xact_id()::xid
    ) THEN
      RAISE check_violation USING MESSAGE = 'a step says how the action stands', CONSTRAINT = 'step_is_so';
    END IF;
  ELSIF NOT EXISTS (
    SELECT FROM action_step
    WHERE action_step.action_id = NEW.action_id AND action_step.to_state = NEW.state
      AND action_step.from_state = OLD.state AND action_step.xmin = pg_current_xact_id()::xid
  ) THEN
    RAISE check_violation USING MESSAGE = 'a move of an action is in its steps', CONSTRAINT = 'step_is_there';
  END IF;
  RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER step_is_so AFTER INSERT ON action_step DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION keep_the_step();
CREATE CONSTRAINT TRIGGER step_is_there AFTER UPDATE ON action DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW WHEN (NEW.state <> OLD.state) EXECUTE FUNCTION keep_the_step();

-- Somebody is told of a suspect by an action of that kind alone, whose gate is open.
CREATE TRIGGER action_behind BEFORE INSERT ON disclosure FOR EACH ROW
WHEN (
  NEW.gateway IN ('right_to_know', 'right_to_ask') AND NEW.action_id IS NULL AND acting.user_id() IS NOT NULL
)
EXECUTE FUNCTION refuse_so('a person is told by an action, which waits for the safety gate');

GRANT CREATE ON SCHEMA public TO mat_acting;
ALTER FUNCTION keep_the_action() OWNER TO mat_acting;
ALTER FUNCTION keep_the_step() OWNER TO mat_acting;
ALTER FUNCTION keep_to_the_meeting() OWNER TO mat_acting;
REVOKE CREATE ON SCHEMA public FROM mat_acting;
REVOKE EXECUTE ON FUNCTION keep_the_moves(), keep_words_own(), refuse_so(), keep_the_meeting(), keep_the_lock()
FROM PUBLIC;
SET LOCAL ROLE mat_acting;
REVOKE EXECUTE ON FUNCTION keep_the_action(), keep_the_step(), keep_to_the_meeting() FROM PUBLIC;
SET LOCAL ROLE mat_owner;
