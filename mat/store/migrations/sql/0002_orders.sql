-- Frozen: what follows from an order that was served or broken, revision 0002.

-- Whoever works with the subject is told that an order was broken, and on which day, in the same transaction; whoever
-- records it does not learn who is referred. What happened before a referral was received is no change of risk.
CREATE FUNCTION tell_of_the_breach() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  INSERT INTO risk_alert (
    alert_id, subject_id, panel_id, referral_id, service_id, kind, happened_on, raised_at, raised_by
  )
  SELECT gen_random_uuid(), referral.subject_id, referral.panel_id, referral.referral_id, referral.service_id,
    'order_breach', (NEW.occurred_at AT TIME ZONE 'Europe/London')::date, now(), acting.user_id()
  FROM referral
  WHERE referral.subject_id = NEW.subject_id AND referral.state NOT IN ('declined', 'closed')
    AND (NEW.occurred_at AT TIME ZONE 'Europe/London')::date
      >= (referral.received_at AT TIME ZONE 'Europe/London')::date
  ON CONFLICT DO NOTHING;
  RETURN NULL;
END
$$;
CREATE TRIGGER told AFTER INSERT ON kept_breach FOR EACH ROW EXECUTE FUNCTION tell_of_the_breach();

-- Whoever supports a victim of the subject is told at once, but of a sensitive case, that an order was served or broken.
CREATE FUNCTION tell_victim_services() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF acting.user_id() IS NULL THEN
    RETURN NULL;
  END IF;
  INSERT INTO notice (notice_id, to_role, kind, about_id, told_at, to_service_id)
  SELECT gen_random_uuid(), 'victim_service', TG_ARGV[0], NEW.subject_id, now(), told.service_id
  FROM (
    SELECT DISTINCT client.service_id
    FROM client JOIN subject ON subject.subject_id = client.subject_id
    WHERE client.subject_id = NEW.subject_id AND client.ended_at IS NULL AND NOT subject.is_sensitive
  ) AS told;
  RETURN NULL;
END
$$;
CREATE TRIGGER told_to_victim_services AFTER INSERT ON kept_breach FOR EACH ROW
EXECUTE FUNCTION tell_victim_services('order_broken');
CREATE TRIGGER told_once_recorded AFTER INSERT ON kept_order FOR EACH ROW
WHEN (NEW.served_at IS NOT NULL) EXECUTE FUNCTION tell_victim_services('order_served');
CREATE TRIGGER told_once_served AFTER UPDATE ON kept_order FOR EACH ROW
WHEN (OLD.served_at IS NULL AND NEW.served_at IS NOT NULL) EXECUTE FUNCTION tell_victim_services('order_served');
CREATE POLICY order_tells ON notice FOR INSERT TO mat_acting WITH CHECK (
  kind IN ('order_broken', 'order_served') AND to_role = 'victim_service' AND to_service_id IS NOT NULL
);

GRANT CREATE ON SCHEMA public TO mat_acting;
ALTER FUNCTION tell_of_the_breach() OWNER TO mat_acting;
ALTER FUNCTION tell_victim_services() OWNER TO mat_acting;
REVOKE CREATE ON SCHEMA public FROM mat_acting;
SET LOCAL ROLE mat_acting;
REVOKE EXECUTE ON FUNCTION tell_of_the_breach(), tell_victim_services() FROM PUBLIC;
SET LOCAL ROLE mat_owner;
