-- The counts of the area, before any is hidden: one row per measure, breakdown and part that has anything in it.
-- Reads the tables of history.sql, the views persons, incidents, orders, order_breaches, and listed (person_id,
-- is_priority) as given.

CREATE TEMP TABLE days AS
SELECT
    as_of,
    (date_trunc('month', as_of) - INTERVAL 36 MONTH)::DATE AS period_begins,
    date_trunc('month', as_of)::DATE AS period_ends,
    as_of - 365 AS year_begins
FROM run;

CREATE TEMP TABLE people AS
SELECT
    p.person_id,
    coalesce(p.sex, 'U') AS sex,
    coalesce(p.ethnicity, 'U') AS ethnicity,
    coalesce(p.home_ward, 'not stated') AS home_ward,
    coalesce(p.birth_date, (
        SELECT max(f.birth_date) FROM persons AS f JOIN merged_away AS m ON m.old_id = f.person_id
        WHERE m.person_id = p.person_id
    )) AS birth_date
FROM persons AS p
WHERE p.person_id NOT IN (SELECT old_id FROM merged_away);

CREATE TEMP TABLE da AS
SELECT
    i.incident_id, i.d, i.is_crime, coalesce(i.children_present, false) AS has_children,
    coalesce(incidents.ward, 'not stated') AS ward,
    i.d >= period_begins AND i.d < period_ends AS in_period,
    i.d >= year_begins AS in_year
FROM counting_incidents AS i JOIN incidents USING (incident_id) CROSS JOIN days
WHERE i.is_domestic;

CREATE TEMP TABLE in_roles AS
SELECT
    roles.role, roles.person_id, sex, ethnicity, home_ward,
    date_part('year', age(da.d, birth_date)) AS years
FROM roles JOIN da USING (incident_id) JOIN people USING (person_id)
WHERE da.in_period AND da.is_crime AND roles.role IN ('suspect', 'victim')
  AND roles.person_id NOT IN (SELECT person_id FROM restricted);

CREATE TEMP TABLE often AS
SELECT person_id, count(*) FILTER (role = 'suspect') AS s, count(*) FILTER (role = 'victim') AS v
FROM in_roles GROUP BY person_id;

CREATE TEMP TABLE on_list AS
SELECT
    people.*, is_priority, date_part('year', age((SELECT as_of FROM run), birth_date)) AS years
FROM listed JOIN people USING (person_id);

CREATE TEMP TABLE notices AS
SELECT
    kind,
    order_id IN (SELECT order_id FROM order_breaches, run WHERE recorded_at < midnight) AS is_breached,
    date_part('year', issued_at - INTERVAL 3 MONTH)::INT AS april
FROM orders, run
WHERE recorded_at < midnight AND kind IN ('dvpn', 'dvpo', 'dapn', 'dapo') AND issued_at::DATE < as_of;

CREATE TEMP MACRO day_band(y) AS CASE
    WHEN y IS NULL THEN 'not stated' WHEN y < 15 THEN 'under 15' WHEN y >= 65 THEN '65 and over'
    ELSE printf('%d to %d', (y // 5 * 5)::INT, (y // 5 * 5 + 4)::INT) END;
CREATE TEMP MACRO list_band(y) AS CASE
    WHEN y IS NULL THEN 'not stated' WHEN y < 16 THEN 'under 16' WHEN y < 18 THEN '16 to 17' WHEN y < 25 THEN '18 to 24'
    WHEN y < 35 THEN '25 to 34' WHEN y < 45 THEN '35 to 44' WHEN y < 55 THEN '45 to 54' WHEN y < 65 THEN '55 to 64'
    ELSE '65 and over' END;
CREATE TEMP MACRO how_often(t) AS CASE
    WHEN t <= 2 THEN t::VARCHAR WHEN t <= 4 THEN '3 to 4' WHEN t <= 9 THEN '5 to 9' WHEN t <= 19 THEN '10 to 19'
    ELSE '20 and over' END;

CREATE TEMP TABLE things AS
WITH
chosen AS (
    SELECT 'da_crimes' AS measure, * FROM da WHERE in_period AND is_crime
    UNION ALL SELECT 'da_non_crimes', * FROM da WHERE in_period AND NOT is_crime
    UNION ALL SELECT 'da_crimes_365d', * FROM da WHERE in_year AND is_crime
    UNION ALL SELECT 'da_non_crimes_365d', * FROM da WHERE in_year AND NOT is_crime
),
with_children AS (
    SELECT * FROM da WHERE in_period AND has_children AND getvariable('has_children_present')
)
SELECT measure, unnest(['whole_area', 'ward', 'month']) AS "group",
    unnest(['', ward, strftime(d, '%Y-%m')]) AS "value" FROM chosen
UNION ALL
SELECT 'da_children_present', unnest(['whole_area', 'month']), unnest(['', strftime(d, '%Y-%m')]) FROM with_children
UNION ALL
SELECT role || '_records', unnest(['whole_area', 'home_ward', 'sex', 'ethnicity']),
    unnest(['', home_ward, sex, ethnicity]) FROM in_roles
UNION ALL
SELECT role || '_records', CASE sex WHEN 'F' THEN 'female_age_band' ELSE 'male_age_band' END, day_band(years)
FROM in_roles WHERE sex IN ('F', 'M')
UNION ALL
SELECT 'suspects', unnest(['whole_area', 'times']), unnest(['', how_often(s)]) FROM often WHERE s > 0
UNION ALL
SELECT 'victims', unnest(['whole_area', 'times']), unnest(['', how_often(v)]) FROM often WHERE v > 0
UNION ALL
SELECT 'suspects_and_victims', 'whole_area', '' FROM often WHERE s > 0 AND v > 0
UNION ALL
SELECT CASE WHEN coalesce(is_priority, false) THEN 'priority_suspects' ELSE 'other_suspects' END,
    unnest(['whole_area', 'home_ward', 'sex', 'ethnicity', 'age_band']),
    unnest(['', home_ward, sex, ethnicity, list_band(years)]) FROM on_list
UNION ALL
SELECT kind || unnest(CASE WHEN is_breached THEN ['_issued', '_breached'] ELSE ['_issued'] END), 'financial_year',
    printf('%d/%02d', april, (april + 1) % 100)
        || CASE WHEN make_date(april + 1, 4, 1) > (SELECT as_of FROM run) THEN ' to date' ELSE '' END
FROM notices, run
WHERE april >= date_part('year', as_of - INTERVAL 3 MONTH) - 3;
