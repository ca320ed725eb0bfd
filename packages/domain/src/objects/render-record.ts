/**
 * The JSON text of one record: system fields on top, and the block with its content. Names of types and masks are identifiers,
 * so they stand in JSON as they are.
 */
import type { Mask, Table } from '../datamodel/model.ts'
import type { RecordFacts } from './record-store.ts'
import { fieldsJson, inheritedValues, ON_TOP, type Place } from './render-fields.ts'
import { ancestors, parentsJson, standsInHierarchy, ways } from './render-hierarchy.ts'
import type { Page, Rendered } from './render-page.ts'
import { pointsAway, type RecordPlan } from './render-plan.ts'
import { personJson, poolJson, tagsJson, userJson } from './render-names.ts'
import { aclParts, changelog, collectionsPart, publishedParts, systemTags } from './render-system.ts'
import { listedValues } from './render-values.ts'
import { standardFields, standardJson } from './standard.ts'

const json = JSON.stringify

export function recordJson(page: Page, record: Rendered, place: Place = ON_TOP): string {
  const { plan, facts, at } = record
  const { contents, mask, table } = plan
  let text = shortHead(page, table, mask.name, facts, contents.format, mask, contents.values)
  if (contents.standard) text += standardParts(page, table, mask, facts, at)
  if (contents.system) text += systemFields(page, record)
  if (contents.changelog) text += changelog(page, record)
  if (contents.values) text += `${labels(plan)},"_values":${json(listedValues(page, record))}`
  const pool = contents.standard ? poolPart(page, mask, facts) : ''
  return `${text},"${table.name}":{${identity(page, table, facts, at)}${pool}${contents.system ? placeInHierarchy(page, record) : ''}${contentJson(page, record, place)}}}`
}

/** A record listed by a reverse table: its content alone, without the envelope. */
export function rowJson(page: Page, record: Rendered, place: Place): string {
  const { plan, facts, at } = record
  page.attached.countWritten()
  return `{${identity(page, plan.table, facts, at)}${poolPart(page, plan.mask, facts)}${placeInHierarchy(page, record)}${contentJson(page, record, place)}}`
}

/** A link target that is written out in full. */
export function embeddedJson(page: Page, record: Rendered, place: Place): string {
  page.attached.countWritten()
  return recordJson(page, record, place)
}

function contentJson(page: Page, record: Rendered, { inside, depth }: Place): string {
  const { plan, facts, at, block } = record
  const values = plan.contents.inherited ? inheritedValues(page, record, plan.table.hierarchical ? ancestors(page, facts, at) : []) : facts.values
  // Only embedding looks at what a record stands in.
  const within = page.options.merge.mode === 'none' || facts.id === null ? inside : [...inside, facts.id]
  return block + fieldsJson({ page, record, inside: within, depth }, plan.fields, values)
}

/** A record that is only named: as an ancestor in `_path`. */
const shortJson = (page: Page, table: Table, facts: RecordFacts, at: string | null): string => {
  const mask = page.options.datamodel.standardMask(table, facts.pool)
  return `${shortHead(page, table, mask.name, facts, 'short', mask, false)},"${table.name}":{${identity(page, table, facts, at)}}}`
}

/**
 * Texts of targets by mask. One often stands in many records of a page; and where a target points at nothing itself, neither
 * at records nor at names that may change, its text lasts as long as its facts do.
 */
const lasting = new WeakMap<RecordFacts, Map<Mask, string>>()
const lasts = (page: Page, table: Table, facts: RecordFacts) =>
  facts.pool === undefined &&
  facts.tags === undefined &&
  !table.hierarchical &&
  !table.polyhierarchical &&
  !standardFields(page.options.datamodel, table, facts.pool).some(pointsAway)

/** A record at the other end of a link: always in the standard format. */
export function targetJson(page: Page, table: Table, mask: Mask, facts: RecordFacts, at: string | null): string {
  const known = lasts(page, table, facts) ? lasting : page.targetTexts
  const texts = known.get(facts) ?? new Map<Mask, string>()
  known.set(facts, texts)
  const text = texts.get(mask) ?? inOnePiece(writeTarget(page, table, mask, facts, at))
  texts.set(mask, text)
  return text
}

/** A text put together from pieces is walked piece by piece each time it is used; looking into it makes it one piece. */
export function inOnePiece(text: string): string {
  text.charCodeAt(0)
  return text
}

function writeTarget(page: Page, table: Table, mask: Mask, facts: RecordFacts, at: string | null): string {
  const head = shortHead(page, table, mask.name, facts, 'standard', mask, false)
  return `${head}${standardParts(page, table, mask, facts, at)},"${table.name}":{${identity(page, table, facts, at)}${poolPart(page, mask, facts)}}}`
}

function shortHead(page: Page, table: Table, maskName: string, facts: RecordFacts, format: string, mask: Mask, named: boolean): string {
  const ids = facts.id === null ? '' : `,"_system_object_id":${facts.id},"_global_object_id":"${facts.id}${page.globalSuffix}`
  const tags = table.hasTags && mask.system.tags.shown ? `,"_tags":${tagsJson(page.names, facts.tags ?? [], named)}` : ''
  const children = facts.children === undefined ? '' : `,"_has_children":${facts.children}`
  const trashed = facts.trashed === undefined ? '' : `,"_latest_version_deleted_at":"${facts.trashed}"`
  return `{"_objecttype":"${table.name}","_mask":"${maskName}","_format":"${format}"${ids},"_uuid":"${facts.uuid}","_last_modified":"${facts.modified}"${tags}${children}${trashed}`
}

function standardParts(page: Page, table: Table, mask: Mask, facts: RecordFacts, at: string | null): string {
  const standard = `,"_standard":${standardJson(page.standard(table, facts, at), facts.id, page.options.languages, page.standardFile)}`
  if (!standsInHierarchy(table, mask)) return standard
  const way = (above: readonly RecordFacts[]) => `[${above.map((ancestor) => shortJson(page, table, ancestor, at)).join(',')}]`
  if (table.hierarchical) return `${standard},"_path":${way(ancestors(page, facts, at))}`
  return `${standard},"_paths":[${ways(page, facts, at).map(way).join(',')}]`
}

/** Ids inside the block. The parent is named by its object id, as it is written. */
function identity(page: Page, table: Table, facts: RecordFacts, at: string | null): string {
  const id = facts.object === null ? '' : `"_id":${facts.object},`
  const parent = facts.parent === undefined ? null : (page.state(facts.parent, at)?.object ?? null)
  return `${id}"_version":${facts.version}${table.hierarchical ? `,"_id_parent":${parent}` : ''}`
}

/** Inside the block of a record that is written out: all its parents, and its place among their children. */
function placeInHierarchy(page: Page, { plan, facts, at }: Rendered): string {
  if (!standsInHierarchy(plan.table, plan.mask)) return ''
  const place = facts.place === undefined ? '' : `,"_parent_child_idx":${facts.place}`
  if (!plan.table.polyhierarchical) return place
  const parents = parentsJson(page, plan.table, facts, at, (parent) => shortJson(page, plan.table, parent, at))
  return parents === '[]' && !plan.contents.empty ? place : `,"_parents":${parents}${place}`
}

const poolPart = (page: Page, mask: Mask, facts: RecordFacts): string =>
  facts.pool !== undefined && mask.system.pool.shown ? `,"_pool":${poolJson(page.names, facts.pool)}` : ''

function systemFields(page: Page, record: Rendered): string {
  const { plan, facts, at } = record
  const level = plan.table.hierarchical && plan.mask.system.parent.shown ? `,"_level":${ancestors(page, facts, at).length + 1}` : ''
  const parts = [
    `${level},"_created":"${facts.created}","_latest_version":${facts.version === facts.newest},"_generated_rights":${page.rights.json(facts)}`,
    collectionsPart(page, facts),
    aclParts(page, record),
    systemTags(record),
    publishedParts(record),
  ]
  if (plan.mask.system.owner.shown) {
    const who = personJson(page.names, facts)
    if (who) parts.push(`,"_owner":${who}`)
    if (facts.createUser !== undefined) parts.push(`,"_create_user":${userJson(page.names, facts.createUser, false)}`)
  }
  const comment = facts.comment ?? facts.history?.findLast((entry) => entry.version === facts.version)?.comment
  if (comment) parts.push(`,"_comment":${json(comment)}`)
  return parts.join('')
}

function labels({ datamodel, table, mask }: RecordPlan): string {
  const label = (key: string, fallback: string) => json(datamodel.translations[key] ?? { 'en-US': fallback })
  return `,"_objecttype_display_name":${label(`schema.${table.name}.name`, table.name)},"_mask_display_name":${label(`mask.${table.id}.${mask.name}.name`, mask.name)}`
}
