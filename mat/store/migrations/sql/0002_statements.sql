-- Frozen: where a statement about a case comes from, and that the flag on children may be set anew, revision 0002.
ALTER TABLE narrative ADD COLUMN source TEXT;
GRANT UPDATE (children_affected, set_by, set_at) ON safeguarding_flag TO mat_app;
