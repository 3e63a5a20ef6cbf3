-- What is known at the as-of date, with merged ids replaced: the tables every other file of this folder reads.
-- Parameters: variables as_of (DATE), every_crime_weighs_one (BOOLEAN), high_harm (DOUBLE or null); table scale.

CREATE TEMP TABLE run AS
SELECT
    getvariable('as_of')::DATE AS as_of,
    getvariable('as_of')::DATE::TIMESTAMP AS midnight,
    getvariable('every_crime_weighs_one')::BOOLEAN AS every_crime_weighs_one,
    getvariable('high_harm')::DOUBLE AS high_harm;

-- One row per id that is merged away at the as-of date: the id at the end of its chain.
CREATE TEMP TABLE merged_away AS
WITH RECURSIVE
known AS (
    SELECT old_id, new_id
    FROM person_merges, run
    WHERE merged_at < midnight AND (undone_at IS NULL OR undone_at >= midnight)
),
chain (old_id, last_id, steps) AS (
    SELECT old_id, new_id, 1 FROM known
    UNION ALL
    SELECT chain.old_id, known.new_id, steps + 1
    FROM chain JOIN known ON known.old_id = chain.last_id
    WHERE steps < 1000
)
SELECT old_id, arg_max(last_id, steps) AS person_id FROM chain GROUP BY old_id;

CREATE TEMP MACRO who(given_id) AS
    coalesce((SELECT person_id FROM merged_away WHERE old_id = given_id), given_id);

-- One row per incident that is known, happened before the as-of date and is not cancelled by then.
CREATE TEMP TABLE counting_incidents AS
WITH coded AS (
    SELECT *, nullif(upper(trim(offence_code)), '') AS code FROM incidents
)
SELECT
    coded.incident_id,
    coded.occurred_at::DATE AS d,
    coalesce(coded.recorded_at, coded.occurred_at) AS recorded_at,
    coded.is_crime,
    coded.is_domestic,
    coded.children_present,
    CASE WHEN every_crime_weighs_one THEN 10000 ELSE coalesce(exact.units, stem.units) END AS units,
    coalesce(exact.high_risk, stem.high_risk, false) AS is_high_risk
FROM coded
CROSS JOIN run
LEFT JOIN scale AS exact ON exact.code = coded.code
LEFT JOIN scale AS stem ON exact.code IS NULL AND stem.code = split_part(coded.code, '/', 1)
WHERE coalesce(coded.recorded_at, coded.occurred_at) < midnight
  AND coded.occurred_at::DATE < as_of
  AND (coded.cancelled_at IS NULL OR coded.cancelled_at >= midnight);

-- Every involvement there will ever be in a counting incident, under the person's present id.
CREATE TEMP TABLE involved AS
SELECT
    involvements.incident_id,
    coalesce(merged_away.person_id, involvements.person_id) AS person_id,
    role,
    greatest(coalesce(involvements.recorded_at, i.recorded_at), i.recorded_at) AS known_from,
    coalesce(involvements.recorded_at, i.recorded_at) < midnight AS is_known,
    role = 'suspect' AND coalesce(status = 'eliminated', false)
        AND (status_at IS NULL OR status_at < midnight) AS is_eliminated
FROM involvements
JOIN counting_incidents AS i USING (incident_id)
LEFT JOIN merged_away ON merged_away.old_id = involvements.person_id
CROSS JOIN run;

-- One row per counting incident, person and role.
CREATE TEMP TABLE roles AS
SELECT incident_id, person_id, role, min(known_from) AS known_from
FROM involved
WHERE is_known AND NOT is_eliminated
GROUP BY incident_id, person_id, role;

CREATE TEMP TABLE as_suspect AS
SELECT person_id, known_from, i.*
FROM roles JOIN counting_incidents AS i USING (incident_id)
WHERE role = 'suspect';

CREATE TEMP TABLE as_victim AS
SELECT person_id, known_from, i.*
FROM roles JOIN counting_incidents AS i USING (incident_id)
WHERE role = 'victim';

-- Rows of pairs, accepted or set aside, under present ids, and whether each is known yet.
CREATE TEMP TABLE pair_rows AS
WITH
given AS (
    SELECT incident_id, suspect_id, victim_id, true AS is_accepted FROM pairs
    UNION ALL
    SELECT
        nullif(trim(json_extract_string(content, '$.incident_id')), ''),
        nullif(trim(json_extract_string(content, '$.suspect_id')), ''),
        nullif(trim(json_extract_string(content, '$.victim_id')), ''),
        false
    FROM (
        SELECT CASE WHEN json_valid(raw) THEN raw::JSON END AS content
        FROM quarantine WHERE "table" = 'pairs'
    )
),
present AS (
    SELECT
        given.incident_id,
        coalesce(s.person_id, given.suspect_id) AS suspect_id,
        coalesce(v.person_id, given.victim_id) AS victim_id,
        is_accepted
    FROM given
    LEFT JOIN merged_away AS s ON s.old_id = given.suspect_id
    LEFT JOIN merged_away AS v ON v.old_id = given.victim_id
),
seen AS (
    SELECT incident_id, person_id, role, bool_or(is_known) AS is_known
    FROM involved
    GROUP BY incident_id, person_id, role
)
SELECT
    present.*,
    coalesce(NOT s.is_known, false) OR coalesce(NOT v.is_known, false) AS is_not_yet_known
FROM present
LEFT JOIN seen AS s
    ON s.incident_id = present.incident_id AND s.person_id = present.suspect_id AND s.role = 'suspect'
LEFT JOIN seen AS v
    ON v.incident_id = present.incident_id AND v.person_id = present.victim_id AND v.role = 'victim';

-- One row per dyad and incident.
CREATE TEMP TABLE dyad_incidents AS
SELECT s.person_id AS suspect_id, v.person_id AS victim_id, i.*
FROM counting_incidents AS i
JOIN roles AS s ON s.incident_id = i.incident_id AND s.role = 'suspect'
JOIN roles AS v ON v.incident_id = i.incident_id AND v.role = 'victim'
WHERE i.is_domestic
  AND s.person_id <> v.person_id
  AND CASE
      WHEN EXISTS (SELECT 1 FROM pair_rows AS p WHERE p.incident_id = i.incident_id AND NOT p.is_not_yet_known)
      THEN EXISTS (
          SELECT 1 FROM pair_rows AS p
          WHERE p.incident_id = i.incident_id AND p.suspect_id = s.person_id AND p.victim_id = v.person_id
            AND p.is_accepted AND NOT p.is_not_yet_known
      )
      ELSE true
  END;

CREATE TEMP TABLE restricted AS
SELECT DISTINCT coalesce(merged_away.person_id, restrictions.person_id) AS person_id
FROM restrictions
LEFT JOIN merged_away ON merged_away.old_id = restrictions.person_id
CROSS JOIN run
WHERE from_at < midnight AND (to_at IS NULL OR to_at >= midnight);

CREATE TEMP TABLE population AS
SELECT DISTINCT person_id
FROM as_suspect
WHERE is_domestic AND person_id NOT IN (SELECT person_id FROM restricted);
