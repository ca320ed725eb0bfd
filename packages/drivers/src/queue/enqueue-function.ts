/**
 * How tenant connections add jobs: the one function through which they reach the tables of the queue. It runs with the rights
 * of its owner, takes the instance from the session and from nowhere else, and answers nothing. What it stores is what
 * pg-boss itself would; the version of pg-boss is pinned exactly, and the tests of the queue notice when the two drift apart.
 */
export const enqueueFunction = (schema: string): string => `
  CREATE OR REPLACE FUNCTION public.vitrine_enqueue(jobs jsonb) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
  DECLARE
    instance uuid := nullif(current_setting('app.instance_id', true), '')::uuid;
    stranger text;
    woken text;
  BEGIN
    IF instance IS NULL THEN RAISE EXCEPTION 'a job belongs to an instance, and the session names none'; END IF;
    SELECT j.name INTO stranger FROM jsonb_to_recordset(jobs) AS j(name text)
      WHERE NOT EXISTS (SELECT FROM ${schema}.queue q WHERE q.name = j.name) LIMIT 1;
    IF FOUND THEN RAISE EXCEPTION 'there is no queue %', stranger; END IF;
    INSERT INTO ${schema}.job (name, data, singleton_key, group_id, start_after, keep_until, created_on,
        expire_seconds, deletion_seconds, retry_limit, retry_delay, retry_backoff, retry_delay_max, policy, dead_letter)
      SELECT q.name, jsonb_build_object('instance', instance, 'payload', coalesce(j.payload, '{}')), instance || ':' || coalesce(j.key, ''),
        instance || ':' || j."group", due.at, due.at + q.retention_seconds * interval '1s', now(),
        q.expire_seconds, q.deletion_seconds, q.retry_limit, q.retry_delay, q.retry_backoff, q.retry_delay_max, q.policy, q.dead_letter
      FROM ROWS FROM (jsonb_to_recordset(jobs) AS (name text, payload jsonb, key text, "group" text, "delaySeconds" float8))
        WITH ORDINALITY AS j(name, payload, key, "group", "delaySeconds", place)
      JOIN ${schema}.queue q ON q.name = j.name
      CROSS JOIN LATERAL (SELECT now() + coalesce(j."delaySeconds", 0) * interval '1s' AS at) due
      ORDER BY j.place
      ON CONFLICT DO NOTHING;
    -- Workers listen on the channel that pg-boss derives from the name of the schema.
    FOR woken IN SELECT DISTINCT j.name FROM jsonb_to_recordset(jobs) AS j(name text, "delaySeconds" float8) WHERE coalesce(j."delaySeconds", 0) <= 0 LOOP
      PERFORM pg_notify('pgboss_' || left(encode(sha224('${schema}'::bytea), 'hex'), 24), woken);
    END LOOP;
  END $body$;
  REVOKE ALL ON FUNCTION public.vitrine_enqueue(jsonb) FROM PUBLIC`
