-- Frozen: who may see and do what with the panel's work, revision 0002: the rules of the policy file, and row-level security.
ALTER TABLE access_rule NO FORCE ROW LEVEL SECURITY;
INSERT INTO access_rule (role, field_group, basis, deed) VALUES
  ('analyst', 'nominations', 'panel', 'read'),
  ('coordinator', 'nominations', 'panel', 'read'),
  ('chair', 'nominations', 'panel', 'read'),
  ('panel_member', 'nominations', 'agenda', 'read'),
  ('auditor', 'nominations', 'incident', 'read'),
  ('dpo', 'nominations', 'panel', 'read'),
  ('named_reviewer', 'nominations', 'panel', 'read'),
  ('analyst', 'nominations', 'panel', 'write'),
  ('coordinator', 'nominations', 'panel', 'write'),
  ('chair', 'nominations', 'panel', 'write'),
  ('named_reviewer', 'nominations', 'panel', 'write'),
  ('analyst', 'judgements', 'panel', 'read'),
  ('coordinator', 'judgements', 'panel', 'read'),
  ('chair', 'judgements', 'panel', 'read'),
  ('panel_member', 'judgements', 'agenda', 'read'),
  ('dpo', 'judgements', 'panel', 'read'),
  ('named_reviewer', 'judgements', 'panel', 'read'),
  ('analyst', 'judgements', 'panel', 'write'),
  ('coordinator', 'judgements', 'panel', 'write'),
  ('chair', 'judgements', 'panel', 'write'),
  ('panel_member', 'judgements', 'agenda', 'write'),
  ('named_reviewer', 'judgements', 'panel', 'write'),
  ('analyst', 'panel_record', 'panel', 'read'),
  ('coordinator', 'panel_record', 'panel', 'read'),
  ('chair', 'panel_record', 'panel', 'read'),
  ('panel_member', 'panel_record', 'agenda', 'read'),
  ('panel_member', 'panel_record', 'action', 'read'),
  ('panel_member', 'panel_record', 'action_address', 'read'),
  ('victim_service', 'panel_record', 'client', 'read'),
  ('dpo', 'panel_record', 'panel', 'read'),
  ('named_reviewer', 'panel_record', 'panel', 'read'),
  ('analyst', 'panel_record', 'panel', 'write'),
  ('coordinator', 'panel_record', 'panel', 'write'),
  ('chair', 'panel_record', 'panel', 'write'),
  ('analyst', 'marks', 'panel', 'read'),
  ('coordinator', 'marks', 'panel', 'read'),
  ('chair', 'marks', 'panel', 'read'),
  ('model_owner', 'marks', 'panel', 'read'),
  ('dpo', 'marks', 'panel', 'read'),
  ('analyst', 'marks', 'panel', 'write'),
  ('coordinator', 'marks', 'panel', 'write'),
  ('chair', 'marks', 'panel', 'write'),
  ('analyst', 'minutes', 'panel', 'read'),
  ('coordinator', 'minutes', 'panel', 'read'),
  ('chair', 'minutes', 'panel', 'read'),
  ('panel_member', 'minutes', 'agenda', 'read'),
  ('dpo', 'minutes', 'panel', 'read'),
  ('named_reviewer', 'minutes', 'panel', 'read'),
  ('analyst', 'minutes', 'panel', 'write'),
  ('coordinator', 'minutes', 'panel', 'write'),
  ('chair', 'minutes', 'panel', 'write'),
  ('analyst', 'research', 'panel', 'read'),
  ('coordinator', 'research', 'panel', 'read'),
  ('chair', 'research', 'panel', 'read'),
  ('panel_member', 'research', 'agenda', 'read'),
  ('dpo', 'research', 'panel', 'read'),
  ('named_reviewer', 'research', 'panel', 'read'),
  ('analyst', 'research', 'panel', 'write'),
  ('coordinator', 'research', 'panel', 'write'),
  ('panel_member', 'research', 'agenda', 'write'),
  ('analyst', 'actions', 'panel', 'read'),
  ('coordinator', 'actions', 'panel', 'read'),
  ('chair', 'actions', 'panel', 'read'),
  ('panel_member', 'actions', 'agenda', 'read'),
  ('panel_member', 'actions', 'action', 'read'),
  ('panel_member', 'actions', 'action_address', 'read'),
  ('victim_service', 'actions', 'client', 'read'),
  ('dpo', 'actions', 'panel', 'read'),
  ('named_reviewer', 'actions', 'panel', 'read'),
  ('coordinator', 'actions', 'panel', 'write'),
  ('chair', 'actions', 'panel', 'write'),
  ('panel_member', 'actions', 'action', 'write'),
  ('panel_member', 'actions', 'action_address', 'write'),
  ('coordinator', 'safety', 'panel', 'read'),
  ('chair', 'safety', 'panel', 'read'),
  ('victim_service', 'safety', 'client', 'read'),
  ('dpo', 'safety', 'panel', 'read'),
  ('coordinator', 'safety', 'panel', 'write'),
  ('victim_service', 'safety', 'client', 'write'),
  ('coordinator', 'safety_overrides', 'panel', 'read'),
  ('chair', 'safety_overrides', 'panel', 'read'),
  ('victim_service', 'safety_overrides', 'client', 'read'),
  ('dpo', 'safety_overrides', 'panel', 'read'),
  ('chair', 'safety_overrides', 'panel', 'write'),
  ('coordinator', 'gate_statements', 'panel', 'read'),
  ('chair', 'gate_statements', 'panel', 'read'),
  ('dpo', 'gate_statements', 'panel', 'read'),
  ('coordinator', 'gate_statements', 'panel', 'write'),
  ('analyst', 'orders', 'panel', 'read'),
  ('coordinator', 'orders', 'panel', 'read'),
  ('chair', 'orders', 'panel', 'read'),
  ('panel_member', 'orders', 'agenda', 'read'),
  ('panel_member', 'orders', 'action', 'read'),
  ('panel_member', 'orders', 'action_address', 'read'),
  ('victim_service', 'orders', 'client', 'read'),
  ('dpo', 'orders', 'panel', 'read'),
  ('named_reviewer', 'orders', 'panel', 'read'),
  ('analyst', 'orders', 'panel', 'write'),
  ('coordinator', 'orders', 'panel', 'write'),
  ('analyst', 'process_links', 'panel', 'read'),
  ('coordinator', 'process_links', 'panel', 'read'),
  ('chair', 'process_links', 'panel', 'read'),
  ('panel_member', 'process_links', 'agenda', 'read'),
  ('victim_service', 'process_links', 'client', 'read'),
  ('dpo', 'process_links', 'panel', 'read'),
  ('named_reviewer', 'process_links', 'panel', 'read'),
  ('analyst', 'process_links', 'panel', 'write'),
  ('coordinator', 'process_links', 'panel', 'write'),
  ('coordinator', 'referrals', 'panel', 'read'),
  ('chair', 'referrals', 'panel', 'read'),
  ('provider', 'referrals', 'triage', 'read'),
  ('provider', 'referrals', 'referral', 'read'),
  ('dpo', 'referrals', 'panel', 'read'),
  ('coordinator', 'referrals', 'panel', 'write'),
  ('chair', 'referrals', 'panel', 'write'),
  ('provider', 'referrals', 'triage', 'write'),
  ('provider', 'referrals', 'referral', 'write'),
  ('coordinator', 'referral_answers', 'panel', 'read'),
  ('chair', 'referral_answers', 'panel', 'read'),
  ('victim_service', 'referral_answers', 'client', 'read'),
  ('provider', 'referral_answers', 'triage', 'read'),
  ('provider', 'referral_answers', 'referral', 'read'),
  ('dpo', 'referral_answers', 'panel', 'read'),
  ('coordinator', 'referral_answers', 'panel', 'write'),
  ('chair', 'referral_answers', 'panel', 'write'),
  ('provider', 'referral_answers', 'triage', 'write'),
  ('provider', 'referral_answers', 'referral', 'write'),
  ('coordinator', 'disclosures', 'panel', 'read'),
  ('chair', 'disclosures', 'panel', 'read'),
  ('auditor', 'disclosures', 'panel', 'read'),
  ('dpo', 'disclosures', 'panel', 'read'),
  ('named_reviewer', 'disclosures', 'panel', 'read'),
  ('coordinator', 'disclosures', 'panel', 'write'),
  ('chair', 'disclosures', 'panel', 'write'),
  ('dpo', 'disclosures', 'panel', 'write'),
  ('named_reviewer', 'disclosures', 'panel', 'write'),
  ('analyst', 'meetings', 'panel', 'read'),
  ('coordinator', 'meetings', 'panel', 'read'),
  ('chair', 'meetings', 'panel', 'read'),
  ('panel_member', 'meetings', 'panel', 'read'),
  ('victim_service', 'meetings', 'panel', 'read'),
  ('auditor', 'meetings', 'panel', 'read'),
  ('dpo', 'meetings', 'panel', 'read'),
  ('named_reviewer', 'meetings', 'panel', 'read'),
  ('analyst', 'meetings', 'panel', 'write'),
  ('coordinator', 'meetings', 'panel', 'write'),
  ('chair', 'meetings', 'panel', 'write'),
  ('analyst', 'seats', 'panel', 'read'),
  ('coordinator', 'seats', 'panel', 'read'),
  ('chair', 'seats', 'panel', 'read'),
  ('panel_member', 'seats', 'panel', 'read'),
  ('victim_service', 'seats', 'panel', 'read'),
  ('auditor', 'seats', 'panel', 'read'),
  ('dpo', 'seats', 'panel', 'read'),
  ('named_reviewer', 'seats', 'panel', 'read'),
  ('analyst', 'seats', 'panel', 'write'),
  ('coordinator', 'seats', 'panel', 'write'),
  ('chair', 'seats', 'panel', 'write');
ALTER TABLE access_rule FORCE ROW LEVEL SECURITY;

CREATE POLICY reading ON hold_owner FOR SELECT TO mat_app USING (
  panel_id IN (SELECT acting.panels('hold_work', 'read'))
  AND subject_id NOT IN (SELECT acting.barred())
);
CREATE POLICY adding ON hold_owner FOR INSERT TO mat_app WITH CHECK (
  panel_id IN (SELECT acting.panels('hold_work', 'write'))
  AND subject_id NOT IN (SELECT acting.closed())
);
CREATE POLICY changing ON hold_owner FOR UPDATE TO mat_app USING (
  panel_id IN (SELECT acting.panels('hold_work', 'write'))
  AND subject_id NOT IN (SELECT acting.barred())
);

CREATE POLICY reading ON nomination FOR SELECT TO mat_app USING (
  (panel_id IN (SELECT acting.panels('nominations', 'read')) OR subject_id IN (SELECT acting.shared('nominations', 'read')))
  AND subject_id NOT IN (SELECT acting.barred())
);
CREATE POLICY adding ON nomination FOR INSERT TO mat_app WITH CHECK (
  panel_id IN (SELECT acting.panels('nominations', 'write'))
  AND subject_id NOT IN (SELECT acting.closed())
);
CREATE POLICY changing ON nomination FOR UPDATE TO mat_app USING (
  panel_id IN (SELECT acting.panels('nominations', 'write'))
  AND subject_id NOT IN (SELECT acting.barred())
);

CREATE POLICY reading ON blind_judgement FOR SELECT TO mat_app USING (
  (panel_id IN (SELECT acting.panels('judgements', 'read')) OR (service_id = (SELECT acting.service_id()) AND subject_id IN (SELECT acting.shared('judgements', 'read'))))
  AND subject_id NOT IN (SELECT acting.barred())
);
CREATE POLICY adding ON blind_judgement FOR INSERT TO mat_app WITH CHECK (
  (panel_id IN (SELECT acting.panels('judgements', 'write')) OR (service_id = (SELECT acting.service_id()) AND subject_id IN (SELECT acting.shared('judgements', 'write'))))
  AND subject_id NOT IN (SELECT acting.closed())
);

CREATE POLICY reading ON panel_case FOR SELECT TO mat_app USING (
  (panel_id IN (SELECT acting.panels('panel_record', 'read')) OR subject_id IN (SELECT acting.shared('panel_record', 'read')))
  AND subject_id NOT IN (SELECT acting.barred())
);
CREATE POLICY adding ON panel_case FOR INSERT TO mat_app WITH CHECK (
  panel_id IN (SELECT acting.panels('panel_record', 'write'))
  AND subject_id NOT IN (SELECT acting.closed())
);
CREATE POLICY changing ON panel_case FOR UPDATE TO mat_app USING (
  panel_id IN (SELECT acting.panels('panel_record', 'write'))
  AND subject_id NOT IN (SELECT acting.barred())
);

CREATE POLICY reading ON agenda_item FOR SELECT TO mat_app USING (
  (panel_id IN (SELECT acting.panels('panel_record', 'read')) OR subject_id IN (SELECT acting.shared('panel_record', 'read')))
  AND subject_id NOT IN (SELECT acting.barred())
);
CREATE POLICY adding ON agenda_item FOR INSERT TO mat_app WITH CHECK (
  panel_id IN (SELECT acting.panels('panel_record', 'write'))
  AND subject_id NOT IN (SELECT acting.closed())
);
CREATE POLICY changing ON agenda_item FOR UPDATE TO mat_app USING (
  panel_id IN (SELECT acting.panels('panel_record', 'write'))
  AND subject_id NOT IN (SELECT acting.barred())
);

CREATE POLICY reading ON decision FOR SELECT TO mat_app USING (
  (panel_id IN (SELECT acting.panels('panel_record', 'read')) OR subject_id IN (SELECT acting.shared('panel_record', 'read')))
  AND subject_id NOT IN (SELECT acting.barred())
);
CREATE POLICY adding ON decision FOR INSERT TO mat_app WITH CHECK (
  panel_id IN (SELECT acting.panels('panel_record', 'write'))
  AND subject_id NOT IN (SELECT acting.closed())
);

CREATE POLICY reading ON panel_mark FOR SELECT TO mat_app USING (
  panel_id IN (SELECT acting.panels('marks', 'read'))
  AND subject_id NOT IN (SELECT acting.barred())
);
CREATE POLICY adding ON panel_mark FOR INSERT TO mat_app WITH CHECK (
  panel_id IN (SELECT acting.panels('marks', 'write'))
  AND subject_id NOT IN (SELECT acting.closed())
);

CREATE POLICY reading ON minute_line FOR SELECT TO mat_app USING (
  (panel_id IN (SELECT acting.panels('minutes', 'read')) OR subject_id IN (SELECT acting.shared('minutes', 'read')))
  AND subject_id NOT IN (SELECT acting.barred())
);
CREATE POLICY adding ON minute_line FOR INSERT TO mat_app WITH CHECK (
  panel_id IN (SELECT acting.panels('minutes', 'write'))
  AND subject_id NOT IN (SELECT acting.closed())
);

CREATE POLICY reading ON research_request FOR SELECT TO mat_app USING (
  (panel_id IN (SELECT acting.panels('research', 'read')) OR subject_id IN (SELECT acting.shared('research', 'read')))
  AND subject_id NOT IN (SELECT acting.barred())
);
CREATE POLICY adding ON research_request FOR INSERT TO mat_app WITH CHECK (
  (panel_id IN (SELECT acting.panels('research', 'write')) OR subject_id IN (SELECT acting.shared('research', 'write')))
  AND subject_id NOT IN (SELECT acting.closed())
);
CREATE POLICY changing ON research_request FOR UPDATE TO mat_app USING (
  (panel_id IN (SELECT acting.panels('research', 'write')) OR subject_id IN (SELECT acting.shared('research', 'write')))
  AND subject_id NOT IN (SELECT acting.barred())
);

CREATE POLICY reading ON action FOR SELECT TO mat_app USING (
  (
    panel_id IN (SELECT acting.panels('actions', 'read'))
    OR subject_id IN (
      SELECT running.subject_id FROM acting.running_shares('actions', 'read') AS running
      WHERE running.basis NOT IN ('action', 'action_address') OR action.service_id = (SELECT acting.service_id())
    )
  )
  AND subject_id NOT IN (SELECT acting.barred())
);
CREATE POLICY adding ON action FOR INSERT TO mat_app WITH CHECK (
  (panel_id IN (SELECT acting.panels('actions', 'write')) OR (service_id = (SELECT acting.service_id()) AND subject_id IN (SELECT acting.shared('actions', 'write'))))
  AND subject_id NOT IN (SELECT acting.closed())
);
CREATE POLICY changing ON action FOR UPDATE TO mat_app USING (
  (panel_id IN (SELECT acting.panels('actions', 'write')) OR (service_id = (SELECT acting.service_id()) AND subject_id IN (SELECT acting.shared('actions', 'write'))))
  AND subject_id NOT IN (SELECT acting.barred())
);

CREATE POLICY reading ON action_step FOR SELECT TO mat_app USING (
  (
    panel_id IN (SELECT acting.panels('actions', 'read'))
    OR subject_id IN (
      SELECT running.subject_id FROM acting.running_shares('actions', 'read') AS running
      WHERE running.basis NOT IN ('action', 'action_address') OR action_step.service_id = (SELECT acting.service_id())
    )
  )
  AND subject_id NOT IN (SELECT acting.barred())
);
CREATE POLICY adding ON action_step FOR INSERT TO mat_app WITH CHECK (
  (panel_id IN (SELECT acting.panels('actions', 'write')) OR (service_id = (SELECT acting.service_id()) AND subject_id IN (SELECT acting.shared('actions', 'write'))))
  AND subject_id NOT IN (SELECT acting.closed())
);

CREATE POLICY reading ON safety_check FOR SELECT TO mat_app USING (
  (panel_id IN (SELECT acting.panels('safety', 'read')) OR victim_id IN (SELECT acting.victims('safety', 'read')))
  AND subject_id NOT IN (SELECT acting.barred())
);
CREATE POLICY adding ON safety_check FOR INSERT TO mat_app WITH CHECK (
  (panel_id IN (SELECT acting.panels('safety', 'write')) OR victim_id IN (SELECT acting.victims('safety', 'write')))
  AND subject_id NOT IN (SELECT acting.closed())
);

CREATE POLICY reading ON safety_override FOR SELECT TO mat_app USING (
  (panel_id IN (SELECT acting.panels('safety_overrides', 'read')) OR victim_id IN (SELECT acting.victims('safety_overrides', 'read')))
  AND subject_id NOT IN (SELECT acting.barred())
);
CREATE POLICY adding ON safety_override FOR INSERT TO mat_app WITH CHECK (
  panel_id IN (SELECT acting.panels('safety_overrides', 'write'))
  AND subject_id NOT IN (SELECT acting.closed())
);

CREATE POLICY reading ON nobody_known FOR SELECT TO mat_app USING (
  panel_id IN (SELECT acting.panels('gate_statements', 'read'))
  AND subject_id NOT IN (SELECT acting.barred())
);
CREATE POLICY adding ON nobody_known FOR INSERT TO mat_app WITH CHECK (
  panel_id IN (SELECT acting.panels('gate_statements', 'write'))
  AND subject_id NOT IN (SELECT acting.closed())
);

CREATE POLICY reading ON kept_order FOR SELECT TO mat_app USING (
  (panel_id IN (SELECT acting.panels('orders', 'read')) OR subject_id IN (SELECT acting.shared('orders', 'read')))
  AND subject_id NOT IN (SELECT acting.barred())
);
CREATE POLICY adding ON kept_order FOR INSERT TO mat_app WITH CHECK (
  panel_id IN (SELECT acting.panels('orders', 'write'))
  AND subject_id NOT IN (SELECT acting.closed())
);
CREATE POLICY changing ON kept_order FOR UPDATE TO mat_app USING (
  panel_id IN (SELECT acting.panels('orders', 'write'))
  AND subject_id NOT IN (SELECT acting.barred())
);

CREATE POLICY reading ON kept_breach FOR SELECT TO mat_app USING (
  (panel_id IN (SELECT acting.panels('orders', 'read')) OR subject_id IN (SELECT acting.shared('orders', 'read')))
  AND subject_id NOT IN (SELECT acting.barred())
);
CREATE POLICY adding ON kept_breach FOR INSERT TO mat_app WITH CHECK (
  panel_id IN (SELECT acting.panels('orders', 'write'))
  AND subject_id NOT IN (SELECT acting.closed())
);

CREATE POLICY reading ON process_link FOR SELECT TO mat_app USING (
  (panel_id IN (SELECT acting.panels('process_links', 'read')) OR subject_id IN (SELECT acting.shared('process_links', 'read')))
  AND subject_id NOT IN (SELECT acting.barred())
);
CREATE POLICY adding ON process_link FOR INSERT TO mat_app WITH CHECK (
  panel_id IN (SELECT acting.panels('process_links', 'write'))
  AND subject_id NOT IN (SELECT acting.closed())
);
CREATE POLICY changing ON process_link FOR UPDATE TO mat_app USING (
  panel_id IN (SELECT acting.panels('process_links', 'write'))
  AND subject_id NOT IN (SELECT acting.barred())
);

CREATE POLICY reading ON referral FOR SELECT TO mat_app USING (
  (panel_id IN (SELECT acting.panels('referrals', 'read')) OR (service_id = (SELECT acting.service_id()) AND subject_id IN (SELECT acting.shared('referrals', 'read'))))
  AND subject_id NOT IN (SELECT acting.barred())
);
CREATE POLICY adding ON referral FOR INSERT TO mat_app WITH CHECK (
  (panel_id IN (SELECT acting.panels('referrals', 'write')) OR (service_id = (SELECT acting.service_id()) AND subject_id IN (SELECT acting.shared('referrals', 'write'))))
  AND subject_id NOT IN (SELECT acting.closed())
);
CREATE POLICY changing ON referral FOR UPDATE TO mat_app USING (
  (panel_id IN (SELECT acting.panels('referrals', 'write')) OR (service_id = (SELECT acting.service_id()) AND subject_id IN (SELECT acting.shared('referrals', 'write'))))
  AND subject_id NOT IN (SELECT acting.barred())
);

CREATE POLICY reading ON referral_event FOR SELECT TO mat_app USING (
  (panel_id IN (SELECT acting.panels('referrals', 'read')) OR (service_id = (SELECT acting.service_id()) AND subject_id IN (SELECT acting.shared('referrals', 'read'))))
  AND subject_id NOT IN (SELECT acting.barred())
);
CREATE POLICY adding ON referral_event FOR INSERT TO mat_app WITH CHECK (
  (panel_id IN (SELECT acting.panels('referrals', 'write')) OR (service_id = (SELECT acting.service_id()) AND subject_id IN (SELECT acting.shared('referrals', 'write'))))
  AND subject_id NOT IN (SELECT acting.closed())
);

CREATE POLICY reading ON referral_check FOR SELECT TO mat_app USING (
  (panel_id IN (SELECT acting.panels('referrals', 'read')) OR (service_id = (SELECT acting.service_id()) AND subject_id IN (SELECT acting.shared('referrals', 'read'))))
  AND subject_id NOT IN (SELECT acting.barred())
);
CREATE POLICY adding ON referral_check FOR INSERT TO mat_app WITH CHECK (
  (panel_id IN (SELECT acting.panels('referrals', 'write')) OR (service_id = (SELECT acting.service_id()) AND subject_id IN (SELECT acting.shared('referrals', 'write'))))
  AND subject_id NOT IN (SELECT acting.closed())
);
CREATE POLICY changing ON referral_check FOR UPDATE TO mat_app USING (
  (panel_id IN (SELECT acting.panels('referrals', 'write')) OR (service_id = (SELECT acting.service_id()) AND subject_id IN (SELECT acting.shared('referrals', 'write'))))
  AND subject_id NOT IN (SELECT acting.barred())
);

CREATE POLICY reading ON risk_alert FOR SELECT TO mat_app USING (
  (panel_id IN (SELECT acting.panels('referrals', 'read')) OR (service_id = (SELECT acting.service_id()) AND subject_id IN (SELECT acting.shared('referrals', 'read'))))
  AND subject_id NOT IN (SELECT acting.barred())
);
CREATE POLICY adding ON risk_alert FOR INSERT TO mat_app WITH CHECK (
  (panel_id IN (SELECT acting.panels('referrals', 'write')) OR (service_id = (SELECT acting.service_id()) AND subject_id IN (SELECT acting.shared('referrals', 'write'))))
  AND subject_id NOT IN (SELECT acting.closed())
);
CREATE POLICY changing ON risk_alert FOR UPDATE TO mat_app USING (
  (panel_id IN (SELECT acting.panels('referrals', 'write')) OR (service_id = (SELECT acting.service_id()) AND subject_id IN (SELECT acting.shared('referrals', 'write'))))
  AND subject_id NOT IN (SELECT acting.barred())
);

CREATE POLICY reading ON referral_answer FOR SELECT TO mat_app USING (
  (
    panel_id IN (SELECT acting.panels('referral_answers', 'read'))
    OR subject_id IN (
      SELECT running.subject_id FROM acting.running_shares('referral_answers', 'read') AS running
      WHERE running.basis NOT IN ('triage', 'referral') OR referral_answer.service_id = (SELECT acting.service_id())
    )
  )
  AND subject_id NOT IN (SELECT acting.barred())
);
CREATE POLICY adding ON referral_answer FOR INSERT TO mat_app WITH CHECK (
  (panel_id IN (SELECT acting.panels('referral_answers', 'write')) OR (service_id = (SELECT acting.service_id()) AND subject_id IN (SELECT acting.shared('referral_answers', 'write'))))
  AND subject_id NOT IN (SELECT acting.closed())
);

CREATE POLICY reading ON disclosure FOR SELECT TO mat_app USING (
  panel_id IN (SELECT acting.panels('disclosures', 'read'))
  AND subject_id NOT IN (SELECT acting.barred())
);
CREATE POLICY adding ON disclosure FOR INSERT TO mat_app WITH CHECK (
  panel_id IN (SELECT acting.panels('disclosures', 'write'))
  AND subject_id NOT IN (SELECT acting.closed())
);
CREATE POLICY changing ON disclosure FOR UPDATE TO mat_app USING (
  panel_id IN (SELECT acting.panels('disclosures', 'write'))
  AND subject_id NOT IN (SELECT acting.barred())
);

CREATE POLICY reading ON meeting FOR SELECT TO mat_app USING (panel_id IN (SELECT acting.panels('meetings', 'read')));
CREATE POLICY adding ON meeting FOR INSERT TO mat_app WITH CHECK (panel_id IN (SELECT acting.panels('meetings', 'write')));
CREATE POLICY changing ON meeting FOR UPDATE TO mat_app USING (panel_id IN (SELECT acting.panels('meetings', 'write')));

CREATE POLICY reading ON seat FOR SELECT TO mat_app USING (panel_id IN (SELECT acting.panels('seats', 'read')));
CREATE POLICY adding ON seat FOR INSERT TO mat_app WITH CHECK (panel_id IN (SELECT acting.panels('seats', 'write')));
CREATE POLICY changing ON seat FOR UPDATE TO mat_app USING (
  panel_id IN (SELECT acting.panels('seats', 'write'))
  OR (service_id = (SELECT acting.service_id()) AND panel_id IN (SELECT acting.panels('seats', 'read')))
);

-- What belongs to no case yet, or to none at all.
CREATE POLICY reading ON nomination_form FOR SELECT TO mat_app USING (
  acting.holds_for(panel_id, 'analyst', 'coordinator', 'dpo')
  OR (
    service_id = (SELECT acting.service_id())
    AND acting.holds_for(panel_id, 'chair', 'panel_member', 'victim_service')
  )
);
CREATE POLICY adding ON nomination_form FOR INSERT TO mat_app WITH CHECK (
  service_id = (SELECT acting.service_id()) AND written_by = (SELECT acting.user_id()) AND answer IS NULL
  AND acting.holds_for(panel_id, 'analyst', 'coordinator', 'chair', 'panel_member', 'victim_service')
);
CREATE POLICY changing ON nomination_form FOR UPDATE TO mat_app USING (
  acting.holds_for(panel_id, 'analyst', 'coordinator') AND answer IS NULL
)
WITH CHECK (answered_by = (SELECT acting.user_id()) AND answer IS NOT NULL);
CREATE POLICY reading ON capacity FOR SELECT TO mat_app USING (
  (SELECT acting.holds_somewhere('coordinator', 'chair', 'dpo'))
  OR (service_id = (SELECT acting.service_id()) AND (SELECT acting.holds_somewhere('provider', 'service_manager')))
);
CREATE POLICY adding ON capacity FOR INSERT TO mat_app WITH CHECK (
  set_by = (SELECT acting.user_id())
  AND (
    (SELECT acting.holds_somewhere('coordinator'))
    OR (service_id = (SELECT acting.service_id()) AND (SELECT acting.holds_somewhere('provider', 'service_manager')))
  )
);

GRANT SELECT ON
  meeting, agenda_item, blind_judgement, capacity, hold_owner, nobody_known, nomination, nomination_form,
  panel_case, panel_mark, referral, research_request, seat, action, decision, kept_order, minute_line,
  process_link, referral_answer, referral_check, referral_event, risk_alert, safety_check, action_step,
  disclosure, kept_breach, safety_override
TO mat_app, mat_backup;
GRANT INSERT ON
  meeting, agenda_item, blind_judgement, capacity, hold_owner, nobody_known, nomination, nomination_form,
  panel_case, panel_mark, referral, research_request, seat, action, decision, kept_order, minute_line,
  process_link, referral_answer, referral_check, referral_event, risk_alert, safety_check, action_step,
  disclosure, kept_breach, safety_override
TO mat_app;
-- What happened is never rewritten: steps, minutes, decisions, events, checks, judgements and marks are only added.
GRANT UPDATE ON
  meeting, agenda_item, hold_owner, nomination, panel_case, referral, research_request, seat, action,
  kept_order, process_link, referral_check, risk_alert, disclosure
TO mat_app;
GRANT UPDATE (forename, surname, birth_date, reason, answer, set_aside_why, answered_by, answered_at)
ON nomination_form TO mat_app;

DO $$
DECLARE
  made text;
BEGIN
  FOREACH made IN ARRAY ARRAY[
    'meeting', 'agenda_item', 'blind_judgement', 'capacity', 'hold_owner', 'nobody_known', 'nomination',
    'nomination_form', 'panel_case', 'panel_mark', 'referral', 'research_request', 'seat', 'action', 'decision',
    'kept_order', 'minute_line', 'process_link', 'referral_answer', 'referral_check', 'referral_event',
    'risk_alert', 'safety_check', 'action_step', 'disclosure', 'kept_breach', 'safety_override'
  ] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', made);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', made);
    EXECUTE format('GRANT SELECT ON %I TO mat_acting', made);
    EXECUTE format('CREATE POLICY acting_reads ON %I FOR SELECT TO mat_acting USING (true)', made);
    IF EXISTS (
      SELECT FROM information_schema.columns
      WHERE table_schema = 'public' AND table_name = made AND column_name = 'version'
    ) THEN
      EXECUTE format('CREATE TRIGGER counted BEFORE UPDATE ON %I FOR EACH ROW EXECUTE FUNCTION count_version()', made);
    END IF;
    IF EXISTS (
      SELECT FROM information_schema.columns
      WHERE table_schema = 'public' AND table_name = made AND column_name = 'ended_at'
    ) THEN
      EXECUTE format('CREATE TRIGGER stays_ended BEFORE UPDATE ON %I FOR EACH ROW EXECUTE FUNCTION keep_ended()', made);
    END IF;
  END LOOP;
END
$$;
