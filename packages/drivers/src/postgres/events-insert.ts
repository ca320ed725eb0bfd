/**
 * Writing events, in the transaction of the change they tell of: with it they appear, with it they vanish. They get no number
 * here; `events-number.ts` says why. However many there are, it is one statement.
 */
import { eventKind } from '@vitrine/domain/events/event-types'
import type { EventActor, EventRecorder, NewEvent, Trail } from '@vitrine/domain/events/new-event'
import type { TenantSql } from './tenant-database.ts'

interface Inserted {
  readonly seq: string
}

/** Answers the places of the events in the order of writing. Executed where it is called, so that callers need not wait. */
export async function insertEvents(sql: TenantSql, instanceId: string, events: readonly NewEvent[], actor: EventActor | null): Promise<number[]> {
  if (events.length === 0) return []
  const rows = events.map((event, n) => rowOf(event, actor, n))
  const inserted = await sql<Inserted[]>`
    insert into event (instance_id, type, pollable, basetype, objecttype, object_id, object_version, system_object_id, global_object_id,
                       schema_version, info, user_id, user_displayname, remote_addr)
    select ${instanceId}, t, p, b, ot, o, ov, s, g, sv, i, u, un, ra
    from jsonb_to_recordset(${sql.json(rows as never)}::jsonb) as r(n int, t text, p boolean, b text, ot text, o bigint, ov int, s bigint, g text,
                                                                     sv int, i jsonb, u bigint, un text, ra text)
    order by n returning seq`.execute()
  return inserted.map(({ seq }) => Number(seq))
}

export const recorderOf = (sql: TenantSql, instanceId: string): EventRecorder => ({
  recordEvents: async (events, actor) => void (await insertEvents(sql, instanceId, events, actor)),
})

export const insertTrail = (sql: TenantSql, instanceId: string, { events, actor }: Trail): Promise<number[]> =>
  insertEvents(sql, instanceId, events, actor)

function rowOf(event: NewEvent, actor: EventActor | null, n: number): Record<string, unknown> {
  const kind = eventKind(event.type)
  const by = kind?.namesUser ? actor : null
  return {
    n,
    t: event.type,
    p: kind?.pollable ?? false,
    b: event.basetype,
    ot: event.objecttype,
    o: event.objectId,
    ov: event.objectVersion,
    s: event.systemObjectId,
    g: event.globalObjectId,
    sv: event.schemaVersion,
    i: event.info,
    u: by?.userId,
    un: by?.displayname,
    ra: event.remoteAddr ?? by?.remoteAddr,
  }
}
