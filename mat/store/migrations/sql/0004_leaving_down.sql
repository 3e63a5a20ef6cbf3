-- Frozen: takes away what 0004_leaving added.
DROP TABLE outgoing_file;
DROP FUNCTION acting.proven(), acting.closed_in_file(uuid), acting.people_in_outgoing(uuid), acting.file_of_token(bytea),
  acting.withdraw_outgoing(uuid), acting.empty_outgoing(), keep_the_leaving();
ALTER TABLE file_register NO FORCE ROW LEVEL SECURITY;
UPDATE file_register SET fate = 'unsafe' WHERE fate = 'handed_out';
ALTER TABLE file_register FORCE ROW LEVEL SECURITY;
ALTER TABLE file_register DROP CONSTRAINT ck_file_register_fate;
ALTER TABLE file_register ADD CONSTRAINT ck_file_register_fate CHECK (fate IN ('destroyed', 'gone', 'changed', 'unsafe', 'held', 'backup'));
DROP POLICY adding ON file_register;
CREATE POLICY adding ON file_register FOR INSERT TO mat_app WITH CHECK (
  made_by = (SELECT acting.user_id()) AND deleted_at IS NULL
  AND (SELECT acting.holds_somewhere('analyst', 'coordinator', 'auditor', 'dpo', 'administrator'))
  AND (panel_id IS NULL OR acting.holds_for(panel_id, 'analyst', 'coordinator', 'auditor', 'dpo', 'administrator'))
);
