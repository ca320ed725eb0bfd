/**
 * Batches that nobody has thought of, one after the other and at the same time: whatever they are answered, no answer is an unforeseen
 * failure, a dry run says what the save then does, and afterwards everything that is worked out from records agrees with them.
 * FUZZ_SEED and FUZZ_RUNS choose another walk or a longer one.
 */
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { formOf } from '../testing/forms.ts'
import { record, to, type Gallery } from '../testing/gallery.ts'
import { inconsistencies } from '../testing/record-consistency.ts'
import { testServer, type TestServer } from '../testing/test-server.ts'
import { workshop } from '../testing/workshop.ts'

const seed = Number(process.env['FUZZ_SEED'] ?? 7)
const numRuns = Math.ceil(Number(process.env['FUZZ_RUNS'] ?? 30) / 5)

let server: TestServer
beforeAll(async () => {
  server = await testServer()
})
afterAll(() => server.close())

type Json = Record<string, unknown>
type Type = 'maker' | 'piece' | 'sheet' | 'place' | 'term'
/** Few records and few values, so that they meet. */
const IDS = 5
const id = fc.integer({ min: 1, max: IDS })
const word = fc.constantFrom('a', 'b', 'c', 'd', '')
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 2 })
const linkTo = (type: string) => maybe(id.map((n) => to(type, n)))
const few = <T>(value: fc.Arbitrary<T>) => maybe(fc.array(value, { maxLength: 3 }))

/** Those that each instance begins with, and one that there is not. */
const FILES = ['a.txt', 'b.txt', 'c.txt']
const file = fc.integer({ min: 1, max: FILES.length }).map((_id) => ({ _id }))
const files = maybe(fc.oneof({ weight: 20, arbitrary: fc.uniqueArray(file, { selector: ({ _id }) => _id }) }, fc.constant([{ _id: 999 }])))
const step = fc.record({ word: maybe(word), piece: linkTo('piece') })
const job = fc.record({ code: maybe(word), scans: files, piece: linkTo('piece'), '_nested:maker__jobs__steps': few(step) })
const named = (row: fc.Arbitrary<object>) => fc.tuple(row, maybe(id)).map(([block, _id]) => ({ ...block, ...(_id && { _id }) }))
const line = named(fc.record({ code: maybe(word) }))
const sheet = fc.record({ code: maybe(word), scan: files, twin: linkTo('sheet'), '_reverse_nested:line:sheet': few(line) })
const titles = maybe(fc.dictionary(fc.constantFrom('en-US', 'de-DE'), word, { maxKeys: 2 }))
const BLOCKS: Readonly<Record<Type, fc.Arbitrary<object>>> = {
  maker: fc.record({ name: maybe(word), '_nested:maker__jobs': few(job) }),
  piece: fc.record({
    ...{ code: maybe(word), maker: linkTo('maker'), finisher: linkTo('maker'), pair: linkTo('piece'), title: titles, files },
    '_reverse_nested:sheet:piece': few(named(sheet)),
  }),
  sheet: fc.tuple(sheet, id).map(([block, n]) => ({ ...block, piece: to('piece', n) })),
  place: fc.record({
    ...{ name: maybe(word), _id_parent: maybe(id) },
    '_reverse_nested:place:_id_parent': few(named(fc.record({ name: maybe(word) }))),
  }),
  term: fc.record({
    ...{ name: maybe(word), _parents: few(id.map((_id) => ({ _id }))) },
    '_reverse_nested:term:_id_parent': few(named(fc.record({ name: maybe(word) }))),
  }),
}
const KINDS = ['create', 'update', 'update', 'update', 'update', 'merge', 'merge', 'group', 'group', 'delete'] as const
const entry = (type: Type) =>
  fc.record({ kind: fc.constantFrom(...KINDS), ids: fc.uniqueArray(id, { minLength: 1, maxLength: 3 }), block: BLOCKS[type] })
const request = fc
  .constantFrom<Type[]>('maker', 'piece', 'sheet', 'place', 'term')
  .chain((type) => fc.record({ type: fc.constant(type), entries: fc.array(entry(type), { minLength: 1, maxLength: 3 }) }))
type Request = typeof request extends fc.Arbitrary<infer R> ? R : never

const isReverse = (key: string) => key.startsWith('_reverse_nested:')

/** What is stored now, by type and id: requests are made of it the moment they are sent. */
class Client {
  readonly at: Gallery
  constructor(at: Gallery) {
    this.at = at
  }

  async versions(type: string): Promise<ReadonlyMap<number, number>> {
    const { body } = await this.at.api<Record<string, { _id: number; _version: number }>[]>(
      'GET',
      `/api/v1/db/${type}/${type}__main/list?format=short`,
    )
    return new Map(body.map((found) => [found[type]?._id ?? 0, found[type]?._version ?? 0]))
  }

  async body({ type, entries }: Request): Promise<Json[]> {
    const known = { [type]: await this.versions(type), sheet: await this.versions('sheet'), line: await this.versions('line') }
    const numbered = (of: string, row: object, next: number): Json => {
      const _version = known[of]?.get((row as { _id?: number })._id ?? 0)
      const inner = Object.entries(row).map(([key, value]) => {
        const other = isReverse(key) ? (key.split(':')[1] ?? '') : ''
        return [key, isReverse(key) && Array.isArray(value) ? value.map((r: object, i) => numbered(other, r, i % 2)) : value]
      })
      return { ...Object.fromEntries(inner), ...(_version !== undefined && { _version: _version + next }) }
    }
    return entries.flatMap(({ kind, ids: [first, ...more], block }) => {
      if (kind === 'delete') return []
      const plain = Object.fromEntries(Object.entries(block).filter(([key]) => !isReverse(key)))
      if (kind === 'create') return [record(type, numbered(type, block, 1))]
      if (kind === 'merge') return [record(type, { ...plain, _id: first, '_version:auto_increment': true })]
      if (kind === 'group') return [record(type, { ...plain, _id: [first, ...more] })]
      return [record(type, numbered(type, { ...block, _id: first }, 1))]
    })
  }

  async send(made: Request): Promise<void> {
    const gone = made.entries.filter(({ kind }) => kind === 'delete').flatMap(({ ids }) => ids.slice(0, 1))
    if (gone.length > 0) {
      const known = await this.versions(made.type)
      const rows = gone.map((n) => [n, known.get(n) ?? 1, null])
      demandForeseen(await this.at.api('DELETE', `/api/v1/db/${made.type}?delete_policy=setnull`, rows), rows)
    }
    const body = await this.body(made)
    demandForeseen(await this.at.api('POST', `/api/v1/db/${made.type}?format=short`, body), body)
  }

  /** A dry run, then the save: both say the same. */
  async sendTwice(made: Request): Promise<void> {
    const body = await this.body(made)
    const path = `/api/v1/db/${made.type}?format=short`
    const tried = demandForeseen(await this.at.api('POST', `${path}&dry_run=true`, body), body)
    const saved = demandForeseen(await this.at.api('POST', path, body), body)
    if (tried.status !== saved.status) throw new Error(`dry run ${tried.text}\nsave ${saved.text}\n${JSON.stringify(body)}`)
    const codes = (tried.body as { problems?: { code: string }[] }).problems?.map(({ code }) => code)
    if (codes && !codes.includes((saved.body as { code: string }).code))
      throw new Error(`dry run ${tried.text}\nsave ${saved.text}\n${JSON.stringify(body)}`)
  }
}

function demandForeseen<A extends { status: number; text: string }>(answer: A, body: unknown): A {
  if (answer.status >= 500) throw new Error(`${answer.status} ${answer.text} to ${JSON.stringify(body)}`)
  return answer
}

async function seeded(): Promise<Client> {
  const at = await workshop(server)
  const uploaded = await at.api<{ _id: number }[]>('PUT', '/api/v1/eas/put', formOf(Object.fromEntries(FILES.map((name) => [name, name]))))
  expect(uploaded.body.map(({ _id }) => _id)).toEqual(FILES.map((_, i) => i + 1))
  for (const type of ['maker', 'piece', 'place', 'term'])
    await at.api(
      'POST',
      `/api/v1/db/${type}`,
      Array.from({ length: IDS }, () => record(type, {})),
    )
  await at.api(
    'POST',
    '/api/v1/db/sheet',
    Array.from({ length: IDS }, (_, i) => record('sheet', { piece: to('piece', i + 1), '_reverse_nested:line:sheet': [{ code: `line ${i}` }] })),
  )
  return new Client(at)
}

describe('whatever is saved', () => {
  it('leaves links, files, keys, parents and partners as the records say, and a dry run foretells it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(request, { minLength: 10, maxLength: 25 }), async (requests) => {
        const client = await seeded()
        for (const made of requests) {
          await (made.entries.some(({ kind }) => kind === 'delete') ? client.send(made) : client.sendTwice(made))
          expect(await inconsistencies(server, client.at), JSON.stringify(made)).toEqual([])
        }
      }),
      { seed, numRuns, endOnFailure: true },
    )
  })

  it('does so when four requests at a time get in the way of each other', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(request, { minLength: 24, maxLength: 40 }), async (requests) => {
        const client = await seeded()
        for (let i = 0; i < requests.length; i += 4) await Promise.all(requests.slice(i, i + 4).map((made) => client.send(made)))
        expect(await inconsistencies(server, client.at)).toEqual([])
      }),
      { seed, numRuns, endOnFailure: true },
    )
  })
})
