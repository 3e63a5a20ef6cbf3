-- Frozen: takes away what follows from a breach, revision 0002.
DROP TRIGGER told ON kept_breach;
DROP FUNCTION tell_of_the_breach();
