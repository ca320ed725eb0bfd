/**
 * How tenant connections see and move the jobs of their instance that were laid aside: functions with the rights of their owner,
 * bound to the instance of the session like `vitrine_enqueue`. Of several sessions that move the same job at once, the first
 * removes the row and the others find it gone. With the instance go its jobs, but for those under way.
 */
import { indexOnce, TURNS } from './turns.ts'

/** What pg-boss notes where no run was left to say why it failed. */
const NOTES = `CASE j.source_output->'value'->>'message'
  WHEN 'job timed out' THEN 'it took longer than its queue allows'
  WHEN 'job heartbeat timeout' THEN 'the server that worked on it went away'
  ELSE 'the log of the server tells why' END`

export const failedFunctions = (schema: string, queue: string): string => `
  ${indexOnce(schema, 'vitrine_failed', `((data->>'instance'), created_on, id) WHERE name = '${queue}'`)};

  CREATE OR REPLACE FUNCTION public.vitrine_failed_jobs(wanted text, most bigint, skipped bigint) RETURNS jsonb
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
  DECLARE
    instance text := ${schema}.vitrine_instance()::text;
  BEGIN
    RETURN jsonb_build_object(
      'count', (SELECT count(*) FROM ${schema}.job j WHERE ${mine(queue)} AND (wanted IS NULL OR j.source_name = wanted)),
      'jobs', coalesce((SELECT jsonb_agg(to_jsonb(page) ORDER BY page."failedAt" DESC, page.id DESC) FROM (
        SELECT j.id, j.source_name AS name, j.data->'payload' AS payload, j.source_created_on AS "createdAt", j.created_on AS "failedAt",
          j.source_retry_count + 1 AS attempts, coalesce(j.source_output->>'told', ${NOTES}) AS message
        FROM ${schema}.job j WHERE ${mine(queue)} AND (wanted IS NULL OR j.source_name = wanted)
        ORDER BY j.created_on DESC, j.id DESC LIMIT most OFFSET skipped) page), '[]'));
  END $body$;

  CREATE OR REPLACE FUNCTION public.vitrine_requeue_failed_job(wanted uuid) RETURNS boolean
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
  DECLARE
    instance text := ${schema}.vitrine_instance()::text;
    gone ${schema}.job;
    own int := length(instance) + 2;
  BEGIN
    DELETE FROM ${schema}.job j WHERE ${mine(queue)} AND j.id = wanted AND EXISTS (SELECT FROM ${schema}.queue q WHERE q.name = j.source_name)
      RETURNING * INTO gone;
    IF gone.id IS NULL THEN RETURN false; END IF;
    PERFORM public.vitrine_enqueue(jsonb_build_array(jsonb_build_object('name', gone.source_name, 'payload', gone.data->'payload',
      'key', substr(gone.singleton_key, own), 'group', substr(gone.group_id, own), 'priority', ceil(gone.priority::float8 / ${TURNS})::int)));
    RETURN true;
  END $body$;

  CREATE OR REPLACE FUNCTION public.vitrine_remove_failed_job(wanted uuid) RETURNS boolean
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
  DECLARE
    instance text := ${schema}.vitrine_instance()::text;
  BEGIN
    DELETE FROM ${schema}.job j WHERE ${mine(queue)} AND j.id = wanted;
    RETURN FOUND;
  END $body$;

  CREATE OR REPLACE FUNCTION public.vitrine_forget_jobs() RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
  DECLARE
    instance text := ${schema}.vitrine_instance()::text;
  BEGIN
    DELETE FROM ${schema}.job j WHERE j.data->>'instance' = instance AND j.state <> 'active';
  END $body$;

  REVOKE ALL ON FUNCTION public.vitrine_failed_jobs(text, bigint, bigint), public.vitrine_requeue_failed_job(uuid),
    public.vitrine_remove_failed_job(uuid), public.vitrine_forget_jobs() FROM PUBLIC`

const mine = (queue: string) => `j.name = '${queue}' AND j.data->>'instance' = instance AND j.state = 'created'`
