-- Frozen: row-level security of revision 0001. With no running session every table answers nothing.
-- A table of a case answers to a role in the panel area of the case, or to a running share, and never to the barred.

CREATE POLICY reading ON subject_alias FOR SELECT TO mat_app USING (
  (panel_id IN (SELECT acting.panels('subject_identity', 'read')) OR subject_id IN (SELECT acting.shared('subject_identity', 'read')))
  AND subject_id NOT IN (SELECT acting.barred())
);
CREATE POLICY adding ON subject_alias FOR INSERT TO mat_app WITH CHECK (
  (panel_id IN (SELECT acting.panels('subject_identity', 'write')) OR subject_id IN (SELECT acting.shared('subject_identity', 'write')))
  AND subject_id NOT IN (SELECT acting.closed_to_imports())
);
CREATE POLICY changing ON subject_alias FOR UPDATE TO mat_app USING (
  (panel_id IN (SELECT acting.panels('subject_identity', 'write')) OR subject_id IN (SELECT acting.shared('subject_identity', 'write')))
  AND subject_id NOT IN (SELECT acting.barred())
);

CREATE POLICY reading ON subject_identity FOR SELECT TO mat_app USING (
  (panel_id IN (SELECT acting.panels('subject_identity', 'read')) OR subject_id IN (SELECT acting.shared('subject_identity', 'read')))
  AND subject_id NOT IN (SELECT acting.barred())
);
CREATE POLICY adding ON subject_identity FOR INSERT TO mat_app WITH CHECK (
  (panel_id IN (SELECT acting.panels('subject_identity', 'write')) OR subject_id IN (SELECT acting.shared('subject_identity', 'write')))
  AND subject_id NOT IN (SELECT acting.closed_to_imports())
);
CREATE POLICY changing ON subject_identity FOR UPDATE TO mat_app USING (
  (panel_id IN (SELECT acting.panels('subject_identity', 'write')) OR subject_id IN (SELECT acting.shared('subject_identity', 'write')))
  AND subject_id NOT IN (SELECT acting.barred())
);

CREATE POLICY reading ON subject_address FOR SELECT TO mat_app USING (
  (panel_id IN (SELECT acting.panels('subject_address', 'read')) OR subject_id IN (SELECT acting.shared('subject_address', 'read')))
  AND subject_id NOT IN (SELECT acting.barred())
);
CREATE POLICY adding ON subject_address FOR INSERT TO mat_app WITH CHECK (
  (panel_id IN (SELECT acting.panels('subject_address', 'write')) OR subject_id IN (SELECT acting.shared('subject_address', 'write')))
  AND subject_id NOT IN (SELECT acting.closed_to_imports())
);
CREATE POLICY changing ON subject_address FOR UPDATE TO mat_app USING (
  (panel_id IN (SELECT acting.panels('subject_address', 'write')) OR subject_id IN (SELECT acting.shared('subject_address', 'write')))
  AND subject_id NOT IN (SELECT acting.barred())
);

CREATE POLICY reading ON list_place FOR SELECT TO mat_app USING (
  (panel_id IN (SELECT acting.panels('rank_band', 'read')) OR subject_id IN (SELECT acting.shared('rank_band', 'read')))
  AND subject_id NOT IN (SELECT acting.barred())
);
CREATE POLICY adding ON list_place FOR INSERT TO mat_app WITH CHECK (
  (panel_id IN (SELECT acting.panels('rank_band', 'write')) OR subject_id IN (SELECT acting.shared('rank_band', 'write')))
  AND subject_id NOT IN (SELECT acting.closed_to_imports())
);
CREATE POLICY changing ON list_place FOR UPDATE TO mat_app USING (
  (panel_id IN (SELECT acting.panels('rank_band', 'write')) OR subject_id IN (SELECT acting.shared('rank_band', 'write')))
  AND subject_id NOT IN (SELECT acting.barred())
);

CREATE POLICY reading ON case_standing FOR SELECT TO mat_app USING (
  (panel_id IN (SELECT acting.panels('rank_band', 'read')) OR subject_id IN (SELECT acting.shared('rank_band', 'read')))
  AND subject_id NOT IN (SELECT acting.barred())
);
CREATE POLICY adding ON case_standing FOR INSERT TO mat_app WITH CHECK (
  (panel_id IN (SELECT acting.panels('rank_band', 'write')) OR subject_id IN (SELECT acting.shared('rank_band', 'write')))
  AND subject_id NOT IN (SELECT acting.closed_to_imports())
);
CREATE POLICY changing ON case_standing FOR UPDATE TO mat_app USING (
  (panel_id IN (SELECT acting.panels('rank_band', 'write')) OR subject_id IN (SELECT acting.shared('rank_band', 'write')))
  AND subject_id NOT IN (SELECT acting.barred())
);

CREATE POLICY reading ON list_reason FOR SELECT TO mat_app USING (
  (panel_id IN (SELECT acting.panels('rank_reasons', 'read')) OR subject_id IN (SELECT acting.shared('rank_reasons', 'read')))
  AND subject_id NOT IN (SELECT acting.barred())
);
CREATE POLICY adding ON list_reason FOR INSERT TO mat_app WITH CHECK (
  (panel_id IN (SELECT acting.panels('rank_reasons', 'write')) OR subject_id IN (SELECT acting.shared('rank_reasons', 'write')))
  AND subject_id NOT IN (SELECT acting.closed_to_imports())
);
CREATE POLICY changing ON list_reason FOR UPDATE TO mat_app USING (
  (panel_id IN (SELECT acting.panels('rank_reasons', 'write')) OR subject_id IN (SELECT acting.shared('rank_reasons', 'write')))
  AND subject_id NOT IN (SELECT acting.barred())
);

CREATE POLICY reading ON list_evidence FOR SELECT TO mat_app USING (
  (panel_id IN (SELECT acting.panels('rank_reasons', 'read')) OR subject_id IN (SELECT acting.shared('rank_reasons', 'read')))
  AND subject_id NOT IN (SELECT acting.barred())
);
CREATE POLICY adding ON list_evidence FOR INSERT TO mat_app WITH CHECK (
  (panel_id IN (SELECT acting.panels('rank_reasons', 'write')) OR subject_id IN (SELECT acting.shared('rank_reasons', 'write')))
  AND subject_id NOT IN (SELECT acting.closed_to_imports())
);
CREATE POLICY changing ON list_evidence FOR UPDATE TO mat_app USING (
  (panel_id IN (SELECT acting.panels('rank_reasons', 'write')) OR subject_id IN (SELECT acting.shared('rank_reasons', 'write')))
  AND subject_id NOT IN (SELECT acting.barred())
);

CREATE POLICY reading ON list_score FOR SELECT TO mat_app USING (
  (panel_id IN (SELECT acting.panels('raw_score', 'read')) OR subject_id IN (SELECT acting.shared('raw_score', 'read')))
  AND subject_id NOT IN (SELECT acting.barred())
);
CREATE POLICY adding ON list_score FOR INSERT TO mat_app WITH CHECK (
  (panel_id IN (SELECT acting.panels('raw_score', 'write')) OR subject_id IN (SELECT acting.shared('raw_score', 'write')))
  AND subject_id NOT IN (SELECT acting.closed_to_imports())
);
CREATE POLICY changing ON list_score FOR UPDATE TO mat_app USING (
  (panel_id IN (SELECT acting.panels('raw_score', 'write')) OR subject_id IN (SELECT acting.shared('raw_score', 'write')))
  AND subject_id NOT IN (SELECT acting.barred())
);

CREATE POLICY reading ON narrative FOR SELECT TO mat_app USING (
  (panel_id IN (SELECT acting.panels('narrative', 'read')) OR subject_id IN (SELECT acting.shared('narrative', 'read')))
  AND subject_id NOT IN (SELECT acting.barred())
);
CREATE POLICY adding ON narrative FOR INSERT TO mat_app WITH CHECK (
  (panel_id IN (SELECT acting.panels('narrative', 'write')) OR subject_id IN (SELECT acting.shared('narrative', 'write')))
  AND subject_id NOT IN (SELECT acting.closed())
);
CREATE POLICY changing ON narrative FOR UPDATE TO mat_app USING (
  (panel_id IN (SELECT acting.panels('narrative', 'write')) OR subject_id IN (SELECT acting.shared('narrative', 'write')))
  AND subject_id NOT IN (SELECT acting.barred())
);

CREATE POLICY reading ON history_event FOR SELECT TO mat_app USING (
  (panel_id IN (SELECT acting.panels('narrative', 'read')) OR subject_id IN (SELECT acting.shared('narrative', 'read')))
  AND subject_id NOT IN (SELECT acting.barred())
);
CREATE POLICY adding ON history_event FOR INSERT TO mat_app WITH CHECK (
  (panel_id IN (SELECT acting.panels('narrative', 'write')) OR subject_id IN (SELECT acting.shared('narrative', 'write')))
  AND subject_id NOT IN (SELECT acting.closed_to_imports())
);
CREATE POLICY changing ON history_event FOR UPDATE TO mat_app USING (
  (panel_id IN (SELECT acting.panels('narrative', 'write')) OR subject_id IN (SELECT acting.shared('narrative', 'write')))
  AND subject_id NOT IN (SELECT acting.barred())
);

CREATE POLICY reading ON case_order FOR SELECT TO mat_app USING (
  (panel_id IN (SELECT acting.panels('narrative', 'read')) OR subject_id IN (SELECT acting.shared('narrative', 'read')))
  AND subject_id NOT IN (SELECT acting.barred())
);
CREATE POLICY adding ON case_order FOR INSERT TO mat_app WITH CHECK (
  (panel_id IN (SELECT acting.panels('narrative', 'write')) OR subject_id IN (SELECT acting.shared('narrative', 'write')))
  AND subject_id NOT IN (SELECT acting.closed_to_imports())
);
CREATE POLICY changing ON case_order FOR UPDATE TO mat_app USING (
  (panel_id IN (SELECT acting.panels('narrative', 'write')) OR subject_id IN (SELECT acting.shared('narrative', 'write')))
  AND subject_id NOT IN (SELECT acting.barred())
);

CREATE POLICY reading ON partner_nomination FOR SELECT TO mat_app USING (
  (panel_id IN (SELECT acting.panels('narrative', 'read')) OR subject_id IN (SELECT acting.shared('narrative', 'read')))
  AND subject_id NOT IN (SELECT acting.barred())
);
CREATE POLICY adding ON partner_nomination FOR INSERT TO mat_app WITH CHECK (
  (panel_id IN (SELECT acting.panels('narrative', 'write')) OR subject_id IN (SELECT acting.shared('narrative', 'write')))
  AND subject_id NOT IN (SELECT acting.closed_to_imports())
);
CREATE POLICY changing ON partner_nomination FOR UPDATE TO mat_app USING (
  (panel_id IN (SELECT acting.panels('narrative', 'write')) OR subject_id IN (SELECT acting.shared('narrative', 'write')))
  AND subject_id NOT IN (SELECT acting.barred())
);

CREATE POLICY reading ON narrative_summary FOR SELECT TO mat_app USING (
  (panel_id IN (SELECT acting.panels('narrative_summary', 'read')) OR subject_id IN (SELECT acting.shared('narrative_summary', 'read')))
  AND subject_id NOT IN (SELECT acting.barred())
);
CREATE POLICY adding ON narrative_summary FOR INSERT TO mat_app WITH CHECK (
  (panel_id IN (SELECT acting.panels('narrative_summary', 'write')) OR subject_id IN (SELECT acting.shared('narrative_summary', 'write')))
  AND subject_id NOT IN (SELECT acting.closed())
);
CREATE POLICY changing ON narrative_summary FOR UPDATE TO mat_app USING (
  (panel_id IN (SELECT acting.panels('narrative_summary', 'write')) OR subject_id IN (SELECT acting.shared('narrative_summary', 'write')))
  AND subject_id NOT IN (SELECT acting.barred())
);

CREATE POLICY reading ON risk_summary FOR SELECT TO mat_app USING (
  (panel_id IN (SELECT acting.panels('risk_summary', 'read')) OR subject_id IN (SELECT acting.shared('risk_summary', 'read')))
  AND subject_id NOT IN (SELECT acting.barred())
);
CREATE POLICY adding ON risk_summary FOR INSERT TO mat_app WITH CHECK (
  (panel_id IN (SELECT acting.panels('risk_summary', 'write')) OR subject_id IN (SELECT acting.shared('risk_summary', 'write')))
  AND subject_id NOT IN (SELECT acting.closed())
);
CREATE POLICY changing ON risk_summary FOR UPDATE TO mat_app USING (
  (panel_id IN (SELECT acting.panels('risk_summary', 'write')) OR subject_id IN (SELECT acting.shared('risk_summary', 'write')))
  AND subject_id NOT IN (SELECT acting.barred())
);

CREATE POLICY reading ON child_note FOR SELECT TO mat_app USING (
  (panel_id IN (SELECT acting.panels('children', 'read')) OR subject_id IN (SELECT acting.shared('children', 'read')))
  AND subject_id NOT IN (SELECT acting.barred())
);
CREATE POLICY adding ON child_note FOR INSERT TO mat_app WITH CHECK (
  (panel_id IN (SELECT acting.panels('children', 'write')) OR subject_id IN (SELECT acting.shared('children', 'write')))
  AND subject_id NOT IN (SELECT acting.closed())
);
CREATE POLICY changing ON child_note FOR UPDATE TO mat_app USING (
  (panel_id IN (SELECT acting.panels('children', 'write')) OR subject_id IN (SELECT acting.shared('children', 'write')))
  AND subject_id NOT IN (SELECT acting.barred())
);

CREATE POLICY reading ON safeguarding_flag FOR SELECT TO mat_app USING (
  (panel_id IN (SELECT acting.panels('safeguarding_flag', 'read')) OR subject_id IN (SELECT acting.shared('safeguarding_flag', 'read')))
  AND subject_id NOT IN (SELECT acting.barred())
);
CREATE POLICY adding ON safeguarding_flag FOR INSERT TO mat_app WITH CHECK (
  (panel_id IN (SELECT acting.panels('safeguarding_flag', 'write')) OR subject_id IN (SELECT acting.shared('safeguarding_flag', 'write')))
  AND subject_id NOT IN (SELECT acting.closed())
);
CREATE POLICY changing ON safeguarding_flag FOR UPDATE TO mat_app USING (
  (panel_id IN (SELECT acting.panels('safeguarding_flag', 'write')) OR subject_id IN (SELECT acting.shared('safeguarding_flag', 'write')))
  AND subject_id NOT IN (SELECT acting.barred())
);

CREATE POLICY reading ON service_need FOR SELECT TO mat_app USING (
  (panel_id IN (SELECT acting.panels('service_needs', 'read')) OR subject_id IN (SELECT acting.shared('service_needs', 'read')))
  AND subject_id NOT IN (SELECT acting.barred())
);
CREATE POLICY adding ON service_need FOR INSERT TO mat_app WITH CHECK (
  (panel_id IN (SELECT acting.panels('service_needs', 'write')) OR subject_id IN (SELECT acting.shared('service_needs', 'write')))
  AND subject_id NOT IN (SELECT acting.closed())
);
CREATE POLICY changing ON service_need FOR UPDATE TO mat_app USING (
  (panel_id IN (SELECT acting.panels('service_needs', 'write')) OR subject_id IN (SELECT acting.shared('service_needs', 'write')))
  AND subject_id NOT IN (SELECT acting.barred())
);

CREATE POLICY reading ON dyad FOR SELECT TO mat_app USING (
  (panel_id IN (SELECT acting.panels('links_graph', 'read')) OR subject_id IN (SELECT acting.shared('links_graph', 'read')))
  AND subject_id NOT IN (SELECT acting.barred())
);
CREATE POLICY adding ON dyad FOR INSERT TO mat_app WITH CHECK (
  (panel_id IN (SELECT acting.panels('links_graph', 'write')) OR subject_id IN (SELECT acting.shared('links_graph', 'write')))
  AND subject_id NOT IN (SELECT acting.closed_to_imports())
);
CREATE POLICY changing ON dyad FOR UPDATE TO mat_app USING (
  (panel_id IN (SELECT acting.panels('links_graph', 'write')) OR subject_id IN (SELECT acting.shared('links_graph', 'write')))
  AND subject_id NOT IN (SELECT acting.barred())
);

CREATE POLICY reading ON victim FOR SELECT TO mat_app USING (
  (panel_id IN (SELECT acting.panels('links_graph', 'read')) OR subject_id IN (SELECT acting.shared('links_graph', 'read')))
  AND subject_id NOT IN (SELECT acting.barred())
);
CREATE POLICY adding ON victim FOR INSERT TO mat_app WITH CHECK (
  (panel_id IN (SELECT acting.panels('links_graph', 'write')) OR subject_id IN (SELECT acting.shared('links_graph', 'write')))
  AND subject_id NOT IN (SELECT acting.closed_to_imports())
);
CREATE POLICY changing ON victim FOR UPDATE TO mat_app USING (
  (panel_id IN (SELECT acting.panels('links_graph', 'write')) OR subject_id IN (SELECT acting.shared('links_graph', 'write')))
  AND subject_id NOT IN (SELECT acting.barred())
);

CREATE POLICY reading ON hold_resolution FOR SELECT TO mat_app USING (
  (panel_id IN (SELECT acting.panels('hold_work', 'read')) OR subject_id IN (SELECT acting.shared('hold_work', 'read')))
  AND subject_id NOT IN (SELECT acting.barred())
);
CREATE POLICY adding ON hold_resolution FOR INSERT TO mat_app WITH CHECK (
  (panel_id IN (SELECT acting.panels('hold_work', 'write')) OR subject_id IN (SELECT acting.shared('hold_work', 'write')))
  AND subject_id NOT IN (SELECT acting.closed())
);
CREATE POLICY changing ON hold_resolution FOR UPDATE TO mat_app USING (
  (panel_id IN (SELECT acting.panels('hold_work', 'write')) OR subject_id IN (SELECT acting.shared('hold_work', 'write')))
  AND subject_id NOT IN (SELECT acting.barred())
);

CREATE POLICY reading ON restriction FOR SELECT TO mat_app USING (
  (panel_id IN (SELECT acting.panels('closure', 'read')) OR subject_id IN (SELECT acting.shared('closure', 'read')))
  AND subject_id NOT IN (SELECT acting.barred())
);
CREATE POLICY adding ON restriction FOR INSERT TO mat_app WITH CHECK (
  (panel_id IN (SELECT acting.panels('closure', 'write')) OR subject_id IN (SELECT acting.shared('closure', 'write')))
  AND subject_id NOT IN (SELECT acting.closed())
);
CREATE POLICY changing ON restriction FOR UPDATE TO mat_app USING (
  (panel_id IN (SELECT acting.panels('closure', 'write')) OR subject_id IN (SELECT acting.shared('closure', 'write')))
  AND subject_id NOT IN (SELECT acting.barred())
);

CREATE POLICY reading ON data_request FOR SELECT TO mat_app USING (
  (panel_id IN (SELECT acting.panels('data_rights', 'read')) OR subject_id IN (SELECT acting.shared('data_rights', 'read')))
  AND subject_id NOT IN (SELECT acting.barred())
);
CREATE POLICY adding ON data_request FOR INSERT TO mat_app WITH CHECK (
  (panel_id IN (SELECT acting.panels('data_rights', 'write')) OR subject_id IN (SELECT acting.shared('data_rights', 'write')))
  AND subject_id NOT IN (SELECT acting.closed())
);
CREATE POLICY changing ON data_request FOR UPDATE TO mat_app USING (
  (panel_id IN (SELECT acting.panels('data_rights', 'write')) OR subject_id IN (SELECT acting.shared('data_rights', 'write')))
  AND subject_id NOT IN (SELECT acting.barred())
);

CREATE POLICY reading ON legal_hold FOR SELECT TO mat_app USING (
  (panel_id IN (SELECT acting.panels('closure', 'read')) OR subject_id IN (SELECT acting.shared('closure', 'read')))
  AND subject_id NOT IN (SELECT acting.barred())
);
CREATE POLICY adding ON legal_hold FOR INSERT TO mat_app WITH CHECK (
  (panel_id IN (SELECT acting.panels('closure', 'write')) OR subject_id IN (SELECT acting.shared('closure', 'write')))
  AND subject_id NOT IN (SELECT acting.closed())
);
CREATE POLICY changing ON legal_hold FOR UPDATE TO mat_app USING (
  (panel_id IN (SELECT acting.panels('closure', 'write')) OR subject_id IN (SELECT acting.shared('closure', 'write')))
  AND subject_id NOT IN (SELECT acting.barred())
);

CREATE POLICY reading ON retention_review FOR SELECT TO mat_app USING (
  (panel_id IN (SELECT acting.panels('retention', 'read')) OR subject_id IN (SELECT acting.shared('retention', 'read')))
  AND subject_id NOT IN (SELECT acting.barred())
);
CREATE POLICY adding ON retention_review FOR INSERT TO mat_app WITH CHECK (
  (panel_id IN (SELECT acting.panels('retention', 'write')) OR subject_id IN (SELECT acting.shared('retention', 'write')))
  AND subject_id NOT IN (SELECT acting.closed())
);
CREATE POLICY changing ON retention_review FOR UPDATE TO mat_app USING (
  (panel_id IN (SELECT acting.panels('retention', 'write')) OR subject_id IN (SELECT acting.shared('retention', 'write')))
  AND subject_id NOT IN (SELECT acting.barred())
);

CREATE POLICY reading ON removal_proposal FOR SELECT TO mat_app USING (
  (panel_id IN (SELECT acting.panels('retention', 'read')) OR subject_id IN (SELECT acting.shared('retention', 'read')))
  AND subject_id NOT IN (SELECT acting.barred())
);
CREATE POLICY adding ON removal_proposal FOR INSERT TO mat_app WITH CHECK (
  (panel_id IN (SELECT acting.panels('retention', 'write')) OR subject_id IN (SELECT acting.shared('retention', 'write')))
  AND subject_id NOT IN (SELECT acting.closed())
);
CREATE POLICY changing ON removal_proposal FOR UPDATE TO mat_app USING (
  (panel_id IN (SELECT acting.panels('retention', 'write')) OR subject_id IN (SELECT acting.shared('retention', 'write')))
  AND subject_id NOT IN (SELECT acting.barred())
);

CREATE POLICY reading ON file_person FOR SELECT TO mat_app USING (
  (panel_id IN (SELECT acting.panels('data_rights', 'read')) OR subject_id IN (SELECT acting.shared('data_rights', 'read')))
  AND subject_id NOT IN (SELECT acting.barred())
);
CREATE POLICY adding ON file_person FOR INSERT TO mat_app WITH CHECK (
  (panel_id IN (SELECT acting.panels('data_rights', 'write')) OR subject_id IN (SELECT acting.shared('data_rights', 'write')))
  AND subject_id NOT IN (SELECT acting.closed())
);
CREATE POLICY changing ON file_person FOR UPDATE TO mat_app USING (
  (panel_id IN (SELECT acting.panels('data_rights', 'write')) OR subject_id IN (SELECT acting.shared('data_rights', 'write')))
  AND subject_id NOT IN (SELECT acting.barred())
);

-- A case itself: the DPO alone may delete one, and never under a legal hold.
CREATE POLICY reading ON subject FOR SELECT TO mat_app USING (
  (panel_id IN (SELECT acting.panels('case', 'read')) OR subject_id IN (SELECT acting.shared('case', 'read')))
  AND subject_id NOT IN (SELECT acting.barred())
);
CREATE POLICY adding ON subject FOR INSERT TO mat_app WITH CHECK (
  panel_id IN (SELECT acting.panels('case', 'write'))
);
CREATE POLICY changing ON subject FOR UPDATE TO mat_app USING (
  panel_id IN (SELECT acting.panels('case', 'write')) AND subject_id NOT IN (SELECT acting.barred())
);
CREATE POLICY removing ON subject FOR DELETE TO mat_app USING (
  panel_id IN (SELECT acting.panels('case', 'write')) AND acting.holds_for(panel_id, 'dpo')
  AND subject_id NOT IN (SELECT acting.barred())
);

-- A victim service reads its own clients, a panel member the victims named to it.

CREATE POLICY reading ON victim_identity FOR SELECT TO mat_app USING (
  (panel_id IN (SELECT acting.panels('victim_identity', 'read')) OR victim_id IN (SELECT acting.victims('victim_identity', 'read')))
  AND subject_id NOT IN (SELECT acting.barred())
);

CREATE POLICY adding ON victim_identity FOR INSERT TO mat_app WITH CHECK (
  (panel_id IN (SELECT acting.panels('victim_identity', 'write')) OR victim_id IN (SELECT acting.victims('victim_identity', 'write')))
  AND subject_id NOT IN (SELECT acting.closed_to_imports())
);

CREATE POLICY changing ON victim_identity FOR UPDATE TO mat_app USING (
  (panel_id IN (SELECT acting.panels('victim_identity', 'write')) OR victim_id IN (SELECT acting.victims('victim_identity', 'write')))
  AND subject_id NOT IN (SELECT acting.barred())
);

CREATE POLICY reading ON victim_need FOR SELECT TO mat_app USING (
  (panel_id IN (SELECT acting.panels('victim_needs', 'read')) OR victim_id IN (SELECT acting.victims('victim_needs', 'read')))
  AND subject_id NOT IN (SELECT acting.barred())
);

CREATE POLICY adding ON victim_need FOR INSERT TO mat_app WITH CHECK (
  (panel_id IN (SELECT acting.panels('victim_needs', 'write')) OR victim_id IN (SELECT acting.victims('victim_needs', 'write')))
  AND subject_id NOT IN (SELECT acting.closed())
);

CREATE POLICY changing ON victim_need FOR UPDATE TO mat_app USING (
  (panel_id IN (SELECT acting.panels('victim_needs', 'write')) OR victim_id IN (SELECT acting.victims('victim_needs', 'write')))
  AND subject_id NOT IN (SELECT acting.barred())
);

-- Who supports whom: the service itself for its own, and a service manager over the wall of their own agency.
CREATE POLICY reading ON client FOR SELECT TO mat_app USING (
  (
    panel_id IN (SELECT acting.panels('clients', 'read'))
    OR (service_id = (SELECT acting.service_id()) AND victim_id IN (SELECT acting.victims('clients', 'read')))
    OR (
      service_id IN (SELECT acting.services())
      AND subject_id IN (
        SELECT running.subject_id FROM acting.running_shares('clients', 'read') AS running
        WHERE running.basis = 'overlap'
      )
    )
  )
  AND subject_id NOT IN (SELECT acting.barred())
);
CREATE POLICY adding ON client FOR INSERT TO mat_app WITH CHECK (
  panel_id IN (SELECT acting.panels('clients', 'write')) AND subject_id NOT IN (SELECT acting.closed())
  AND added_by = (SELECT acting.user_id()) AND ended_at IS NULL
);
CREATE POLICY changing ON client FOR UPDATE TO mat_app USING (
  panel_id IN (SELECT acting.panels('clients', 'write')) AND subject_id NOT IN (SELECT acting.barred())
);

-- Shares: a service reads its own; break-glass, which a person opens for themselves, has its own way in.
CREATE POLICY reading ON share FOR SELECT TO mat_app USING (
  (
    panel_id IN (SELECT acting.panels('sharing', 'read'))
    OR (service_id IN (SELECT acting.services()) AND subject_id IN (SELECT acting.shared('sharing', 'read')))
    OR (
      service_id = (SELECT acting.service_id()) AND (user_id IS NULL OR user_id = (SELECT acting.user_id()))
      AND EXISTS (SELECT FROM acting.roles())
    )
  )
  AND subject_id NOT IN (SELECT acting.barred())
);
CREATE POLICY adding ON share FOR INSERT TO mat_app WITH CHECK (
  shared_by = (SELECT acting.user_id()) AND ended_at IS NULL AND subject_id NOT IN (SELECT acting.closed())
  AND expires_at <= statement_timestamp() + interval '366 days'
  AND basis <> 'break_glass' AND panel_id IN (SELECT acting.panels('sharing', 'write'))
);
CREATE POLICY changing ON share FOR UPDATE TO mat_app USING (
  panel_id IN (SELECT acting.panels('sharing', 'write')) AND subject_id NOT IN (SELECT acting.barred())
);

CREATE POLICY reading ON break_glass FOR SELECT TO mat_app USING (
  (user_id = (SELECT acting.user_id()) OR panel_id IN (SELECT acting.panels('emergency_use', 'read')))
  AND used_at < transaction_timestamp() AND subject_id NOT IN (SELECT acting.barred())
);
CREATE POLICY changing ON break_glass FOR UPDATE TO mat_app USING (
  panel_id IN (SELECT acting.panels('emergency_use', 'write')) AND user_id <> (SELECT acting.user_id())
  AND reviewed_at IS NULL AND subject_id NOT IN (SELECT acting.barred())
) WITH CHECK (reviewed_by = (SELECT acting.user_id()));

-- A conflict closes the case to its person, who may still see that it stands, and may not end it.
CREATE POLICY reading ON conflict FOR SELECT TO mat_app USING (
  user_id = (SELECT acting.user_id())
  OR (panel_id IN (SELECT acting.panels('conflicts', 'read')) AND subject_id NOT IN (SELECT acting.barred()))
);
CREATE POLICY adding ON conflict FOR INSERT TO mat_app WITH CHECK (
  declared_by = (SELECT acting.user_id()) AND ended_at IS NULL
  AND (
    user_id = (SELECT acting.user_id())
    OR (panel_id IN (SELECT acting.panels('conflicts', 'write')) AND subject_id NOT IN (SELECT acting.closed()))
  )
);
CREATE POLICY changing ON conflict FOR UPDATE TO mat_app USING (
  panel_id IN (SELECT acting.panels('conflicts', 'write')) AND user_id <> (SELECT acting.user_id())
  AND subject_id NOT IN (SELECT acting.barred())
) WITH CHECK (ended_by = (SELECT acting.user_id()));

CREATE POLICY reading ON removal FOR SELECT TO mat_app USING (
  panel_id IN (SELECT acting.panels('data_rights', 'read')) OR acting.holds_for(panel_id, 'analyst')
);
CREATE POLICY adding ON removal FOR INSERT TO mat_app WITH CHECK (
  removed_by = (SELECT acting.user_id()) AND acting.holds_for(panel_id, 'dpo')
);

CREATE POLICY reading ON list_run FOR SELECT TO mat_app USING (panel_id IN (SELECT acting.panels('run', 'read')));
CREATE POLICY adding ON list_run FOR INSERT TO mat_app WITH CHECK (panel_id IN (SELECT acting.panels('run', 'write')));

CREATE POLICY reading ON area_figure FOR SELECT TO mat_app USING (panel_id IN (SELECT acting.panels('area', 'read')));
CREATE POLICY adding ON area_figure FOR INSERT TO mat_app WITH CHECK (panel_id IN (SELECT acting.panels('area', 'write')));

CREATE POLICY changing ON list_run FOR UPDATE TO mat_app USING (panel_id IN (SELECT acting.panels('run', 'write')));
CREATE POLICY removing ON list_run FOR DELETE TO mat_app USING (panel_id IN (SELECT acting.panels('run', 'write')));

CREATE POLICY reading ON agency FOR SELECT TO mat_app USING ((SELECT acting.user_id()) IS NOT NULL);
CREATE POLICY adding ON agency FOR INSERT TO mat_app WITH CHECK ((SELECT acting.holds_everywhere('administrator')));
CREATE POLICY changing ON agency FOR UPDATE TO mat_app USING ((SELECT acting.holds_everywhere('administrator')));

CREATE POLICY reading ON service FOR SELECT TO mat_app USING ((SELECT acting.user_id()) IS NOT NULL);
CREATE POLICY adding ON service FOR INSERT TO mat_app WITH CHECK ((SELECT acting.holds_everywhere('administrator')));
CREATE POLICY changing ON service FOR UPDATE TO mat_app USING ((SELECT acting.holds_everywhere('administrator')));

CREATE POLICY reading ON panel FOR SELECT TO mat_app USING ((SELECT acting.user_id()) IS NOT NULL);
CREATE POLICY adding ON panel FOR INSERT TO mat_app WITH CHECK ((SELECT acting.holds_everywhere('administrator')));
CREATE POLICY changing ON panel FOR UPDATE TO mat_app USING ((SELECT acting.holds_everywhere('administrator')));

CREATE POLICY reading ON app_user FOR SELECT TO mat_app USING ((SELECT acting.user_id()) IS NOT NULL);
CREATE POLICY adding ON app_user FOR INSERT TO mat_app WITH CHECK ((SELECT acting.holds_everywhere('administrator')));
CREATE POLICY changing ON app_user FOR UPDATE TO mat_app USING ((SELECT acting.holds_everywhere('administrator')));

CREATE POLICY reading ON user_login FOR SELECT TO mat_app USING (
  user_id = (SELECT acting.user_id()) OR (SELECT acting.holds_everywhere('administrator'))
);
-- Whoever could add a way to sign in to a person with roles, or with one proposed, would hold those roles by one
-- person's word.
CREATE POLICY adding ON user_login FOR INSERT TO mat_app WITH CHECK (
  (SELECT acting.holds_everywhere('administrator')) AND ended_at IS NULL AND NOT EXISTS (
    SELECT FROM role_grant WHERE role_grant.user_id = user_login.user_id AND role_grant.ended_at IS NULL
  )
);
CREATE POLICY changing ON user_login FOR UPDATE TO mat_app USING ((SELECT acting.holds_everywhere('administrator')));

CREATE POLICY reading ON membership FOR SELECT TO mat_app USING (
  user_id = (SELECT acting.user_id())
  OR (SELECT acting.holds_somewhere('administrator', 'coordinator', 'chair', 'auditor', 'dpo'))
);
CREATE POLICY adding ON membership FOR INSERT TO mat_app WITH CHECK (
  (SELECT acting.holds_everywhere('administrator')) AND added_by = (SELECT acting.user_id())
  AND from_at >= transaction_timestamp() AND ended_at IS NULL
);
CREATE POLICY changing ON membership FOR UPDATE TO mat_app USING ((SELECT acting.holds_everywhere('administrator')));

CREATE POLICY reading ON role_grant FOR SELECT TO mat_app USING (
  user_id = (SELECT acting.user_id())
  OR acting.holds_for(panel_id, 'administrator', 'coordinator', 'chair', 'auditor', 'dpo')
  OR (panel_id IS NULL AND (SELECT acting.holds_somewhere('coordinator', 'chair')))
);
CREATE POLICY adding ON role_grant FOR INSERT TO mat_app WITH CHECK (
  proposed_by = (SELECT acting.user_id()) AND acting.holds_for(panel_id, 'administrator', 'chair', 'dpo')
  AND ended_at IS NULL
  AND (
    (confirmed_by IS NULL AND NOT is_founding)
    OR (
      is_founding AND confirmed_by = (SELECT acting.user_id()) AND user_id <> (SELECT acting.user_id()) AND role IN ('administrator', 'chair', 'dpo')
      AND (SELECT acting.is_founding_time())
    )
  )
);
CREATE POLICY changing ON role_grant FOR UPDATE TO mat_app USING (
  acting.holds_for(panel_id, 'administrator', 'chair', 'dpo')
);

CREATE POLICY reading ON work_session FOR SELECT TO mat_app USING (
  user_id = (SELECT acting.user_id()) OR (SELECT acting.holds_everywhere('administrator', 'dpo'))
);

CREATE POLICY reading ON access_rule FOR SELECT TO mat_app USING ((SELECT acting.user_id()) IS NOT NULL);

-- Of a matter of one panel area those are told who hold the role there, of a sensitive case its named reviewer.
CREATE POLICY reading ON notice FOR SELECT TO mat_app USING (
  acting.holds_for(panel_id, to_role) AND about_id NOT IN (SELECT acting.barred())
);
CREATE POLICY adding ON notice FOR INSERT TO mat_app WITH CHECK (
  read_by IS NULL AND read_at IS NULL
  AND (
    (kind = 'identity_changed' AND panel_id IS NOT NULL AND acting.holds_for(panel_id, 'analyst', 'coordinator'))
    OR (
      kind = 'role_proposed' AND to_role IN ('administrator', 'chair', 'dpo')
      AND EXISTS (
        SELECT FROM role_grant
        WHERE role_grant.grant_id = notice.about_id AND role_grant.panel_id IS NOT DISTINCT FROM notice.panel_id
          AND role_grant.proposed_by = (SELECT acting.user_id())
          AND role_grant.confirmed_at IS NULL AND role_grant.ended_at IS NULL
      )
    )
  )
);
CREATE POLICY changing ON notice FOR UPDATE TO mat_app USING (
  acting.holds_for(panel_id, to_role) AND about_id NOT IN (SELECT acting.barred())
)
WITH CHECK (read_by = (SELECT acting.user_id()));

CREATE POLICY reading ON file_register FOR SELECT TO mat_app USING (
  made_by = (SELECT acting.user_id())
  OR acting.holds_for(panel_id, 'analyst', 'coordinator', 'auditor', 'dpo', 'administrator')
);
CREATE POLICY adding ON file_register FOR INSERT TO mat_app WITH CHECK (
  made_by = (SELECT acting.user_id()) AND deleted_at IS NULL
  AND (SELECT acting.holds_somewhere('analyst', 'coordinator', 'auditor', 'dpo', 'administrator'))
  AND (panel_id IS NULL OR acting.holds_for(panel_id, 'analyst', 'coordinator', 'auditor', 'dpo', 'administrator'))
);
CREATE POLICY changing ON file_register FOR UPDATE TO mat_app USING (
  made_by = (SELECT acting.user_id())
  OR acting.holds_for(panel_id, 'analyst', 'coordinator', 'dpo', 'administrator')
);

CREATE POLICY using_it ON consultation FOR ALL TO mat_app USING (session_id = (SELECT acting.session_id()));

-- The log: one's own events; a chair of all panel areas also those of the same service; auditor and DPO, all.
CREATE POLICY reading ON audit_index FOR SELECT TO mat_app USING (
  actor = (SELECT acting.user_id()) OR (SELECT acting.holds_everywhere('auditor', 'dpo'))
  OR (service = (SELECT acting.service_id()) AND (SELECT acting.holds_everywhere('chair')))
);
CREATE POLICY reading ON audit_event FOR SELECT TO mat_app USING (
  (SELECT acting.holds_everywhere('auditor', 'dpo')) OR seq IN (SELECT audit_index.seq FROM audit_index)
);
CREATE POLICY reading ON audit_payload FOR SELECT TO mat_app USING (
  actor = (SELECT acting.user_id()) OR (SELECT acting.holds_everywhere('auditor', 'dpo'))
);
CREATE POLICY adding ON audit_payload FOR INSERT TO mat_app WITH CHECK (actor = (SELECT acting.user_id()));
CREATE POLICY reading ON audit_checkpoint FOR SELECT TO mat_app USING ((SELECT acting.user_id()) IS NOT NULL);

-- The two roles that own functions: what each function needs, and no sign-in.

CREATE POLICY acting_reads ON agency FOR SELECT TO mat_acting USING (true);
CREATE POLICY acting_reads ON service FOR SELECT TO mat_acting USING (true);
CREATE POLICY acting_reads ON panel FOR SELECT TO mat_acting USING (true);
CREATE POLICY acting_reads ON app_user FOR SELECT TO mat_acting USING (true);
CREATE POLICY acting_reads ON user_login FOR SELECT TO mat_acting USING (true);
CREATE POLICY acting_reads ON membership FOR SELECT TO mat_acting USING (true);
CREATE POLICY acting_reads ON role_grant FOR SELECT TO mat_acting USING (true);
CREATE POLICY acting_reads ON work_session FOR SELECT TO mat_acting USING (true);
CREATE POLICY acting_reads ON access_rule FOR SELECT TO mat_acting USING (true);
CREATE POLICY acting_reads ON share FOR SELECT TO mat_acting USING (true);
CREATE POLICY acting_reads ON client FOR SELECT TO mat_acting USING (true);
CREATE POLICY acting_reads ON victim FOR SELECT TO mat_acting USING (true);
CREATE POLICY acting_reads ON victim_identity FOR SELECT TO mat_acting USING (true);
CREATE POLICY acting_reads ON conflict FOR SELECT TO mat_acting USING (true);
CREATE POLICY acting_reads ON restriction FOR SELECT TO mat_acting USING (true);
CREATE POLICY acting_reads ON subject FOR SELECT TO mat_acting USING (true);
CREATE POLICY acting_reads ON subject_alias FOR SELECT TO mat_acting USING (true);
CREATE POLICY acting_reads ON store FOR SELECT TO mat_acting USING (true);
CREATE POLICY acting_reads ON break_glass FOR SELECT TO mat_acting USING (true);
CREATE POLICY acting_reads ON data_request FOR SELECT TO mat_acting USING (true);
CREATE POLICY acting_reads ON file_person FOR SELECT TO mat_acting USING (true);
CREATE POLICY acting_reads ON file_register FOR SELECT TO mat_acting USING (true);
CREATE POLICY acting_reads ON removal FOR SELECT TO mat_acting USING (true);
CREATE POLICY acting_notes ON file_person FOR INSERT TO mat_acting WITH CHECK (true);
CREATE POLICY acting_founds ON agency FOR INSERT TO mat_acting WITH CHECK (true);
CREATE POLICY acting_founds ON service FOR INSERT TO mat_acting WITH CHECK (true);
CREATE POLICY acting_founds ON panel FOR INSERT TO mat_acting WITH CHECK (true);
CREATE POLICY acting_founds ON app_user FOR INSERT TO mat_acting WITH CHECK (true);
CREATE POLICY acting_founds ON user_login FOR INSERT TO mat_acting WITH CHECK (true);
CREATE POLICY acting_founds ON membership FOR INSERT TO mat_acting WITH CHECK (true);
CREATE POLICY acting_founds ON role_grant FOR INSERT TO mat_acting WITH CHECK (true);
CREATE POLICY acting_founds ON work_session FOR INSERT TO mat_acting WITH CHECK (true);
CREATE POLICY acting_founds ON store FOR INSERT TO mat_acting WITH CHECK (true);
CREATE POLICY acting_ends ON work_session FOR UPDATE TO mat_acting USING (true);
CREATE POLICY acting_pins ON store FOR UPDATE TO mat_acting USING (true);
CREATE POLICY acting_marks ON subject FOR UPDATE TO mat_acting USING (true);
CREATE POLICY log_appends ON audit_event FOR ALL TO mat_log USING (true);
CREATE POLICY log_indexes ON audit_index FOR ALL TO mat_log USING (true);

GRANT SELECT ON agency, service, panel, app_user, user_login, membership, role_grant, work_session, access_rule, share,
  client, victim, victim_identity, conflict, restriction, subject, subject_alias, store, break_glass, data_request,
  file_person, file_register, removal, alembic_version
TO mat_acting;
GRANT INSERT ON agency, service, panel, app_user, user_login, membership, role_grant, work_session, store TO mat_acting;
GRANT INSERT ON file_person TO mat_acting;
GRANT UPDATE ON store TO mat_acting;
GRANT UPDATE (stepped_up_at, ended_at) ON work_session TO mat_acting;
GRANT UPDATE (is_sensitive, version) ON subject TO mat_acting;
GRANT SELECT, INSERT ON audit_event, audit_index TO mat_log;

GRANT SELECT ON ALL TABLES IN SCHEMA public TO mat_app, mat_backup;
REVOKE ALL ON alembic_version, store, work_session, person_key FROM mat_app;
GRANT SELECT (session_id, user_id, service_id, channel, began_at, seen_at, expires_at, stepped_up_at, ended_at)
ON work_session TO mat_app;
GRANT INSERT ON agency, service, panel, app_user, user_login, membership, role_grant, notice, file_register, consultation,
  audit_payload, audit_checkpoint, list_run, area_figure, removal TO mat_app;
-- Of who may be at work and why, only what may change: a share, a grant or a session is ended, and not rewritten.
GRANT UPDATE (name, ended_at) ON agency, service, app_user TO mat_app;
GRANT UPDATE (name, seats, ended_at) ON panel TO mat_app;
GRANT UPDATE (ended_at) ON membership, user_login, client TO mat_app;
GRANT UPDATE (confirmed_by, confirmed_at, ended_by, ended_at) ON role_grant TO mat_app;
GRANT UPDATE (read_by, read_at) ON notice TO mat_app;
GRANT UPDATE (ended_by, ended_at, ended_reason) ON share TO mat_app;
GRANT UPDATE (ended_by, ended_at) ON conflict TO mat_app;
GRANT UPDATE (reviewed_by, reviewed_at, finding) ON break_glass TO mat_app;
GRANT UPDATE (deleted_at, deleted_by, fate, path, purpose) ON file_register TO mat_app;
GRANT UPDATE (logged_at) ON consultation TO mat_app;
-- Of what is only locked against other changes, what the database counts by itself.
GRANT UPDATE (version) ON list_run, subject TO mat_app;
GRANT DELETE ON subject, list_run TO mat_app;

GRANT INSERT ON
  subject, subject_alias, subject_identity, subject_address, list_place, case_standing, list_reason,
  list_evidence, list_score, narrative, history_event, case_order, partner_nomination, narrative_summary,
  risk_summary, victim_identity, child_note, safeguarding_flag, service_need, victim_need, client, dyad, victim,
  hold_resolution, share, conflict, restriction, data_request, legal_hold, retention_review,
  removal_proposal, file_person
TO mat_app;
-- Of a case, what is filled in, corrected, answered, decided or lifted; never whose it is, or what was said before that.
GRANT UPDATE (valid_to) ON subject_alias TO mat_app;
GRANT UPDATE (forename, surname, birth_date, birth_date_precision, sex) ON subject_identity TO mat_app;
GRANT UPDATE (postcode, home_ward) ON subject_address TO mat_app;
GRANT UPDATE (forename, surname, birth_date) ON victim_identity TO mat_app;
GRANT UPDATE (content) ON narrative, narrative_summary, risk_summary, child_note, service_need TO mat_app;
GRANT UPDATE (to_at, lifted_by, lifted_reason) ON restriction TO mat_app;
GRANT UPDATE (extended_to, extended_reason, outcome, answer, answered_by, answered_at) ON data_request TO mat_app;
GRANT UPDATE (released_by, released_at, released_reason) ON legal_hold TO mat_app;
GRANT UPDATE (decision, reason, next_due_on, decided_by, decided_at) ON retention_review TO mat_app;
GRANT UPDATE (begun_by, begun_at, ended_by, ended_at, ended_as) ON removal_proposal TO mat_app;

DO $$
DECLARE
  guarded record;
BEGIN
  FOR guarded IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', guarded.tablename);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', guarded.tablename);
  END LOOP;
END
$$;
