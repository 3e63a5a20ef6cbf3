-- Frozen: where a statement about a case comes from, revision 0002.
ALTER TABLE narrative ADD COLUMN source TEXT;
