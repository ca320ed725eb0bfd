/**
 * How tenant connections add jobs: the one function through which they reach the tables of the queue. It runs with the rights
 * of its owner, takes the instance from the session and from nowhere else, and answers nothing. What it stores is what
 * pg-boss itself would; the version of pg-boss is pinned exactly, and the tests of the queue notice when the two drift apart.
 */
import { TURNS } from './turns.ts'

export const enqueueFunction = (schema: string): string => `
  CREATE OR REPLACE FUNCTION ${schema}.vitrine_instance() RETURNS uuid
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $body$
  DECLARE
    instance uuid := nullif(current_setting('app.instance_id', true), '')::uuid;
  BEGIN
    IF instance IS NULL THEN RAISE EXCEPTION 'a job belongs to an instance, and the session names none'; END IF;
    RETURN instance;
  END $body$;

  CREATE OR REPLACE FUNCTION public.vitrine_enqueue(jobs jsonb) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp ${BY_INDEX} AS $body$
  DECLARE
    instance uuid := ${schema}.vitrine_instance();
    stranger text;
    woken text;
  BEGIN
    SELECT j.name INTO stranger FROM jsonb_to_recordset(jobs) AS j(name text)
      WHERE NOT EXISTS (SELECT FROM ${schema}.queue q WHERE q.name = j.name) LIMIT 1;
    IF FOUND THEN RAISE EXCEPTION 'there is no queue %', stranger; END IF;
    INSERT INTO ${schema}.job (name, priority, data, singleton_key, group_id, start_after, keep_until, created_on,
        expire_seconds, deletion_seconds, retry_limit, retry_delay, retry_backoff, retry_delay_max, policy, dead_letter, heartbeat_seconds)
      WITH sent AS (
        SELECT j.*, coalesce(j.rank, 0) * ${TURNS} AS top, row_number() OVER (PARTITION BY j.name, coalesce(j.rank, 0) ORDER BY j.place) - 1 AS nth
        FROM ROWS FROM (jsonb_to_recordset(jobs) AS (name text, payload jsonb, key text, "group" text, priority int, "delaySeconds" float8))
          WITH ORDINALITY AS j(name, payload, key, "group", rank, "delaySeconds", place)
      )
      SELECT q.name, sent.top - least(line.turn + sent.nth, ${TURNS - 1}), jsonb_build_object('instance', instance, 'payload', coalesce(sent.payload, '{}')),
        instance || ':' || coalesce(sent.key, ''), instance || ':' || sent."group", due.at, due.at + q.retention_seconds * interval '1s', now(),
        q.expire_seconds, q.deletion_seconds, q.retry_limit, q.retry_delay, q.retry_backoff, q.retry_delay_max, q.policy, q.dead_letter,
        q.heartbeat_seconds
      FROM sent JOIN ${schema}.queue q ON q.name = sent.name JOIN (${lines(schema)}) line ON line.name = sent.name AND line.top = sent.top
      CROSS JOIN LATERAL (SELECT now() + coalesce(sent."delaySeconds", 0) * interval '1s' AS at) due
      ORDER BY sent.place
      ON CONFLICT DO NOTHING;
    -- Workers listen on the channel that pg-boss derives from the name of the schema.
    FOR woken IN SELECT DISTINCT j.name FROM jsonb_to_recordset(jobs) AS j(name text, "delaySeconds" float8) WHERE coalesce(j."delaySeconds", 0) <= 0 LOOP
      PERFORM pg_notify('pgboss_' || left(encode(sha224('${schema}'::bytea), 'hex'), 24), woken);
    END LOOP;
  END $body$;
  REVOKE ALL ON FUNCTION ${schema}.vitrine_instance() FROM PUBLIC;
  REVOKE ALL ON FUNCTION public.vitrine_enqueue(jsonb) FROM PUBLIC`

/**
 * The queue grows and shrinks faster than statistics and kept plans follow. Each look at a line is served by an index made for it,
 * so nothing else is to be considered.
 */
const BY_INDEX = 'SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off'

/**
 * Where the instance stands in the line of each queue and priority: behind its own jobs, and not before the turn that is being
 * served. That is the first of the jobs that could be run for the first time; where there is none, the first of all that wait.
 */
const lines = (schema: string) => `
  SELECT l.name, l.top, greatest(coalesce(
      (SELECT l.top - j.priority FROM ${schema}.job j WHERE j.name = l.name AND -j.priority >= -l.top AND -j.priority < ${TURNS} - l.top
         AND j.state = 'created' AND j.start_after <= now() ORDER BY -j.priority LIMIT 1),
      (SELECT l.top - j.priority FROM ${schema}.job j WHERE j.name = l.name AND j.priority <= l.top AND j.priority > l.top - ${TURNS}
         AND j.state < 'active' AND NOT j.blocked ORDER BY j.priority DESC LIMIT 1),
      0),
    (SELECT l.top - j.priority + 1 FROM ${schema}.job j WHERE j.name = l.name AND j.data->>'instance' = instance::text
       AND j.priority <= l.top AND j.priority > l.top - ${TURNS} AND j.state = 'created' ORDER BY j.priority LIMIT 1)) AS turn
  FROM (SELECT DISTINCT s.name, s.top FROM sent s) l`
