/**
 * Which records a request puts into a collection or takes out. Global ids of this instance, however they are written, are kept
 * as `<system id>@local`, so that a record is in a collection once and an instance can change its name.
 */
import type { Datamodel } from '../datamodel/model.ts'
import { fail } from '../errors.ts'
import { parseLookup, requireUuid, type RecordRef } from '../objects/record-ref.ts'
import { Problems } from '../objects/problems.ts'
import { resolveRefs } from '../objects/record-refs.ts'
import type { RecordTransaction } from '../objects/write-store.ts'
import type { MemberDocument } from './collection.ts'
import type { Member } from './collection-store.ts'
import { uploadTable } from './upload-settings.ts'

const LOCAL = 'local'
const GLOBAL_ID = /^([^@]+)@(.+)$/
const SYSTEM_ID = /^[1-9][0-9]{0,15}$/

export interface OwnNames {
  readonly instanceId: string
  readonly databaseName: string
}

/** How a member is told to callers. */
export const globalIdOf = ({ globalId, systemId }: Pick<Member, 'globalId' | 'systemId'>, { databaseName }: OwnNames): string =>
  systemId === null ? globalId : `${systemId}@${databaseName}`

export const localMember = (systemId: number, props: Member['props'] = null): Member => ({ globalId: `${systemId}@${LOCAL}`, systemId, props })

type Lookup = NonNullable<MemberDocument['lookup:_global_object_id']>
type Props = Member['props']
/** A member with its id, or the lookup that leads to one. */
export type MemberRef = Member | { readonly lookup: Lookup; readonly where: string; readonly props: Props }

export const parseMembers = (documents: readonly MemberDocument[], names: OwnNames): MemberRef[] =>
  documents.map((document, i) => parseMember(document, `objects[${i}]`, names))

function parseMember(document: MemberDocument, where: string, names: OwnNames): MemberRef {
  const { _global_object_id: globalId, 'lookup:_global_object_id': lookup, webfrontend_props: props = null } = document
  if (lookup) return { lookup, where: `${where}.lookup:_global_object_id`, props }
  if (globalId === undefined) return fail('ServerGeneric', { msg: `${where}: a record needs a _global_object_id or a lookup of it` })
  const [, id, system] = GLOBAL_ID.exec(globalId) ?? fail('ServerGeneric', { msg: `${where}: ${globalId} is not a global object id` })
  const local = system === LOCAL || system === names.databaseName || system?.toLowerCase() === names.instanceId
  if (!local) return { globalId, systemId: null, props }
  if (id === undefined || !SYSTEM_ID.test(id)) return fail('LookupNotFound', { key: '_global_object_id', value: globalId })
  return localMember(Number(id), props)
}

/**
 * Looks up what has to be looked up. A record that is named twice counts where it is named last, as if one had been put after
 * the other.
 */
export async function resolveMembers(refs: readonly MemberRef[], datamodel: Datamodel, records: RecordTransaction): Promise<Member[]> {
  const lookups = refs.filter((ref) => 'lookup' in ref)
  const found = lookups.length === 0 ? new Map<LookupRef, number>() : await resolveLookups(lookups, datamodel, records)
  const members = refs.map((ref): Member => ('lookup' in ref ? localMember(found.get(ref) as number, ref.props) : ref))
  return [...new Map(members.toReversed().map((member) => [member.globalId, member])).values()].toReversed()
}

type LookupRef = Extract<MemberRef, { lookup: Lookup }>

/** Ids need no object type; columns do. */
async function resolveLookups(refs: readonly LookupRef[], datamodel: Datamodel, records: RecordTransaction): Promise<Map<LookupRef, number>> {
  const untyped = refs.filter(({ lookup }) => lookup._objecttype === undefined)
  const addresses = untyped.map(addressOf)
  const typed = new Map(refs.filter(({ lookup }) => lookup._objecttype !== undefined).map((ref) => [ref, recordRefOf(ref, datamodel)]))
  const [stored, idOf] = await Promise.all([
    records.findRecords({
      systemIds: addresses.flatMap(({ systemId }) => systemId ?? []),
      uuids: addresses.flatMap(({ uuid }) => uuid ?? []),
      objects: [],
    }),
    // The first lookup that finds nothing is refused.
    resolveRefs(records, [...typed.values()], { created: [], problems: new Problems(false), reserved: [] }),
  ])
  const bySystemId = new Map(stored.map((record) => [record.systemId, record.systemId]))
  const byUuid = new Map(stored.map((record) => [record.uuid, record.systemId]))
  const found = new Map(
    [...typed].flatMap(([ref, recordRef]): [LookupRef, number][] => {
      const systemId = idOf(recordRef)
      return systemId === undefined ? [] : [[ref, systemId]]
    }),
  )
  untyped.forEach((ref, i) => {
    const { systemId, uuid } = addresses[i] ?? {}
    const hit = systemId === undefined ? byUuid.get(uuid ?? '') : bySystemId.get(systemId)
    const [key, value] = systemId === undefined ? ['_uuid', String(uuid)] : ['_system_object_id', String(systemId)]
    found.set(ref, hit ?? fail('LookupNotFound', { key, value }))
  })
  return found
}

function addressOf({ lookup, where }: LookupRef): { systemId?: number; uuid?: string } {
  if (lookup._system_object_id !== undefined) return { systemId: lookup._system_object_id }
  if (lookup._uuid !== undefined) return { uuid: requireUuid(lookup._uuid, `${where}._uuid`) }
  return fail('ServerGeneric', { msg: `${where}: give a _system_object_id, a _uuid, or an _objecttype and one of its columns` })
}

function recordRefOf({ lookup, where }: LookupRef, datamodel: Datamodel): RecordRef {
  const { _objecttype: objecttype = '', _allow_defer: _defer, ...key } = lookup
  const table = uploadTable(objecttype, datamodel)
  return { table, where, ...parseLookup(table, key, where) }
}
