-- One row per person of the population. Reads the tables of history.sql, and components (person_id, size).
-- Parameters: variables has_ties, has_orders, has_custody, has_children_present (BOOLEAN).

CREATE TEMP TABLE suspect_sums AS
SELECT
    person_id,
    count(*) FILTER (WHERE d >= as_of - 90) AS da_suspect_count_90d,
    count(*) FILTER (WHERE d >= as_of - 365) AS da_suspect_count_365d,
    count(*) FILTER (WHERE d >= as_of - 730) AS da_suspect_count_730d,
    count(*) FILTER (WHERE d >= as_of - 1095) AS da_suspect_count_1095d,
    count(*) AS da_suspect_count_all,
    count(*) FILTER (WHERE is_crime AND d >= as_of - 90) AS da_crime_count_90d,
    count(*) FILTER (WHERE is_crime AND d >= as_of - 365) AS da_crime_count_365d,
    count(*) FILTER (WHERE is_crime AND d >= as_of - 730) AS da_crime_count_730d,
    count(*) FILTER (WHERE is_crime AND d >= as_of - 1095) AS da_crime_count_1095d,
    count(*) FILTER (WHERE is_crime) AS da_crime_count_all,
    any_value(as_of) - max(d) AS days_since_last_da,
    any_value(as_of) - min(d) AS days_since_first_da,
    coalesce(sum(units) FILTER (WHERE is_crime AND d >= as_of - 90), 0) AS harm_90d,
    coalesce(sum(units) FILTER (WHERE is_crime AND d >= as_of - 365), 0) AS harm_365d,
    coalesce(sum(units) FILTER (WHERE is_crime AND d >= as_of - 730), 0) AS harm_730d,
    coalesce(sum(units) FILTER (WHERE is_crime AND d >= as_of - 1095), 0) AS harm_1095d,
    coalesce(sum(units) FILTER (WHERE is_crime), 0) AS harm_all,
    max(units) FILTER (WHERE is_crime AND d >= as_of - 365) AS harm_max_365d,
    max(units) FILTER (WHERE is_crime AND d >= as_of - 1095) AS harm_max_1095d,
    max(units) FILTER (WHERE is_crime) AS harm_max_all,
    coalesce(sum(units) FILTER (WHERE is_crime AND d >= as_of - 730 AND d < as_of - 365), 0) AS harm_previous_365d,
    count(*) FILTER (WHERE is_crime AND units IS NULL) AS harm_unweighted_count_all,
    count(*) FILTER (WHERE known_from >= midnight - INTERVAL 90 DAY) AS newly_recorded_count_90d,
    coalesce(sum(units) FILTER (WHERE is_crime AND known_from >= midnight - INTERVAL 90 DAY), 0)
        AS newly_recorded_harm_90d,
    count(*) FILTER (WHERE children_present AND d >= as_of - 365) AS children_present_count_365d,
    count(*) FILTER (WHERE children_present) AS children_present_count_all,
    bool_or(is_crime AND d >= as_of - 365
        AND (is_high_risk OR coalesce(units / 10000.0::DOUBLE >= high_harm, false))) AS is_high_harm
FROM as_suspect CROSS JOIN run
WHERE is_domestic
GROUP BY person_id;

CREATE TEMP TABLE suspect_gaps AS
WITH
days AS (SELECT DISTINCT person_id, d FROM as_suspect WHERE is_domestic),
gaps AS (SELECT person_id, d - lag(d) OVER (PARTITION BY person_id ORDER BY d) AS gap FROM days),
ordered AS (
    SELECT
        person_id,
        gap,
        row_number() OVER (PARTITION BY person_id ORDER BY gap) AS place,
        count(*) OVER (PARTITION BY person_id) AS places
    FROM gaps WHERE gap IS NOT NULL
)
SELECT person_id, sum(gap)::DOUBLE / count(*)::DOUBLE AS median_gap_days
FROM ordered
WHERE place IN ((places + 1) // 2, places // 2 + 1)
GROUP BY person_id;

CREATE TEMP TABLE other_crimes AS
SELECT
    person_id,
    count(*) FILTER (WHERE d >= as_of - 365) AS non_da_crime_count_365d,
    count(*) FILTER (WHERE d >= as_of - 1095) AS non_da_crime_count_1095d,
    count(*) AS non_da_crime_count_all
FROM as_suspect CROSS JOIN run
WHERE is_crime AND NOT is_domestic
GROUP BY person_id;

CREATE TEMP TABLE victim_sums AS
SELECT
    person_id,
    count(*) FILTER (WHERE d >= as_of - 90) AS da_victim_count_90d,
    count(*) FILTER (WHERE d >= as_of - 365) AS da_victim_count_365d,
    count(*) FILTER (WHERE d >= as_of - 730) AS da_victim_count_730d,
    count(*) FILTER (WHERE d >= as_of - 1095) AS da_victim_count_1095d,
    count(*) AS da_victim_count_all
FROM as_victim CROSS JOIN run
WHERE is_domestic
GROUP BY person_id;

CREATE TEMP TABLE both_roles AS
SELECT s.person_id, count(*) AS both_role_incidents_all
FROM as_suspect AS s
JOIN as_victim AS v ON v.incident_id = s.incident_id AND v.person_id = s.person_id
WHERE s.is_domestic
GROUP BY s.person_id;

CREATE TEMP TABLE co_suspects AS
SELECT a.person_id, count(DISTINCT b.person_id) AS co_suspects_all
FROM as_suspect AS a
JOIN as_suspect AS b ON b.incident_id = a.incident_id AND b.person_id <> a.person_id
WHERE a.is_domestic
GROUP BY a.person_id;

CREATE TEMP TABLE dyads AS
SELECT
    suspect_id,
    victim_id,
    count(*) FILTER (WHERE d >= as_of - 365) AS in_365d,
    count(*) FILTER (WHERE d >= as_of - 730) AS in_730d,
    count(*) FILTER (WHERE d >= as_of - 1095) AS in_1095d,
    count(*) AS in_all
FROM dyad_incidents CROSS JOIN run
GROUP BY suspect_id, victim_id;

CREATE TEMP TABLE dyad_sums AS
SELECT
    suspect_id AS person_id,
    count(*) FILTER (WHERE in_365d > 0) AS distinct_victims_365d,
    count(*) FILTER (WHERE in_730d > 0) AS distinct_victims_730d,
    count(*) FILTER (WHERE in_1095d > 0) AS distinct_victims_1095d,
    count(*) AS distinct_victims_all,
    max(in_365d) AS max_same_victim_365d,
    max(in_1095d) AS max_same_victim_1095d,
    max(in_all) AS max_same_victim_all,
    count(*) FILTER (WHERE (victim_id, suspect_id) IN (SELECT (suspect_id, victim_id) FROM dyads))
        AS reciprocal_counterparties_all
FROM dyads
GROUP BY suspect_id;

-- Both directions of every connection between two victims of one suspect.
CREATE TEMP TABLE connections AS
WITH
tied AS (
    SELECT who(person_id_a) AS one, who(person_id_b) AS other
    FROM ties CROSS JOIN run
    WHERE known_at < midnight
),
connected AS (
    SELECT a.person_id AS one, b.person_id AS other
    FROM as_victim AS a
    JOIN as_victim AS b ON b.incident_id = a.incident_id AND b.person_id <> a.person_id
    WHERE a.is_domestic
    UNION
    SELECT one, other FROM tied WHERE one <> other
    UNION
    SELECT other, one FROM tied WHERE one <> other
)
SELECT a.suspect_id, connected.one, connected.other
FROM connected
JOIN dyads AS a ON a.victim_id = connected.one
JOIN dyads AS b ON b.victim_id = connected.other AND b.suspect_id = a.suspect_id;

-- Every victim takes the smallest id it can reach; as many groups as different smallest ids.
CREATE TEMP TABLE groups AS
WITH RECURSIVE
victims AS (
    SELECT suspect_id, victim_id, 'all' AS look_back FROM dyads
    UNION ALL
    SELECT suspect_id, victim_id, '1095d' FROM dyads WHERE in_1095d > 0
),
reach (suspect_id, look_back, victim_id, reached) AS (
    SELECT suspect_id, look_back, victim_id, victim_id FROM victims
    UNION
    SELECT reach.suspect_id, reach.look_back, reach.victim_id, connections.other
    FROM reach
    JOIN connections ON connections.suspect_id = reach.suspect_id AND connections.one = reach.reached
    JOIN victims
        ON victims.suspect_id = reach.suspect_id
        AND victims.look_back = reach.look_back
        AND victims.victim_id = connections.other
),
smallest AS (
    SELECT suspect_id, look_back, victim_id, min(reached) AS first_id
    FROM reach
    GROUP BY suspect_id, look_back, victim_id
)
SELECT
    suspect_id AS person_id,
    count(DISTINCT first_id) FILTER (WHERE look_back = '1095d') AS unconnected_victims_1095d,
    count(DISTINCT first_id) FILTER (WHERE look_back = 'all') AS unconnected_victims_all
FROM smallest
GROUP BY suspect_id;

CREATE TEMP TABLE breaches AS
SELECT
    who(orders.person_id) AS person_id,
    count(*) FILTER (WHERE b.occurred_at::DATE >= as_of - 365) AS order_breach_count_365d,
    count(*) FILTER (WHERE b.occurred_at::DATE >= as_of - 1095) AS order_breach_count_1095d,
    count(*) AS order_breach_count_all
FROM order_breaches AS b
JOIN orders USING (order_id)
CROSS JOIN run
WHERE coalesce(orders.recorded_at, orders.issued_at) < midnight
  AND coalesce(b.recorded_at, b.occurred_at) < midnight
  AND b.occurred_at::DATE < as_of
GROUP BY ALL;

CREATE TEMP TABLE inside AS
WITH
stays AS (
    SELECT
        who(person_id) AS person_id,
        greatest(from_at::DATE, as_of - 365) AS first_day,
        CASE WHEN to_at < midnight THEN to_at::DATE ELSE as_of END AS end_day
    FROM custody CROSS JOIN run
    WHERE from_at < midnight
),
days AS (
    SELECT DISTINCT person_id, unnest(range(first_day::TIMESTAMP, end_day::TIMESTAMP, INTERVAL 1 DAY)) AS d
    FROM stays
    WHERE first_day < end_day
)
SELECT person_id, count(*) AS custody_days_365d FROM days GROUP BY person_id;

CREATE TEMP TABLE features AS
SELECT
    p.person_id,
    run.as_of,
    s.da_suspect_count_90d, s.da_suspect_count_365d, s.da_suspect_count_730d, s.da_suspect_count_1095d,
    s.da_suspect_count_all,
    s.da_crime_count_90d, s.da_crime_count_365d, s.da_crime_count_730d, s.da_crime_count_1095d,
    s.da_crime_count_all,
    s.days_since_last_da::BIGINT AS days_since_last_da,
    s.days_since_first_da::BIGINT AS days_since_first_da,
    s.harm_90d::BIGINT / 10000.0::DOUBLE AS harm_90d,
    s.harm_365d::BIGINT / 10000.0::DOUBLE AS harm_365d,
    s.harm_730d::BIGINT / 10000.0::DOUBLE AS harm_730d,
    s.harm_1095d::BIGINT / 10000.0::DOUBLE AS harm_1095d,
    s.harm_all::BIGINT / 10000.0::DOUBLE AS harm_all,
    s.harm_max_365d::BIGINT / 10000.0::DOUBLE AS harm_max_365d,
    s.harm_max_1095d::BIGINT / 10000.0::DOUBLE AS harm_max_1095d,
    s.harm_max_all::BIGINT / 10000.0::DOUBLE AS harm_max_all,
    s.harm_previous_365d::BIGINT / 10000.0::DOUBLE AS harm_previous_365d,
    s.harm_unweighted_count_all,
    s.newly_recorded_count_90d,
    s.newly_recorded_harm_90d::BIGINT / 10000.0::DOUBLE AS newly_recorded_harm_90d,
    coalesce(y.distinct_victims_365d, 0) AS distinct_victims_365d,
    coalesce(y.distinct_victims_730d, 0) AS distinct_victims_730d,
    coalesce(y.distinct_victims_1095d, 0) AS distinct_victims_1095d,
    coalesce(y.distinct_victims_all, 0) AS distinct_victims_all,
    coalesce(g.unconnected_victims_1095d, 0) AS unconnected_victims_1095d,
    coalesce(g.unconnected_victims_all, 0) AS unconnected_victims_all,
    coalesce(y.max_same_victim_365d, 0) AS max_same_victim_365d,
    coalesce(y.max_same_victim_1095d, 0) AS max_same_victim_1095d,
    coalesce(y.max_same_victim_all, 0) AS max_same_victim_all,
    coalesce(v.da_victim_count_90d, 0) AS da_victim_count_90d,
    coalesce(v.da_victim_count_365d, 0) AS da_victim_count_365d,
    coalesce(v.da_victim_count_730d, 0) AS da_victim_count_730d,
    coalesce(v.da_victim_count_1095d, 0) AS da_victim_count_1095d,
    coalesce(v.da_victim_count_all, 0) AS da_victim_count_all,
    coalesce(r.both_role_incidents_all, 0) AS both_role_incidents_all,
    coalesce(y.reciprocal_counterparties_all, 0) AS reciprocal_counterparties_all,
    coalesce(o.non_da_crime_count_365d, 0) AS non_da_crime_count_365d,
    coalesce(o.non_da_crime_count_1095d, 0) AS non_da_crime_count_1095d,
    coalesce(o.non_da_crime_count_all, 0) AS non_da_crime_count_all,
    CASE WHEN getvariable('has_orders') THEN coalesce(b.order_breach_count_365d, 0) END AS order_breach_count_365d,
    CASE WHEN getvariable('has_orders') THEN coalesce(b.order_breach_count_1095d, 0) END AS order_breach_count_1095d,
    CASE WHEN getvariable('has_orders') THEN coalesce(b.order_breach_count_all, 0) END AS order_breach_count_all,
    CASE WHEN getvariable('has_children_present') THEN s.children_present_count_365d END
        AS children_present_count_365d,
    CASE WHEN getvariable('has_children_present') THEN s.children_present_count_all END AS children_present_count_all,
    CASE WHEN getvariable('has_custody') THEN coalesce(c.custody_days_365d, 0) END AS custody_days_365d,
    m.median_gap_days,
    coalesce(k.size, 1)::BIGINT AS component_size,
    coalesce(x.co_suspects_all, 0) AS co_suspects_all,
    s.is_high_harm
FROM population AS p
CROSS JOIN run
JOIN suspect_sums AS s USING (person_id)
LEFT JOIN suspect_gaps AS m USING (person_id)
LEFT JOIN other_crimes AS o USING (person_id)
LEFT JOIN victim_sums AS v USING (person_id)
LEFT JOIN both_roles AS r USING (person_id)
LEFT JOIN co_suspects AS x USING (person_id)
LEFT JOIN dyad_sums AS y USING (person_id)
LEFT JOIN groups AS g USING (person_id)
LEFT JOIN breaches AS b USING (person_id)
LEFT JOIN inside AS c USING (person_id)
LEFT JOIN components AS k USING (person_id);

CREATE TEMP TABLE flagged AS
SELECT
    * EXCLUDE (is_high_harm),
    distinct_victims_1095d >= 2 AND da_suspect_count_1095d >= 2 AS is_serial_distinct,
    CASE WHEN getvariable('has_ties') THEN unconnected_victims_all >= 2 END AS is_serial_unconnected,
    max_same_victim_365d >= 2 AS is_repeat,
    is_high_harm,
    is_serial_distinct OR coalesce(is_serial_unconnected, false) OR is_repeat OR is_high_harm AS is_priority
FROM features
ORDER BY person_id;
