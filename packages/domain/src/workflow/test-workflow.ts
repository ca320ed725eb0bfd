/** For tests only: rules, callers and changes, with defaults for whatever a test does not care about. */
import { schema, table } from '@vitrine/testing/datamodels'
import { compileDatamodel } from '../datamodel/compile-datamodel.ts'
import { EMPTY_MASKS, EMPTY_SCHEMA } from '../datamodel/documents.ts'
import type { Table } from '../datamodel/model.ts'
import { normaliseSchema } from '../datamodel/validate-schema.ts'
import type { Caller } from '../people/caller.ts'
import type { PlaceFacts } from '../places/place-facts.ts'
import { Places } from '../places/places.ts'
import type { TagGroup } from '../tags/tag.ts'
import type { Transition } from '../transitions/transition-store.ts'
import { Confirmations } from './confirmations.ts'
import type { WorkflowCase, WorkflowState } from './workflow.ts'
import { Workflows } from './workflows.ts'

const document = normaliseSchema(
  schema(table('picture', { title: 'text' }, { pool_link: true, has_tags: true }), table('place', { name: 'text' }, { has_tags: true })),
  { current: EMPTY_SCHEMA, head: null },
)
const datamodel = compileDatamodel({ version: 1, committedAt: null, schema: document, masks: EMPTY_MASKS, translations: {} })
/** Kept in pools. */
export const picture = datamodel.model.byName.get('picture') as Table
/** Not kept in pools. */
export const place = datamodel.model.byName.get('place') as Table

export const ROOT_POOL = 1
export const ARCHIVE = 2
export const HARBOUR = 3
export const DRAFT = 11
export const FINAL = 12
export const SEEN = 13

const tag = (id: number): TagGroup['tags'][number] => ({
  id,
  version: 1,
  reference: null,
  data: { enabled: true, is_default: false, sticky: false, type: 'individual', displaytype: 'facet', _acl: [] },
})

/** A choice of `draft` and `final`, and `seen` on its own; pools `root` > `archive` > `harbour`. */
export const factsWith = (more: Partial<PlaceFacts> = {}): PlaceFacts => ({
  rules: [],
  tagGroups: [
    { id: 1, reference: null, type: 'choice', data: {}, tags: [tag(DRAFT), tag(FINAL)] },
    { id: 2, reference: null, type: 'checkbox', data: {}, tags: [tag(SEEN)] },
  ],
  pools: pools(),
  objecttypes: [],
  ...more,
})

export function pools(settings: { readonly [id: number]: Partial<PlaceFacts['pools'][number]> } = {}): PlaceFacts['pools'] {
  const plain = [
    { id: ROOT_POOL, parentId: null, contact: null },
    { id: ARCHIVE, parentId: ROOT_POOL, contact: null },
    { id: HARBOUR, parentId: ARCHIVE, contact: null },
  ]
  return plain.map((pool) => ({ ...pool, ...settings[pool.id] }))
}

let lastRule = 100
export const rule = (document: Partial<Transition>): Transition => ({
  _id: ++lastRule,
  type: 'process',
  operations: ['INSERT', 'UPDATE', 'DELETE'],
  ...document,
})

export const person = (userId: number, more: Partial<Caller> = {}): Caller => ({
  ...{ userId, login: 'x', type: 'easydb', displayname: 'x', groupIds: [], systemRights: {}, root: false, language: 'en-US' },
  ...{ datamodelVersion: 1, configRevision: 1, clientId: 'c', signedInAt: new Date(0) },
  ...more,
})

export const state = (more: Partial<WorkflowState> = {}): WorkflowState => ({ poolId: HARBOUR, tags: [], ownerUser: 7, ownerGroup: null, ...more })

export const insert = (after: Partial<WorkflowState> = {}): WorkflowCase => ({
  ...{ table: picture, operation: 'INSERT', systemId: null, version: 0, before: null },
  after: state(after),
})
export const update = (before: Partial<WorkflowState>, after: Partial<WorkflowState>): WorkflowCase => ({
  ...{ table: picture, operation: 'UPDATE', systemId: 900, version: 3, before: state(before) },
  after: state(after),
})
export const removal = (before: Partial<WorkflowState> = {}): WorkflowCase => ({
  ...{ table: picture, operation: 'DELETE', systemId: 900, version: 3, after: null },
  before: state(before),
})

/** Rules at work over these settings, with a clock that the test moves. */
export function workflowsOver(facts: PlaceFacts, time = { now: new Date('2026-03-01T10:00:00Z') }) {
  const stored = new Map<string, Readonly<Record<string, unknown>>>()
  const confirmations = new Confirmations({
    settings: {
      read: (name) => Promise.resolve(stored.get(name) ?? null),
      replace: () => Promise.resolve(false),
      addOnce(name, value) {
        if (!stored.has(name)) stored.set(name, value)
        return Promise.resolve(stored.get(name) ?? value)
      },
    },
    secretBox: { seal: (text, context) => `${context}:${text}`, open: (sealed, context) => sealed.slice(context.length + 1) },
    clock: () => time.now,
    instanceId: 'museum',
  })
  const places = new Places(facts)
  return { time, stored, confirmations, workflows: new Workflows({ places: { at: () => Promise.resolve(places) }, confirmations }) }
}

/** What the rules make of the changes, as that caller, with nothing confirmed. */
export async function outcomeOf(facts: PlaceFacts, cases: readonly WorkflowCase[], caller = person(7)) {
  const workflow = await workflowsOver(facts).workflows.of(caller)
  return workflow.run(cases, { caller, digest: 'd', confirmation: null })
}
