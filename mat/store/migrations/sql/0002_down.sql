-- Frozen: takes away all that revision 0002 made.
DROP TABLE
  safety_override, kept_breach, disclosure, action_step, safety_check, risk_alert, referral_event,
  referral_check, referral_answer, process_link, minute_line, kept_order, decision, action, seat,
  research_request, referral, panel_mark, panel_case, nomination_form, nomination, nobody_known, hold_owner,
  capacity, blind_judgement, agenda_item, meeting
CASCADE;
DROP FUNCTION keep_the_gate(), keep_the_moves(), keep_words_own(), refuse_so(), keep_the_meeting(), keep_the_lock(),
  keep_the_action(), keep_the_step();
DROP FUNCTION IF EXISTS acting.today(), acting.gate_of(uuid), acting.current_victims(uuid), acting.open_work(uuid), acting.open_judgements(uuid),
  acting.judgements_due(uuid), acting.agenda_load(uuid);
SET LOCAL ROLE mat_acting;
DO $$
DECLARE
  asked regprocedure;
BEGIN
  FOREACH asked IN ARRAY ARRAY['acting.hidden(boolean)', 'acting.facts_of(uuid[])']::regprocedure[] LOOP
    EXECUTE replace(pg_get_functiondef(asked), ', ''meetings'', ''seats'')', ')');
  END LOOP;
END
$$;
SET LOCAL ROLE mat_owner;
ALTER TABLE access_rule NO FORCE ROW LEVEL SECURITY;
DELETE FROM access_rule WHERE field_group IN (
  'nominations', 'judgements', 'panel_record', 'marks', 'minutes', 'research', 'actions', 'safety',
  'safety_overrides', 'gate_statements', 'orders', 'process_links', 'referrals', 'referral_answers',
  'disclosures', 'meetings', 'seats'
);
ALTER TABLE access_rule FORCE ROW LEVEL SECURITY;
ALTER TABLE share NO FORCE ROW LEVEL SECURITY;
DELETE FROM share WHERE basis = 'triage';
ALTER TABLE share FORCE ROW LEVEL SECURITY;
ALTER TABLE access_rule DROP CONSTRAINT ck_access_rule_basis;
ALTER TABLE access_rule ADD CONSTRAINT ck_access_rule_basis CHECK (basis IN ('panel', 'agenda', 'action', 'action_address', 'referral', 'client', 'child_services', 'need_to_know', 'incident', 'overlap', 'break_glass'));
ALTER TABLE share DROP CONSTRAINT ck_share_basis;
ALTER TABLE share ADD CONSTRAINT ck_share_basis CHECK (basis IN ('panel', 'agenda', 'action', 'action_address', 'referral', 'client', 'child_services', 'need_to_know', 'incident', 'overlap', 'break_glass'));
