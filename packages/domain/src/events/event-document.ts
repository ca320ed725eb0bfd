/**
 * Events as they are answered. Whoever may read the whole log sees everything; other followers neither see where a request
 * came from nor the text of a record, which they might not be allowed to read.
 */
import type { Schemas } from '@vitrine/contract/instance'
import type { StoredEvent } from './event-store.ts'

export type EventDocument = Schemas['Event']

export interface EventView {
  /** Name of the database in global ids of records. */
  readonly databaseName: string
  readonly whole: boolean
}

export function eventDocument(event: StoredEvent, { databaseName, whole }: EventView): EventDocument {
  const info = whole ? event.info : withoutText(event.info)
  const globalId = event.globalObjectId ?? (event.systemObjectId === null ? null : `${event.systemObjectId}@${databaseName}`)
  const by = event.userDisplayname ?? undefined
  return {
    _basetype: 'event',
    event: {
      _id: event.id,
      type: event.type,
      timestamp: event.at.toISOString(),
      pollable: event.pollable,
      ...(event.basetype !== null && { basetype: event.basetype }),
      ...(event.objecttype !== null && { objecttype: event.objecttype }),
      ...(event.objectId !== null && { object_id: event.objectId }),
      ...(event.objectVersion !== null && { object_version: event.objectVersion }),
      ...(event.systemObjectId !== null && { system_object_id: event.systemObjectId }),
      ...(globalId !== null && { global_object_id: globalId }),
      ...(event.schemaVersion !== null && { schema: String(event.schemaVersion) }),
      ...(info !== null && { info }),
      ...(whole && event.remoteAddr !== null && { remote_addr: event.remoteAddr }),
      ...(by !== undefined && { user_generated_displayname: by }),
    },
    ...(event.userId !== null && {
      user: { _basetype: 'user', user: { _id: event.userId, ...(by !== undefined && { _generated_displayname: by }) } },
    }),
  }
}

function withoutText(info: StoredEvent['info']): StoredEvent['info'] {
  if (info === null || !('standard' in info)) return info
  const { standard: _, ...rest } = info
  return Object.keys(rest).length > 0 ? rest : null
}
