-- Frozen: what came of each record between two people, revision 0003. In the order of counterparts, null where it is
-- not recorded; empty of what was imported before this revision.
ALTER TABLE history_event ADD COLUMN injuries TEXT[] DEFAULT '{}' NOT NULL;
ALTER TABLE history_event ADD COLUMN callers TEXT[] DEFAULT '{}' NOT NULL;
