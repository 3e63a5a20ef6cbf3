-- One row per person of the population: every hold that applies, in the order of the definitions.
-- Reads the tables of history.sql and features.sql.
WITH
-- what was known under ids that were merged away: the youngest
former AS (
    SELECT who(person_id) AS person_id, max({'date': birth_date, 'precision': birth_date_precision}) AS youngest
    FROM persons
    WHERE person_id IN (SELECT old_id FROM merged_away) AND birth_date IS NOT NULL
    GROUP BY who(person_id)
),
born AS (
    SELECT
        person_id,
        CASE WHEN birth_date IS NULL THEN youngest.date ELSE birth_date END AS birth_date,
        CASE WHEN birth_date IS NULL THEN youngest.precision ELSE birth_date_precision END AS birth_date_precision
    FROM persons LEFT JOIN former USING (person_id)
    WHERE person_id NOT IN (SELECT old_id FROM merged_away)
),
ages AS (
    SELECT
        person_id,
        birth_date_precision = 'year' AS is_year_only,
        year(as_of) - year(birth_date) AS years,
        -- whether this year's birthday is still to come; one born on 29 February has it on 1 March
        (month(as_of), day(as_of)) < (month(birth_date), day(birth_date)) AS is_before_birthday
    FROM born CROSS JOIN run
    WHERE birth_date IS NOT NULL
),
young AS (
    SELECT
        person_id,
        CASE WHEN is_year_only THEN years <= 16 ELSE years - is_before_birthday::INT < 16 END AS is_under_16,
        CASE WHEN is_year_only THEN years <= 18 ELSE years - is_before_birthday::INT < 18 END AS is_under_18
    FROM ages
),
sensitive AS (
    SELECT DISTINCT who(person_id) AS person_id
    FROM standing CROSS JOIN run
    WHERE kind = 'sensitive' AND from_at < midnight AND (to_at IS NULL OR to_at >= midnight)
)
SELECT
    person_id,
    list_filter(
        [
            CASE WHEN is_under_16 THEN 'under_16' END,
            CASE WHEN is_under_18 THEN 'under_18' END,
            CASE WHEN person_id IN (SELECT person_id FROM sensitive) THEN 'sensitive' END,
            CASE WHEN reciprocal_counterparties_all >= 1 THEN 'counter_allegation' END,
            CASE WHEN da_victim_count_all > da_suspect_count_all THEN 'mostly_victim' END
        ],
        lambda hold: hold IS NOT NULL
    ) AS holds
FROM features
LEFT JOIN young USING (person_id)
ORDER BY person_id;
