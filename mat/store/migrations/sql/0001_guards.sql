-- Frozen: what the database fills in by itself, and holds against whoever writes.

-- The panel area of a notice is that of what it is about, whatever the writer says; of a sensitive case its named
-- reviewer is told and nobody else.
CREATE FUNCTION place_the_notice() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  NEW.panel_id := coalesce(
    (SELECT subject.panel_id FROM subject WHERE subject.subject_id = NEW.about_id),
    (SELECT break_glass.panel_id FROM break_glass WHERE break_glass.use_id = NEW.about_id),
    (SELECT data_request.panel_id FROM data_request WHERE data_request.request_id = NEW.about_id),
    (SELECT role_grant.panel_id FROM role_grant WHERE role_grant.grant_id = NEW.about_id)
  );
  IF EXISTS (SELECT FROM subject WHERE subject.subject_id = NEW.about_id AND subject.is_sensitive) THEN
    NEW.to_role := 'named_reviewer';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER placed BEFORE INSERT ON notice FOR EACH ROW EXECUTE FUNCTION place_the_notice();

GRANT CREATE ON SCHEMA public TO mat_log, mat_acting;
ALTER FUNCTION place_the_notice() OWNER TO mat_acting;
REVOKE CREATE ON SCHEMA public FROM mat_log, mat_acting;

SET LOCAL ROLE mat_acting;
REVOKE EXECUTE ON FUNCTION place_the_notice() FROM PUBLIC;
SET LOCAL ROLE mat_owner;
