/** What callers may write into the log: events of custom types, or of all types for root that says so. */
import type { Schemas } from '@vitrine/contract/instance'
import { fail } from '../errors.ts'
import type { Caller } from '../people/caller.ts'
import { eventKind, isCustom, isEventType } from './event-types.ts'
import type { NewEvent } from './new-event.ts'

export type EventDraft = Schemas['EventDraft']

/** An event stays in the log for long, and everybody who can sign in may write some. */
const LARGEST_INFO_BYTES = 64 * 1024

export function eventOfDraft({ event }: EventDraft, caller: Caller, skipConstraints: boolean): NewEvent {
  const { type } = event
  const kind = eventKind(type)
  if (!isEventType(type) || !kind || !(isCustom(kind) || (skipConstraints && caller.root))) return fail('EventTypeNotAllowed', { type })
  if (event.info && Buffer.byteLength(JSON.stringify(event.info)) > LARGEST_INFO_BYTES)
    fail('ServerGeneric', { msg: `info of an event has at most ${LARGEST_INFO_BYTES} bytes` })
  return {
    type,
    ...given('basetype', event.basetype),
    ...given('objecttype', event.objecttype),
    ...given('objectId', event.object_id),
    ...given('objectVersion', event.object_version),
    ...given('systemObjectId', event.system_object_id),
    ...given('globalObjectId', event.global_object_id),
    ...given('info', event.info),
    schemaVersion: caller.datamodelVersion,
  }
}

const given = <K extends keyof NewEvent, V>(key: K, value: V | null | undefined): { [P in K]?: V } =>
  value === null || value === undefined ? {} : ({ [key]: value } as { [P in K]: V })
