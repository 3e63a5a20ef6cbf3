-- Frozen: takes away what 0004_meetings added.
DROP TRIGGER begun ON agenda_item;
DROP FUNCTION keep_the_beginning();
ALTER TABLE agenda_item DROP COLUMN discussed_at;
ALTER TABLE meeting DROP COLUMN venue;
