/** For tests of rights: rules and records written as briefly as possible, and a source that holds them in memory. */
import type { Model, Table } from '../datamodel/model.ts'
import type { Caller } from '../people/caller.ts'
import type { Grant } from '../people/stored-grants.ts'
import type { AccessAncestor, AccessSource, AccessSubject, Rights } from './access.ts'
import { AccessService } from './access-service.ts'
import type { StoredRules } from './rules.ts'

type GrantRights = Record<string, Record<string, unknown>>

/** `grant(user(2), 'read write', {sticky: true})` */
export const grant = (who: Grant['who'], rights: string | GrantRights, more: Partial<Grant> = {}): Grant => ({
  who,
  rights: typeof rights === 'string' ? Object.fromEntries(rights.split(' ').map((name) => [name, {}])) : rights,
  ...more,
})
export const user = (_id: number): Grant['who'] => ({ _basetype: 'user', user: { _id } })
export const group = (_id: number): Grant['who'] => ({ _basetype: 'group', group: { _id } })
export const owner: Grant['who'] = { _owner: true }
export const poolContact: Grant['who'] = { _pool_contact: true }

type Part<T> = readonly (Partial<T> & { readonly id: number })[]
export interface Rules {
  readonly objecttypes?: Readonly<Record<number, Grant[]>>
  readonly pools?: Part<StoredRules['pools'][number]>
  readonly tags?: Readonly<Record<number, Grant[]>>
  readonly presets?: Part<StoredRules['presets'][number]>
  readonly collections?: Part<StoredRules['collections'][number]>
}
const list = { parentId: null, acl: [], privateAcl: false }

export const storedRules = ({ objecttypes = {}, pools = [], tags = {}, presets = [], collections = [] }: Rules, revision = 1): StoredRules => ({
  revision,
  objecttypes: Object.entries(objecttypes).map(([tableId, acl]) => ({ tableId: Number(tableId), acl })),
  pools: pools.map((pool) => ({ ...list, contact: null, ...pool })),
  tags: Object.entries(tags).map(([id, acl]) => ({ id: Number(id), acl })),
  presets: presets.map((preset) => ({ rights: {}, tagfilter: null, ...preset })),
  collections: collections.map((collection) => ({ ...list, invalid: false, ...collection })),
})

/** 1 is a plain type, 2 has access lists in a tree, 3 a tree without lists. */
const table = (id: number, name: string, flags: Partial<Table>): Table => ({ id, name, aclTable: false, hierarchical: false, ...flags }) as Table
const tables = [table(1, 'work', {}), table(2, 'place', { aclTable: true, hierarchical: true }), table(3, 'topic', { hierarchical: true })]
export const model: Model = {
  tables: new Map(tables.map((t) => [t.id, t])),
  byName: new Map(tables.map((t) => [t.name, t])),
  columns: new Map(),
  objecttypes: tables,
}

export const caller = (more: Partial<Caller> = {}): Caller => ({
  ...{ userId: 2, login: 'x', type: 'easydb', displayname: 'x', groupIds: [], systemRights: {}, root: false, language: 'en-US' },
  ...{ datamodelVersion: 1, configRevision: 1, clientId: 'c', signedInAt: new Date(0), ...more },
})

let ids = 0
export const record = (more: Partial<AccessSubject> = {}): AccessSubject => ({
  ...{ systemId: ++ids, tableId: 1, poolId: null, parentId: null, tags: [], ownerUser: 99, ownerGroup: null, privateAcl: false, acl: null },
  ...more,
})

export interface Stored {
  readonly records?: readonly AccessSubject[]
  /** Collection ids by system id. */
  readonly held?: Readonly<Record<number, number[]>>
}
export type Asked = AccessSource & { readonly questions: string[] }

export function sourceOf({ records = [], held = {} }: Stored = {}): Asked {
  const byId = new Map(records.map((r) => [r.systemId, r]))
  const questions: string[] = []
  return {
    questions,
    ancestors: (systemIds) => {
      questions.push(`ancestors ${systemIds.join()}`)
      const found = new Map<number, AccessAncestor>()
      const open = [...systemIds]
      for (let id = open.pop(); id !== undefined; id = open.pop()) {
        const at = byId.get(id)
        if (!at || found.has(id)) continue
        found.set(id, at)
        if (at.parentId !== null) open.push(at.parentId)
      }
      return Promise.resolve(found)
    },
    memberships: (systemIds, collectionIds) => {
      questions.push(`memberships ${systemIds.join()} in ${collectionIds.join()}`)
      return Promise.resolve(new Map(systemIds.flatMap((id) => (held[id] ? [[id, held[id].filter((c) => collectionIds.includes(c))] as const] : []))))
    },
  }
}

export const serviceOn = (rules: () => StoredRules, now: () => Date = () => new Date('2026-06-01T00:00:00Z')) =>
  new AccessService({
    rules: { load: () => Promise.resolve(rules()) },
    datamodels: { committed: (version) => Promise.resolve({ version, model } as never), currentVersion: () => Promise.resolve(1) },
    clock: now,
  })

/** What a caller may do with one record by these rules. */
export async function rightsWith(rules: Rules, subject: AccessSubject, who: Partial<Caller> = {}, stored: Stored = {}): Promise<Rights> {
  const access = await serviceOn(() => storedRules(rules)).of(caller(who))
  const [rights] = await access.rightsOn(sourceOf(stored), [subject])
  return rights ?? {}
}
export const namesWith = async (...parameters: Parameters<typeof rightsWith>) =>
  Object.keys(await rightsWith(...parameters))
    .toSorted()
    .join(' ')
