-- Frozen: who is named in the panel's work, and what of it may change, revision 0002.

-- Whoever does something is named as the one who did, as in every table before.
DO $$
DECLARE
  written record;
BEGIN
  FOR written IN
    SELECT columns.table_name, array_agg(columns.column_name::text ORDER BY columns.ordinal_position) AS authors
    FROM information_schema.columns
    WHERE columns.table_schema = 'public' AND columns.udt_name = 'uuid' AND columns.column_name LIKE '%\_by'
      AND NOT EXISTS (
        SELECT FROM pg_trigger
        WHERE pg_trigger.tgrelid = format('public.%I', columns.table_name)::regclass AND pg_trigger.tgname = 'author'
      )
      AND columns.table_name <> 'removal'
    GROUP BY columns.table_name
  LOOP
    EXECUTE format(
      'CREATE POLICY author ON %I AS RESTRICTIVE FOR INSERT TO mat_app WITH CHECK (%s)', written.table_name,
      (
        SELECT string_agg(format('(%1$I IS NULL OR %1$I = (SELECT acting.user_id()))', author), ' AND ')
        FROM unnest(written.authors) AS author
      )
    );
    EXECUTE format(
      'CREATE TRIGGER author BEFORE UPDATE ON %I FOR EACH ROW EXECUTE FUNCTION keep_the_author(%s)', written.table_name,
      (SELECT string_agg(quote_literal(author), ', ') FROM unnest(written.authors) AS author)
    );
  END LOOP;
END
$$;

-- Of each row only what commands change.
REVOKE UPDATE ON meeting, agenda_item, hold_owner, nomination, panel_case, research_request, seat, action, kept_order,
  process_link
FROM mat_app;
GRANT UPDATE (state, opened_at, closed_at) ON meeting TO mat_app;
GRANT UPDATE (state, place, minutes, locked_by, locked_at, late_reason) ON agenda_item TO mat_app;
GRANT UPDATE (owner_id, taken_at) ON hold_owner TO mat_app;
GRANT UPDATE (state, cycle, run_id, rank_then, decided_reason, decided_by, decided_at, review_on) ON nomination TO mat_app;
GRANT UPDATE (
  state, lead_user_id, adopted_at, discharged_at, discharge_reason, told, told_on, told_by, told_what, not_told_why,
  told_review_on
) ON panel_case TO mat_app;
GRANT UPDATE (state, statement_type, answer, withheld_why, answered_by, answered_at) ON research_request TO mat_app;
GRANT UPDATE (user_id, attendance, signed_at) ON seat TO mat_app;
GRANT UPDATE (state, owner_id, due_on, carried_over) ON action TO mat_app;
GRANT UPDATE (state, served_at, expires_at, notified_at) ON kept_order TO mat_app;
GRANT UPDATE (ended_at) ON process_link TO mat_app;
