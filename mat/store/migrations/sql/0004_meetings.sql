-- Frozen: where a meeting is held, and when it began with a case, revision 0004. Null of what was before this revision.
ALTER TABLE meeting ADD COLUMN venue TEXT;
ALTER TABLE agenda_item ADD COLUMN discussed_at TIMESTAMP WITH TIME ZONE;

-- Set once, by the database and by nobody else: no role may write the column.
CREATE FUNCTION keep_the_beginning() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  NEW.discussed_at := transaction_timestamp();
  RETURN NEW;
END
$$;
CREATE TRIGGER begun BEFORE UPDATE ON agenda_item FOR EACH ROW
WHEN (NEW.state = 'discussed' AND OLD.state <> 'discussed')
EXECUTE FUNCTION keep_the_beginning();
REVOKE EXECUTE ON FUNCTION keep_the_beginning() FROM PUBLIC;
