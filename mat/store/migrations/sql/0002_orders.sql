-- Frozen: what follows from a breach that somebody records, revision 0002.

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

GRANT CREATE ON SCHEMA public TO mat_acting;
ALTER FUNCTION tell_of_the_breach() OWNER TO mat_acting;
REVOKE CREATE ON SCHEMA public FROM mat_acting;
SET LOCAL ROLE mat_acting;
REVOKE EXECUTE ON FUNCTION tell_of_the_breach() FROM PUBLIC;
SET LOCAL ROLE mat_owner;
