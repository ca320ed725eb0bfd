/** A look at what was brought in: read by every kind of address, edited once, and its history told. */
import { isDialogue, isVitrineError, type Schemas, type Vitrine } from '@vitrine/sdk'
import { mainMask } from './model/masks.ts'

type StoredRecord = Schemas['Record']
type Content = Record<string, unknown> & { _id: number; _version: number }
type Say = (line: string) => void

const TYPE = 'artwork'
const place = { objecttype: TYPE, mask: mainMask(TYPE) }

function contentOf(record: StoredRecord): Content {
  return record[TYPE] as Content
}
function only(records: readonly StoredRecord[]): StoredRecord {
  const [record] = records
  if (!record || records.length !== 1) throw new Error(`one record was expected, ${records.length} came`)
  return record
}
function nameOf(record: StoredRecord): string {
  const slots = record._standard as Record<string, { text?: Record<string, string> }> | undefined
  const texts = ['1', '2'].flatMap((slot) => {
    const text = slots?.[slot]?.text ?? {}
    return text['en-US'] ?? Object.values(text)[0] ?? []
  })
  return texts.join(' — ') || '(without a name)'
}

/** The same record four times, under each of its addresses. */
async function readByEveryAddress(sdk: Vitrine, say: Say): Promise<StoredRecord> {
  const first = only(await sdk.objectList({ path: place, query: { limit: 1, format: 'short' } }))
  const [id, systemId, globalId] = [contentOf(first)._id, first._system_object_id ?? 0, first._global_object_id ?? '']
  const query = { format: 'long' } as const
  const byId = only(await sdk.objectRead({ path: { ...place, objectId: id }, query }))
  const others = await Promise.all([
    sdk.objectReadBySystemId({ path: { ...place, systemObjectId: systemId }, query }),
    sdk.objectReadByGlobalId({ path: { ...place, globalObjectId: globalId }, query }),
    sdk.objectReadByGlobalId({ path: { ...place, globalObjectId: `${systemId}@local` }, query }),
  ])
  const same = others.every((records) => only(records)._uuid === byId._uuid)
  if (!same) throw new Error('the addresses of one record lead to different records')
  say(`  ${nameOf(byId)}`)
  say(`  by id ${id}, by system id ${systemId}, by global id ${globalId}, by ${systemId}@local: the same record`)
  return byId
}

async function save(sdk: Vitrine, record: StoredRecord, content: Content, comment: string): Promise<StoredRecord> {
  const body = [{ _objecttype: TYPE, _mask: place.mask, _comment: comment, [TYPE]: content }]
  const result = await sdk.objectSave({ path: { objecttype: TYPE }, query: { format: 'long' }, body })
  if (isDialogue(result)) throw new Error(`saving ${record._uuid} asks: ${result.tasks.map((task) => task.message).join(' ')}`)
  return only(result)
}

/** What was read is sent back with one change and the next version; sending the same again is refused. */
async function editOnce(sdk: Vitrine, record: StoredRecord, say: Say): Promise<StoredRecord> {
  const content = contentOf(record)
  const title = { ...(content['title'] as Record<string, string> | undefined), 'x-demo': `looked at ${new Date().toISOString()}` }
  const next = { ...content, _version: content._version + 1, title }
  const saved = await save(sdk, record, next, 'A line for the demo')
  say(`  version ${content._version} became version ${contentOf(saved)._version}`)
  try {
    await save(sdk, record, next, 'The same once more')
  } catch (error) {
    if (!isVitrineError(error, 'VersionMismatch')) throw error
    say(`  the same request once more: ${error.code}, ${error.message}`)
    return saved
  }
  throw new Error('a version could be written twice')
}

async function tellHistory(sdk: Vitrine, saved: StoredRecord, say: Say): Promise<void> {
  const path = { ...place, objectId: contentOf(saved)._id }
  const full = only(await sdk.objectRead({ path, query: { format: 'full' } }))
  const entries = (full._changelog ?? []) as readonly { operation?: string; version?: number; time?: string; comment?: string | null }[]
  for (const { version, operation, time, comment } of entries.slice(-5)) say(`  v${version} ${operation} ${time}${comment ? ` — ${comment}` : ''}`)
  const versions = await sdk.objectRead({ path, query: { all_versions: true, format: 'long' } })
  const first = only(await sdk.objectRead({ path, query: { version: 1, format: 'long' } }))
  say(`  ${versions.length} versions are kept; the first is still "${nameOf(first)}"`)
}

export async function tour(sdk: Vitrine, say: Say): Promise<void> {
  say('\nRead back by every address')
  const record = await readByEveryAddress(sdk, say)
  say('\nEdited once')
  const saved = await editOnce(sdk, record, say)
  say('\nHistory')
  await tellHistory(sdk, saved, say)
}
