-- One row per known dyad of people whose data may be processed, sorted by both ids.
WITH dyads AS (
    SELECT
        suspect_id,
        victim_id,
        count(*)::BIGINT AS incident_count,
        count(*) FILTER (WHERE is_crime)::BIGINT AS crime_count,
        coalesce(sum(units) FILTER (WHERE is_crime), 0)::BIGINT / 10000.0::DOUBLE AS harm,
        min(d) AS first_on,
        max(d) AS last_on
    FROM dyad_incidents
    GROUP BY suspect_id, victim_id
)
SELECT
    dyads.*,
    EXISTS (
        SELECT 1 FROM dyads AS back
        WHERE back.suspect_id = dyads.victim_id AND back.victim_id = dyads.suspect_id
    ) AS is_reciprocal
FROM dyads
WHERE suspect_id NOT IN (SELECT person_id FROM restricted)
  AND victim_id NOT IN (SELECT person_id FROM restricted)
ORDER BY suspect_id, victim_id;
