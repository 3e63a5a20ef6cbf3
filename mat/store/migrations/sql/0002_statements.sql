-- Frozen: where a statement about a case comes from, that the flag on children may be set anew, and what came of each
-- record between two people, revision 0002.
ALTER TABLE narrative ADD COLUMN source TEXT;
GRANT UPDATE (children_affected, set_by, set_at) ON safeguarding_flag TO mat_app;
-- In the order of counterparts, null where it is not recorded; empty of what was imported before this revision.
ALTER TABLE history_event ADD COLUMN injuries TEXT[] DEFAULT '{}' NOT NULL;
ALTER TABLE history_event ADD COLUMN callers TEXT[] DEFAULT '{}' NOT NULL;
