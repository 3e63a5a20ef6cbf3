-- The roles of a PostgreSQL server that holds case stores; run by an administrator, again and again without harm.
-- mat_owner owns the tables, mat_app is the everyday application, mat_backup reads everything for a backup;
-- mat_log and mat_acting own functions and cannot sign in.
DO $$
DECLARE
  wanted record;
BEGIN
  FOR wanted IN
    SELECT * FROM (VALUES
      ('mat_owner', 'LOGIN NOBYPASSRLS'), ('mat_app', 'LOGIN NOBYPASSRLS'), ('mat_backup', 'LOGIN BYPASSRLS'),
      ('mat_log', 'NOLOGIN NOBYPASSRLS'), ('mat_acting', 'NOLOGIN NOBYPASSRLS')
    ) AS roles (name, options)
  LOOP
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = wanted.name) THEN
      EXECUTE format('CREATE ROLE %I NOSUPERUSER NOCREATEDB NOCREATEROLE %s', wanted.name, wanted.options);
    END IF;
  END LOOP;
END
$$;
GRANT mat_log, mat_acting TO mat_owner WITH INHERIT FALSE, SET TRUE;
