-- Frozen: takes away what follows from a referral by itself, revision 0002.
DROP TRIGGER keeps_its_course ON referral;
DROP TRIGGER followed ON referral;
DROP TRIGGER safety_gate ON disclosure;
DROP TRIGGER follows_a_referral ON share;
DROP FUNCTION keep_the_referral(), follow_the_referral(), keep_the_disclosure(), keep_the_share();
DROP FUNCTION acting.referral_totals(uuid, timestamptz, timestamptz), acting.raise_alerts(uuid);
DROP POLICY referral_opens ON share;
DROP POLICY referral_ends ON share;
DROP POLICY referral_tells ON notice;
REVOKE UPDATE (ended_by, ended_at, ended_reason, version) ON share FROM mat_acting;
DROP POLICY to_one_service ON notice;
ALTER TABLE notice DROP COLUMN to_service_id;
COMMENT ON TABLE notice IS 'One row per thing a role must be told of at once; about_id is the row it is about, panel_id its panel area.';
