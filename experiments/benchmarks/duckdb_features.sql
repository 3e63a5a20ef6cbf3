-- The features of every suspect in DuckDB SQL, written to be fast: each step is a table, people and incidents are
-- numbered once, and recursion touches only the few suspects whose victims know each other.
-- Reads: a view per table of inputs.py, and scale (code, weight_units, is_high_risk).
-- Variables: as_of (TIMESTAMP, midnight), lacks_ties, lacks_orders, lacks_custody, lacks_children_present (BOOLEAN).

-- One row per id merged away: the id at the end of its chain.
CREATE TEMP TABLE merged AS
WITH RECURSIVE
known AS (
    SELECT old_id, new_id FROM person_merges
    WHERE merged_at < getvariable('as_of') AND (undone_at IS NULL OR undone_at >= getvariable('as_of'))
),
chain (old_id, new_id, steps) AS (
    SELECT old_id, new_id, 1 FROM known
    UNION ALL
    SELECT chain.old_id, known.new_id, steps + 1 FROM chain JOIN known ON known.old_id = chain.new_id
)
SELECT old_id, arg_max(new_id, steps) AS new_id FROM chain GROUP BY old_id;

CREATE TEMP TABLE weights AS
WITH codes AS (
    SELECT offence_code, upper(trim(offence_code)) AS code
    FROM (SELECT DISTINCT offence_code FROM incidents WHERE offence_code IS NOT NULL)
)
SELECT
    offence_code,
    CASE WHEN own.code IS NOT NULL THEN own.weight_units ELSE stem.weight_units END AS units,
    coalesce(own.is_high_risk, stem.is_high_risk, false) AS is_high_risk
FROM codes
LEFT JOIN scale AS own ON own.code = codes.code
LEFT JOIN scale AS stem ON stem.code = trim(split_part(codes.code, '/', 1));

-- One row per counting incident; rowid is its number.
CREATE TEMP TABLE counting AS
SELECT
    incident_id,
    date_diff('day', occurred_at::DATE, getvariable('as_of')::DATE)::INTEGER AS age,
    recorded_at,
    is_domestic,
    is_crime,
    coalesce(children_present, false) AS has_children,
    CASE WHEN is_crime THEN units END AS units,
    is_crime AND coalesce(is_high_risk, false) AS is_high_risk
FROM incidents LEFT JOIN weights USING (offence_code)
WHERE recorded_at < getvariable('as_of')
  AND occurred_at < getvariable('as_of')
  AND (cancelled_at IS NULL OR cancelled_at >= getvariable('as_of'));

-- Every suspect and victim of a counting incident under the present id, known yet or not.
CREATE TEMP TABLE recorded AS
SELECT
    c.rowid AS incident,
    coalesce(m.new_id, i.person_id) AS person_id,
    i.role = 'suspect' AS is_suspect,
    greatest(i.recorded_at, c.recorded_at) AS known_at,
    i.role = 'suspect' AND coalesce(i.status = 'eliminated', false)
        AND (i.status_at IS NULL OR i.status_at < getvariable('as_of')) AS is_eliminated
FROM involvements AS i
JOIN counting AS c USING (incident_id)
LEFT JOIN merged AS m ON m.old_id = i.person_id
WHERE i.role IN ('suspect', 'victim');

CREATE TEMP TABLE people AS
SELECT DISTINCT person_id FROM recorded;

CREATE TEMP TABLE roles AS
SELECT r.incident, p.rowid AS person, is_suspect, min(known_at) AS known_at
FROM recorded AS r JOIN people AS p USING (person_id)
WHERE known_at < getvariable('as_of') AND NOT is_eliminated
GROUP BY ALL;

CREATE TEMP TABLE suspects AS
SELECT
    person, incident, age, is_domestic, is_crime, has_children, units, is_high_risk,
    date_diff('day', known_at::DATE, getvariable('as_of')::DATE) AS known_age
FROM roles JOIN counting ON counting.rowid = incident
WHERE is_suspect;

CREATE TEMP TABLE victims AS
SELECT person, incident, age
FROM roles JOIN counting ON counting.rowid = incident
WHERE NOT is_suspect AND is_domestic;

CREATE TEMP TABLE sums AS
SELECT
    person,
    count(*) FILTER (age <= 90) AS da_suspect_count_90d,
    count(*) FILTER (age <= 365) AS da_suspect_count_365d,
    count(*) FILTER (age <= 730) AS da_suspect_count_730d,
    count(*) FILTER (age <= 1095) AS da_suspect_count_1095d,
    count(*) AS da_suspect_count_all,
    count(*) FILTER (is_crime AND age <= 90) AS da_crime_count_90d,
    count(*) FILTER (is_crime AND age <= 365) AS da_crime_count_365d,
    count(*) FILTER (is_crime AND age <= 730) AS da_crime_count_730d,
    count(*) FILTER (is_crime AND age <= 1095) AS da_crime_count_1095d,
    count(*) FILTER (is_crime) AS da_crime_count_all,
    min(age) AS days_since_last_da,
    max(age) AS days_since_first_da,
    coalesce(sum(units) FILTER (age <= 90), 0)::BIGINT AS harm_90d,
    coalesce(sum(units) FILTER (age <= 365), 0)::BIGINT AS harm_365d,
    coalesce(sum(units) FILTER (age <= 730), 0)::BIGINT AS harm_730d,
    coalesce(sum(units) FILTER (age <= 1095), 0)::BIGINT AS harm_1095d,
    coalesce(sum(units), 0)::BIGINT AS harm_all,
    max(units) FILTER (age <= 365) AS harm_max_365d,
    max(units) FILTER (age <= 1095) AS harm_max_1095d,
    max(units) AS harm_max_all,
    coalesce(sum(units) FILTER (age > 365 AND age <= 730), 0)::BIGINT AS harm_previous_365d,
    count(*) FILTER (is_crime AND units IS NULL) AS harm_unweighted_count_all,
    count(*) FILTER (is_high_risk AND age <= 365) AS high_risk_crime_count_365d,
    count(*) FILTER (known_age <= 90) AS newly_recorded_count_90d,
    coalesce(sum(units) FILTER (known_age <= 90), 0)::BIGINT AS newly_recorded_harm_90d,
    count(*) FILTER (has_children AND age <= 365) AS children_present_count_365d,
    count(*) FILTER (has_children) AS children_present_count_all
FROM suspects
WHERE is_domestic
GROUP BY person;

CREATE TEMP TABLE other_crimes AS
SELECT
    person,
    count(*) FILTER (age <= 365) AS non_da_crime_count_365d,
    count(*) FILTER (age <= 1095) AS non_da_crime_count_1095d,
    count(*) AS non_da_crime_count_all
FROM suspects
WHERE is_crime AND NOT is_domestic
GROUP BY person;

CREATE TEMP TABLE gaps AS
SELECT person, median(gap) AS median_gap_days
FROM (
    SELECT person, age - lag(age) OVER (PARTITION BY person ORDER BY age) AS gap FROM suspects WHERE is_domestic
)
WHERE gap > 0
GROUP BY person;

CREATE TEMP TABLE as_victim AS
SELECT
    person,
    count(*) FILTER (age <= 90) AS da_victim_count_90d,
    count(*) FILTER (age <= 365) AS da_victim_count_365d,
    count(*) FILTER (age <= 730) AS da_victim_count_730d,
    count(*) FILTER (age <= 1095) AS da_victim_count_1095d,
    count(*) AS da_victim_count_all
FROM victims
GROUP BY person;

CREATE TEMP TABLE both_roles AS
SELECT person, count(*) AS both_role_incidents_all
FROM suspects JOIN victims USING (person, incident)
WHERE is_domestic
GROUP BY person;

CREATE TEMP TABLE co_suspects AS
WITH together AS (
    SELECT person, incident FROM suspects WHERE is_domestic QUALIFY count(*) OVER (PARTITION BY incident) > 1
)
SELECT one.person, count(DISTINCT other.person) AS co_suspects_all
FROM together AS one JOIN together AS other USING (incident)
WHERE one.person <> other.person
GROUP BY one.person;

-- Rows of pairs, accepted or set aside, whose people are both known, or not named in the incident at all.
CREATE TEMP TABLE known_pairs AS
WITH
given AS (
    SELECT incident_id, suspect_id, victim_id, true AS is_accepted FROM pairs
    UNION ALL
    SELECT
        trim(json_extract_string(raw, '$.incident_id')),
        trim(json_extract_string(raw, '$.suspect_id')),
        trim(json_extract_string(raw, '$.victim_id')),
        false
    FROM quarantine
    WHERE "table" = 'pairs' AND kind = 'row'
),
present AS (
    SELECT DISTINCT
        c.rowid AS incident,
        coalesce(s.new_id, suspect_id) AS suspect_id,
        coalesce(v.new_id, victim_id) AS victim_id,
        is_accepted
    FROM given
    JOIN counting AS c USING (incident_id)
    LEFT JOIN merged AS s ON s.old_id = suspect_id
    LEFT JOIN merged AS v ON v.old_id = victim_id
),
late AS (
    SELECT incident, person_id, is_suspect FROM recorded
    GROUP BY ALL HAVING min(known_at) >= getvariable('as_of')
)
SELECT incident, suspect_id, victim_id, is_accepted
FROM present
ANTI JOIN (FROM late WHERE is_suspect) AS s ON s.incident = present.incident AND s.person_id = suspect_id
ANTI JOIN (FROM late WHERE NOT is_suspect) AS v ON v.incident = present.incident AND v.person_id = victim_id;

CREATE TEMP TABLE dyad_incidents AS
SELECT s.person AS suspect, v.person AS victim, s.age
FROM suspects AS s
JOIN victims AS v USING (incident)
WHERE s.is_domestic AND s.person <> v.person AND incident NOT IN (SELECT incident FROM known_pairs)
UNION ALL
SELECT s.person, v.person, s.age
FROM known_pairs AS k
JOIN people AS suspect ON suspect.person_id = k.suspect_id
JOIN people AS victim ON victim.person_id = k.victim_id
JOIN suspects AS s ON s.incident = k.incident AND s.person = suspect.rowid
JOIN victims AS v ON v.incident = k.incident AND v.person = victim.rowid
WHERE k.is_accepted AND s.is_domestic AND s.person <> v.person;

CREATE TEMP TABLE dyads AS
SELECT
    suspect,
    victim,
    min(age) AS latest_age,
    count(*) FILTER (age <= 365) AS in_365d,
    count(*) FILTER (age <= 1095) AS in_1095d,
    count(*) AS in_all
FROM dyad_incidents
GROUP BY suspect, victim;

CREATE TEMP TABLE dyad_sums AS
SELECT
    one.suspect AS person,
    count(*) FILTER (one.latest_age <= 365) AS distinct_victims_365d,
    count(*) FILTER (one.latest_age <= 730) AS distinct_victims_730d,
    count(*) FILTER (one.latest_age <= 1095) AS distinct_victims_1095d,
    count(*) AS distinct_victims_all,
    max(one.in_365d) AS max_same_victim_365d,
    max(one.in_1095d) AS max_same_victim_1095d,
    max(one.in_all) AS max_same_victim_all,
    count(other.suspect) AS reciprocal_counterparties_all
FROM dyads AS one
LEFT JOIN dyads AS other ON other.suspect = one.victim AND other.victim = one.suspect
GROUP BY one.suspect;

-- Both directions of every connection between two victims of one suspect.
CREATE TEMP TABLE connections AS
WITH
several AS (SELECT suspect, victim, latest_age FROM dyads QUALIFY count(*) OVER (PARTITION BY suspect) > 1),
shared AS (SELECT person, incident FROM victims QUALIFY count(*) OVER (PARTITION BY incident) > 1),
tied AS (
    SELECT a.rowid AS one, b.rowid AS other
    FROM ties
    LEFT JOIN merged AS ma ON ma.old_id = person_id_a
    LEFT JOIN merged AS mb ON mb.old_id = person_id_b
    JOIN people AS a ON a.person_id = coalesce(ma.new_id, person_id_a)
    JOIN people AS b ON b.person_id = coalesce(mb.new_id, person_id_b)
    WHERE known_at < getvariable('as_of')
),
connected AS (
    SELECT a.person AS one, b.person AS other FROM shared AS a JOIN shared AS b USING (incident)
    UNION
    SELECT one, other FROM tied
    UNION
    SELECT other, one FROM tied
)
SELECT a.suspect, one, other, greatest(a.latest_age, b.latest_age) AS age
FROM connected
JOIN several AS a ON a.victim = one
JOIN several AS b ON b.victim = other AND b.suspect = a.suspect
WHERE one <> other;

-- A group is its smallest member: groups = victims less those who can reach a smaller one.
CREATE TEMP TABLE grouped AS
WITH RECURSIVE
reach (suspect, days, victim, reached) AS (
    SELECT suspect, days, one, other
    FROM connections JOIN (VALUES (1095), (1000000)) AS look_backs (days) ON age <= days
    UNION
    SELECT reach.suspect, days, victim, connections.other
    FROM reach
    JOIN connections
        ON connections.suspect = reach.suspect AND connections.one = reach.reached AND connections.age <= days
)
SELECT
    suspect AS person,
    count(DISTINCT victim) FILTER (days = 1095) AS joined_1095d,
    count(DISTINCT victim) FILTER (days > 1095) AS joined_all
FROM reach
WHERE reached < victim
GROUP BY suspect;

CREATE TEMP TABLE breaches AS
SELECT
    p.rowid AS person,
    count(*) FILTER (age <= 365) AS order_breach_count_365d,
    count(*) FILTER (age <= 1095) AS order_breach_count_1095d,
    count(*) AS order_breach_count_all
FROM (
    SELECT order_id, date_diff('day', occurred_at::DATE, getvariable('as_of')::DATE) AS age
    FROM order_breaches
    WHERE recorded_at < getvariable('as_of') AND occurred_at < getvariable('as_of')
)
JOIN orders AS o USING (order_id)
LEFT JOIN merged AS m ON m.old_id = o.person_id
JOIN people AS p ON p.person_id = coalesce(m.new_id, o.person_id)
WHERE o.recorded_at < getvariable('as_of')
GROUP BY p.rowid;

CREATE TEMP TABLE inside AS
WITH
stays AS (
    SELECT
        p.rowid AS person,
        greatest(from_at::DATE, getvariable('as_of')::DATE - 365) AS first_day,
        CASE WHEN to_at < getvariable('as_of') THEN to_at::DATE ELSE getvariable('as_of')::DATE END AS end_day
    FROM custody AS c
    LEFT JOIN merged AS m ON m.old_id = c.person_id
    JOIN people AS p ON p.person_id = coalesce(m.new_id, c.person_id)
    WHERE from_at < getvariable('as_of')
),
uncovered AS (
    SELECT
        person,
        end_day,
        greatest(
            first_day,
            max(end_day) OVER (
                PARTITION BY person ORDER BY first_day, end_day ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
            )
        ) AS first_day
    FROM stays
    WHERE first_day < end_day
)
SELECT person, sum(end_day - first_day)::BIGINT AS custody_days_365d
FROM uncovered
WHERE first_day < end_day
GROUP BY person;

CREATE TEMP TABLE restricted AS
SELECT p.rowid AS person
FROM restrictions AS r
LEFT JOIN merged AS m ON m.old_id = r.person_id
JOIN people AS p ON p.person_id = coalesce(m.new_id, r.person_id)
WHERE from_at < getvariable('as_of') AND (to_at IS NULL OR to_at >= getvariable('as_of'));

CREATE TEMP VIEW features AS
SELECT
    person_id,
    getvariable('as_of')::DATE AS as_of,
    s.* EXCLUDE (person) REPLACE (
        harm_90d / 10000 AS harm_90d,
        harm_365d / 10000 AS harm_365d,
        harm_730d / 10000 AS harm_730d,
        harm_1095d / 10000 AS harm_1095d,
        harm_all / 10000 AS harm_all,
        harm_max_365d / 10000 AS harm_max_365d,
        harm_max_1095d / 10000 AS harm_max_1095d,
        harm_max_all / 10000 AS harm_max_all,
        harm_previous_365d / 10000 AS harm_previous_365d,
        newly_recorded_harm_90d / 10000 AS newly_recorded_harm_90d,
        CASE WHEN NOT getvariable('lacks_children_present') THEN children_present_count_365d END
            AS children_present_count_365d,
        CASE WHEN NOT getvariable('lacks_children_present') THEN children_present_count_all END
            AS children_present_count_all
    ),
    coalesce(distinct_victims_365d, 0) AS distinct_victims_365d,
    coalesce(distinct_victims_730d, 0) AS distinct_victims_730d,
    coalesce(distinct_victims_1095d, 0) AS distinct_victims_1095d,
    coalesce(distinct_victims_all, 0) AS distinct_victims_all,
    coalesce(distinct_victims_1095d, 0) - coalesce(joined_1095d, 0) AS unconnected_victims_1095d,
    coalesce(distinct_victims_all, 0) - coalesce(joined_all, 0) AS unconnected_victims_all,
    coalesce(max_same_victim_365d, 0) AS max_same_victim_365d,
    coalesce(max_same_victim_1095d, 0) AS max_same_victim_1095d,
    coalesce(max_same_victim_all, 0) AS max_same_victim_all,
    coalesce(da_victim_count_90d, 0) AS da_victim_count_90d,
    coalesce(da_victim_count_365d, 0) AS da_victim_count_365d,
    coalesce(da_victim_count_730d, 0) AS da_victim_count_730d,
    coalesce(da_victim_count_1095d, 0) AS da_victim_count_1095d,
    coalesce(da_victim_count_all, 0) AS da_victim_count_all,
    coalesce(both_role_incidents_all, 0) AS both_role_incidents_all,
    coalesce(reciprocal_counterparties_all, 0) AS reciprocal_counterparties_all,
    coalesce(non_da_crime_count_365d, 0) AS non_da_crime_count_365d,
    coalesce(non_da_crime_count_1095d, 0) AS non_da_crime_count_1095d,
    coalesce(non_da_crime_count_all, 0) AS non_da_crime_count_all,
    CASE WHEN NOT getvariable('lacks_orders') THEN coalesce(order_breach_count_365d, 0) END AS order_breach_count_365d,
    CASE WHEN NOT getvariable('lacks_orders') THEN coalesce(order_breach_count_1095d, 0) END
        AS order_breach_count_1095d,
    CASE WHEN NOT getvariable('lacks_orders') THEN coalesce(order_breach_count_all, 0) END AS order_breach_count_all,
    CASE WHEN NOT getvariable('lacks_custody') THEN coalesce(custody_days_365d, 0) END AS custody_days_365d,
    median_gap_days,
    coalesce(co_suspects_all, 0) AS co_suspects_all
FROM sums AS s
JOIN people ON people.rowid = s.person
ANTI JOIN restricted ON restricted.person = s.person
LEFT JOIN other_crimes ON other_crimes.person = s.person
LEFT JOIN gaps ON gaps.person = s.person
LEFT JOIN as_victim ON as_victim.person = s.person
LEFT JOIN both_roles ON both_roles.person = s.person
LEFT JOIN co_suspects ON co_suspects.person = s.person
LEFT JOIN dyad_sums ON dyad_sums.person = s.person
LEFT JOIN grouped ON grouped.person = s.person
LEFT JOIN breaches ON breaches.person = s.person
LEFT JOIN inside ON inside.person = s.person;

CREATE TEMP VIEW flagged AS
SELECT
    *,
    distinct_victims_1095d >= 2 AND da_suspect_count_1095d >= 2 AS is_serial_distinct,
    CASE WHEN NOT getvariable('lacks_ties') THEN unconnected_victims_all >= 2 END AS is_serial_unconnected,
    max_same_victim_365d >= 2 AS is_repeat,
    high_risk_crime_count_365d >= 1 AS is_high_harm,
    is_serial_distinct OR coalesce(is_serial_unconnected, false) OR is_repeat OR is_high_harm AS is_priority
FROM features
ORDER BY person_id;
