-- Frozen: what a meeting must know of cases that are out of sight, revision 0002: counts, and nothing of any case.

-- To know of meetings and who sits in them brings no case near: those two groups are, as runs and figures of the area, of
-- no case, wherever it is asked whose panel area a case is in the sight of.
SET LOCAL ROLE mat_acting;
DO $$
DECLARE
  asks text;
  asked regprocedure;
BEGIN
  FOREACH asked IN ARRAY ARRAY['acting.hidden(boolean)', 'acting.facts_of(uuid[])']::regprocedure[] LOOP
    asks := pg_get_functiondef(asked);
    IF asks NOT LIKE '%NOT IN (''run'', ''area'')%' THEN
      RAISE EXCEPTION 'function % is not that of revision 0001', asked;
    END IF;
    EXECUTE replace(asks, 'NOT IN (''run'', ''area'')', 'NOT IN (''run'', ''area'', ''meetings'', ''seats'')');
  END LOOP;
END
$$;
SET LOCAL ROLE mat_owner;

-- How long an agenda is, to whoever may know of the meeting.
CREATE FUNCTION acting.agenda_load(wanted uuid) RETURNS TABLE (cases integer, minutes integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT count(agenda_item.item_id)::integer, coalesce(sum(agenda_item.minutes), 0)::integer
  FROM meeting
  LEFT JOIN agenda_item ON agenda_item.meeting_id = meeting.meeting_id AND agenda_item.state <> 'deferred'
  WHERE meeting.meeting_id = wanted AND meeting.panel_id IN (SELECT acting.panels('meetings', 'read'))
$$;

-- Every blind judgement that is open: a new case that was not deferred, and a service whose people signed the register
-- and may judge. A judgement counts if it was made since the panel's meeting before this one was closed, or of the list
-- that the panel works from now, of which no service judges twice.
CREATE FUNCTION acting.judgements_due(wanted uuid) RETURNS TABLE (item_id uuid, subject_id uuid, service_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT agenda_item.item_id, agenda_item.subject_id, seat.service_id
  FROM meeting
  JOIN agenda_item ON agenda_item.meeting_id = meeting.meeting_id
  JOIN seat ON seat.meeting_id = meeting.meeting_id
  JOIN service ON service.service_id = seat.service_id
  WHERE meeting.meeting_id = wanted AND meeting.panel_id IN (SELECT acting.panels('meetings', 'write'))
    AND agenda_item.kind = 'new' AND agenda_item.state <> 'deferred' AND seat.signed_at IS NOT NULL
    AND service.kind IN ('police', 'panel_partner', 'child_service')
    AND NOT EXISTS (
      SELECT FROM conflict
      WHERE conflict.subject_id = agenda_item.subject_id AND conflict.user_id = seat.user_id AND conflict.ended_at IS NULL
    )
    AND NOT EXISTS (
      SELECT FROM blind_judgement
      WHERE blind_judgement.subject_id = agenda_item.subject_id AND blind_judgement.service_id = seat.service_id
        AND (
          blind_judgement.judged_at > coalesce((
            SELECT max(before.closed_at) FROM meeting AS before
            WHERE before.panel_id = meeting.panel_id AND before.meeting_id <> meeting.meeting_id
          ), '-infinity')
          OR blind_judgement.cycle = (
            SELECT max(list_run.as_of) FROM list_run
            WHERE list_run.panel_id = meeting.panel_id AND list_run.expires_at > now()
          )
        )
    )
$$;

-- The same, of the cases that are open to the person.
CREATE FUNCTION acting.open_judgements(wanted uuid) RETURNS TABLE (item_id uuid, subject_id uuid, service_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT due.item_id, due.subject_id, due.service_id FROM acting.judgements_due(wanted) AS due
  WHERE due.subject_id NOT IN (SELECT acting.barred())
$$;

-- What stands in the way of closing a meeting.
CREATE FUNCTION acting.open_work(wanted uuid) RETURNS TABLE (undecided integer, unjudged integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT
    (
      SELECT count(*) FROM agenda_item
      WHERE agenda_item.meeting_id = meeting.meeting_id AND agenda_item.state IN ('waiting', 'discussed')
    )::integer,
    (SELECT count(*) FROM acting.judgements_due(wanted))::integer
  FROM meeting
  WHERE meeting.meeting_id = wanted AND meeting.panel_id IN (SELECT acting.panels('meetings', 'write'))
$$;

ALTER FUNCTION acting.agenda_load(uuid) OWNER TO mat_acting;
ALTER FUNCTION acting.judgements_due(uuid) OWNER TO mat_acting;
ALTER FUNCTION acting.open_judgements(uuid) OWNER TO mat_acting;
ALTER FUNCTION acting.open_work(uuid) OWNER TO mat_acting;
SET LOCAL ROLE mat_acting;
REVOKE EXECUTE ON FUNCTION acting.agenda_load(uuid), acting.judgements_due(uuid), acting.open_judgements(uuid),
  acting.open_work(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION acting.agenda_load(uuid), acting.open_judgements(uuid), acting.open_work(uuid) TO mat_app;
SET LOCAL ROLE mat_owner;
