-- Frozen: takes away what 0002_statements added.
ALTER TABLE narrative DROP COLUMN source;
REVOKE UPDATE (children_affected, set_by, set_at) ON safeguarding_flag FROM mat_app;
