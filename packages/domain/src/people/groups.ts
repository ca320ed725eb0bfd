/** The groups of an instance. System groups stay what they are: only their rights and notes can be changed. */
import { groundCheck, keepGround, type GroundPorts } from '../collections/shared-ground.ts'
import { fail } from '../errors.ts'
import { deletedEvents, savedEvents } from '../events/changed.ts'
import type { Counters } from '../ports/counters.ts'
import { subnetOf } from '../sign-in/sign-in.ts'
import { holds, type Caller, type SystemRights } from './caller.ts'
import { beyond, changedRights, checkRights } from './check-rights.ts'
import { groupDocument, type GroupDocument } from './documents.ts'
import { PeopleRights } from './people-rights.ts'
import type { Principals } from './principals.ts'
import { rightDisplayname } from './rights-catalogue.ts'
import { changedList, storedGrants } from './stored-grants.ts'
import { DELETED_USER_REFERENCE } from './system-people.ts'
import type { GroupFilter, GroupStore, GroupWrite, Settle, StoredGroup } from './user-store.ts'
import { checkVersion, nextOf } from './versions.ts'

export interface GroupPorts extends GroundPorts {
  readonly groups: GroupStore
  readonly principals: Principals
  readonly counters: Counters
}

/** Read from other columns, or only ever answered. */
const NOT_DATA = new Set(['_id', '_version', 'lookup:_id', 'reference', 'type', '_generated_displayname'])
const OUTER = ['_pseudonymization', '_auth_method_group_maps', '_ip_subnet_filter', '_ip_subnet_filter_exclude', '_two_fa_required'] as const

export class Groups {
  readonly #ports: GroupPorts

  constructor(ports: GroupPorts) {
    this.#ports = ports
  }

  async list(caller: Caller, filter: GroupFilter): Promise<GroupDocument[]> {
    const rights = this.#rightsOf(caller)
    if (holds(caller.systemRights, 'system.group'))
      return (await this.#ports.groups.list(filter)).map((group) => groupDocument(group, caller, rights))
    const all = await this.#ports.groups.list({ ...filter, limit: null, offset: 0 })
    const seen = all.filter((group) => rights.ofGroup(group).includes('bag_read'))
    return seen
      .slice(filter.offset, filter.limit === null ? undefined : filter.offset + filter.limit)
      .map((group) => groupDocument(group, caller, rights))
  }

  /** An unknown id has no code of its own, and is told only to those who would see the group. */
  async read(caller: Caller, id: number): Promise<GroupDocument> {
    const rights = this.#rightsOf(caller)
    const [group] = await this.#ports.groups.find({ ids: [id], references: [] })
    if (!holds(caller.systemRights, 'system.group') && !(group && rights.ofGroup(group).includes('bag_read')))
      fail('RightRequired', { right: 'bag_read', rightdisplayname: rightDisplayname('bag_read') })
    return groupDocument(group ?? noGroup(id), caller, rights)
  }

  async save(caller: Caller, sent: readonly GroupDocument[]): Promise<GroupDocument[]> {
    const stored = await this.#storedFor(sent)
    const lists = await storedGrants(
      'group',
      sent.map(({ _acl }, i) => changedList(_acl, stored[i])),
      this.#ports,
    )
    const documents = sent.map((document, i) => (lists[i]?.length ? { ...document, _acl: lists[i] } : document))
    const fresh = await this.#ports.counters.draw('group', stored.filter((group) => !group).length)
    const writes = documents.map((document, i) => draft(caller, document, stored[i], stored[i]?.id ?? nextOf(fresh)))
    const check = await groundCheck(this.#ports, caller, null)
    // Whether its members may do everything is all that a group itself says about records.
    const settle: Settle = async (ground) => (writes.some((write, i) => isRoot(write) !== isRoot(stored[i])) ? keepGround(ground, check) : undefined)
    await this.#ports.groups.save(writes, { events: savedEvents('GROUP', writes), actor: caller }, settle)
    const ids = writes.map((write) => write.id)
    const saved = new Map((await this.#ports.groups.find({ ids, references: [] })).map((group) => [group.id, group]))
    return ids.flatMap((id) => saved.get(id) ?? []).map((group) => groupDocument(group, caller, this.#rightsOf(caller)))
  }

  /** Answers the group as it was. */
  async remove(caller: Caller, id: number): Promise<GroupDocument> {
    const group = await this.#existing(id)
    if (group.type === 'system') fail('DeleteSystemGroup', {})
    covered(caller, group.systemRights)
    const check = await groundCheck(this.#ports, caller, null)
    await this.#ports.groups.remove(id, DELETED_USER_REFERENCE, { events: deletedEvents('GROUP', [group]), actor: caller }, (ground) =>
      keepGround(ground, check),
    )
    return groupDocument(group, caller, this.#rightsOf(caller))
  }

  #rightsOf(caller: Caller): PeopleRights {
    return new PeopleRights(caller, this.#ports.clock())
  }

  async #existing(id: number): Promise<StoredGroup> {
    const [group] = await this.#ports.groups.find({ ids: [id], references: [] })
    return group ?? noGroup(id)
  }

  async #storedFor(documents: readonly GroupDocument[]): Promise<(StoredGroup | undefined)[]> {
    const ids = documents.flatMap(({ group }) => group._id ?? [])
    const references = documents.flatMap(({ group }) => group['lookup:_id']?.reference ?? [])
    const found = ids.length + references.length === 0 ? [] : await this.#ports.groups.find({ ids, references })
    const stored = documents.map(({ group }) => {
      const reference = group['lookup:_id']?.reference
      if (reference !== undefined)
        return found.find((f) => f.reference === reference) ?? fail('LookupNotFound', { key: 'reference', value: reference })
      if (group._id === undefined || group._id === null) return undefined
      return found.find((f) => f.id === group._id) ?? fail('ServerGeneric', { msg: `there is no group ${group._id}` })
    })
    const known = stored.flatMap((group) => group?.id ?? [])
    if (new Set(known).size !== known.length) fail('ServerGeneric', { msg: 'one request cannot save the same group twice' })
    return stored
  }
}

const noGroup = (id: number) => fail('ServerGeneric', { msg: `there is no group ${id}` })

const isRoot = (group: Pick<StoredGroup, 'systemRights'> | undefined) => group?.systemRights['system.root'] !== undefined

function draft(caller: Caller, document: GroupDocument, before: StoredGroup | undefined, id: number): GroupWrite {
  const { group } = document
  if (!before) need(caller, 'create')
  checkVersion(`group:${id}`, before?.version ?? 0, group._version)
  const type = group.type ?? before?.type ?? 'easydb'
  if (before && type !== before.type) fail('GroupTypeChangeNotAllowed', {})
  if (!before && type !== 'easydb') fail('GroupTypeNotAllowed', { type })
  const fixed = before?.type === 'system' ? before : undefined
  const reference = group.reference === undefined ? (before?.reference ?? null) : group.reference || null
  return {
    id,
    version: (before?.version ?? 0) + 1,
    type,
    reference: fixed ? fixed.reference : reference,
    data: dataOf(caller, document, before),
    systemRights: rightsOf(caller, document, before),
  }
}

function rightsOf(caller: Caller, { _system_rights: sent }: GroupDocument, before: StoredGroup | undefined): SystemRights {
  const stored = before?.systemRights ?? {}
  if (sent === undefined) return stored
  checkRights('system', sent)
  const { taken, given } = changedRights(stored, sent)
  if (Object.keys({ ...taken, ...given }).length === 0) return stored
  need(caller, before ? 'edit_system_rights' : 'create_system_rights')
  covered(caller, taken)
  covered(caller, given)
  return sent
}

/** What is left out stays, null removes. */
function dataOf(caller: Caller, document: GroupDocument, before: StoredGroup | undefined): Record<string, unknown> {
  const data: Record<string, unknown> = { ...before?.data }
  const set = (key: string, value: unknown) => {
    if (value === null) delete data[key]
    else if (value !== undefined) data[key] = value
  }
  for (const [key, value] of Object.entries(document.group)) if (!NOT_DATA.has(key) && !(before?.type === 'system' && key === 'name')) set(key, value)
  for (const key of OUTER) set(key, document[key])
  for (const network of document._ip_subnet_filter ?? []) if (!subnetOf(network)) fail('InvalidSubnetFilter', {})
  if (document._acl !== undefined && JSON.stringify(document._acl ?? []) !== JSON.stringify(before?.data['_acl'] ?? [])) {
    need(caller, before ? 'edit_acl' : 'create_acl')
    set('_acl', document._acl)
  }
  if (!before) data['_owner'] = { _basetype: 'user', user: { _id: caller.userId } }
  else if (document._owner !== undefined && caller.root) data['_owner'] = document._owner
  return data
}

function need(caller: Caller, parameter: string): void {
  const right = `system.group[${parameter}]`
  if (!holds(caller.systemRights, right)) fail('SystemRightRequired', { rights: right })
}

function covered(caller: Caller, rights: SystemRights): void {
  const missing = beyond(caller.systemRights, rights)
  if (missing.length) fail('SystemRightRequired', { rights: missing.join(',') })
}
