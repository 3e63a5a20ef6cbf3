-- Frozen: takes away all that revision 0001 made.
DROP SCHEMA acting CASCADE;
DO $$
DECLARE
  made record;
BEGIN
  FOR made IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP
    EXECUTE format('DROP TABLE public.%I CASCADE', made.tablename);
  END LOOP;
  FOR made IN SELECT pg_proc.oid::regprocedure AS name FROM pg_proc WHERE pronamespace = 'public'::regnamespace LOOP
    EXECUTE format('DROP FUNCTION %s', made.name);
  END LOOP;
END
$$;
