/**
 * Good bodies with something wrong somewhere that the document does not see: another value, a larger one, a missing one.
 * Requests made from the document alone rarely get past the first look of a handler; these reach its depths. Whatever is in
 * them, the server answers in the words of the document and never with an unforeseen failure.
 */
import { instanceOperations, instanceValidators } from '@vitrine/contract/instance'
import { damagedAt } from '@vitrine/testing'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { museum, type Museum } from '../testing/museum.ts'
import { testServer, type TestServer } from '../testing/test-server.ts'

const seed = Number(process.env['FUZZ_SEED'] ?? 7)
const numRuns = Number(process.env['FUZZ_RUNS'] ?? 30) * 3
console.log(`mutations: seed ${seed}, ${numRuns} runs per body`)

let server: TestServer
beforeAll(async () => {
  server = await testServer()
})
afterAll(() => server.close())

/** A body that would be accepted now. `turn` makes names that nobody has yet. */
type Body = (at: Museum, turn: number) => unknown
const read =
  (path: string): Body =>
  async (at) => {
    const { body } = await at.api('GET', path)
    return Array.isArray(body) ? body.map(nextVersion) : body
  }
/** What was read can be sent back once its version is the next one. */
const nextVersion = (document: object) =>
  Object.fromEntries(
    Object.entries(document).map(([key, part]: [string, unknown]) => {
      const version = (part as { _version?: unknown } | null)?._version
      return [key, typeof version === 'number' ? { ...(part as object), _version: version + 1 } : part]
    }),
  )
const record = (table: string, content: object, more: object = {}) => ({ _objecttype: table, _mask: `${table}__main`, ...more, [table]: content })
const hamburg = { _objecttype: 'place', _mask: 'place__main', place: { _id: 1 } }
const work = (turn: number) => ({
  _pool: { pool: { 'lookup:_id': { reference: 'system:standard' } } },
  reference: `A${turn}`,
  title: { 'en-US': 'Night', 'de-DE': 'Nacht' },
  year: 1875,
  place: hamburg,
  sold: true,
  day: { value: '1875-03-01' },
})
const works: Body = (_, turn) => [record('work', work(turn)), record('work', work(turn + 0.5), { _comment: 'c', _tags: [] })]
const hierarchy: Body = (_, turn) => [
  record('place', { name: { 'en-US': `Altona ${turn}` }, _id_parent: 1 }),
  record('place', { name: { 'en-US': `Ottensen ${turn}` }, _id_parent: 1 }, { _comment: 'c' }),
]
const deletions: Body = async (at, turn) => {
  const { body } = await at.api('POST', '/api/v1/db/place', [record('place', { name: { 'en-US': `Gone ${turn}` } })])
  return [[body[0].place._id, 1, 'gone']]
}
const users: Body = (_, turn) => [
  {
    _basetype: 'user',
    user: {
      login: `mia${turn}`,
      email: `mia${turn}@example.org`,
      type: 'easydb',
      displayname: 'Mia',
      login_valid_to: '2099-01-01',
      frontend_prefs: { a: 1 },
    },
    _password: 'a long password',
    _system_rights: { 'system.user': {} },
    _groups: [{ _basetype: 'group', group: { _id: 1 } }],
  },
]
const groups: Body = () => [
  { _basetype: 'group', group: { displayname: { 'en-US': 'Readers' } }, _system_rights: { 'system.user': {} }, _ip_subnet_filter: ['10.0.0.0/8'] },
]
const pools: Body = async (at) => {
  const { body } = await at.api('GET', '/api/v1/pool')
  const who = { _basetype: 'group', group: { _id: 1 } }
  return [{ _basetype: 'pool', pool: { _id_parent: body[0].pool._id, name: { 'en-US': 'Prints' } }, _acl: [{ who, rights: { read: {} } }] }]
}
const tags: Body = (_, turn) => [
  {
    _basetype: 'taggroup',
    taggroup: { reference: `state${turn}`, type: 'choice', displayname: { 'en-US': 'State' } },
    _tags: [{ reference: `new${turn}`, displayname: { 'en-US': 'New' } }, { reference: `done${turn}` }],
  },
]
const presets: Body = () => [{ _basetype: 'right_preset', right_preset: { displayname: { 'en-US': 'Readers' }, preset: { rights: { read: {} } } } }]
const events: Body = () => [
  { _basetype: 'event', event: { type: 'SEARCH', basetype: 'object', objecttype: 'work', object_id: 1, object_version: 1, info: { text: ['x'] } } },
]
const who = { _basetype: 'user', user: { _id: 1 } }
const transitions: Body = () => [{ type: 'process', who: [who], operations: ['INSERT'], actions: [] }]

const SCHEMA = ['/api/v1/schema/user/HEAD', '/api/v1/mask/HEAD', '/api/v1/l10n/user/HEAD']
const COMMITTED = ['/api/v1/schema/user/CURRENT', '/api/v1/mask/CURRENT?format=long', '/api/v1/l10n/user/CURRENT', '/api/v1/objecttype']
const PLACES = ['/api/v1/db/place/place__main/list?limit=20', '/api/v1/db/place/_all_fields/list?limit=20&format=long']

/** Where good bodies go, where they come from, and who shows afterwards what was kept of them. */
const doors: [name: string, operation: string, path: string, body: Body, shownBy: readonly string[]][] = [
  [
    'records',
    'objectSave',
    '/api/v1/db/work?format=full',
    works,
    ['/api/v1/db/work/work__main/list?limit=20', '/api/v1/db/work/work__main/1?format=long'],
  ],
  ['records in a hierarchy', 'objectSave', '/api/v1/db/place', hierarchy, PLACES],
  ['records as they were read', 'objectSave', '/api/v1/db/place', read('/api/v1/db/place/place__main/list?format=full'), PLACES],
  ['deletions', 'objectDelete', '/api/v1/db/place', deletions, PLACES],
  ['the datamodel', 'schemaSave', '/api/v1/schema/user/HEAD', read('/api/v1/schema/user/HEAD'), SCHEMA],
  ['masks', 'maskSave', '/api/v1/mask/HEAD', read('/api/v1/mask/HEAD'), SCHEMA],
  ['translations', 'translationSave', '/api/v1/l10n/user/HEAD', read('/api/v1/l10n/user/HEAD'), SCHEMA],
  ['object types', 'objecttypeSave', '/api/v1/objecttype', read('/api/v1/objecttype'), COMMITTED],
  ['users', 'userSave', '/api/v1/user', users, ['/api/v1/user?limit=20', '/api/v1/user/1']],
  ['users as they were read', 'userSave', '/api/v1/user', read('/api/v1/user'), ['/api/v1/user', '/api/v1/user/session']],
  ['groups', 'groupSave', '/api/v1/group', groups, ['/api/v1/group?limit=20']],
  ['groups as they were read', 'groupSave', '/api/v1/group', read('/api/v1/group'), ['/api/v1/group', '/api/v1/user/session']],
  ['pools', 'poolSave', '/api/v1/pool', pools, ['/api/v1/pool?limit=20', '/api/v1/pool/1']],
  ['pools as they were read', 'poolSave', '/api/v1/pool', read('/api/v1/pool'), ['/api/v1/pool']],
  ['tags', 'tagSave', '/api/v1/tags', tags, ['/api/v1/tags']],
  ['transitions', 'transitionSave', '/api/v1/transitions', transitions, ['/api/v1/transitions']],
  ['events', 'eventListCreate', '/api/v1/event/list', events, ['/api/v1/event/list?limit=0', '/api/v1/event/list?format=csv']],
  ['presets of rights', 'rightPresetSave', '/api/v1/right/object/presets', presets, ['/api/v1/right/object/presets', '/api/v1/right']],
]

const PARTS = [null, true, 0, -1, 1, 2, 99, 0.5, 1e21, 2 ** 53 - 1, 2 ** 31, '', ' ', 'x', 'root', [], {}, [[]], [null], [{}], '1'] as const
const TEXTS = [
  '2020-02-30',
  '0000-00-00',
  '99999-01-01',
  '-5',
  '9e99',
  '%',
  "'",
  '\\',
  '\u{1F5BC}',
  '__proto__',
  'constructor',
  '_id',
  'x'.repeat(70_000),
]
const values = fc.oneof(
  fc.constantFrom<unknown>(...PARTS),
  fc.constantFrom(...TEXTS),
  fc.constantFrom(...TEXTS, 1, null).map((value) => ({ value })),
  fc.constantFrom(...TEXTS, 1, null).map((value) => ({ 'en-US': value })),
  fc.jsonValue({ maxDepth: 2 }),
)
/** Many ways to damage a body: the first one that the document does not see is sent. */
const damages = fc.array(fc.array(fc.tuple(fc.nat(), values), { minLength: 1, maxLength: 2 }), { minLength: 40, maxLength: 40 })
const damaged = (good: unknown, list: readonly (readonly [number, unknown])[]) =>
  list.reduce((body, [index, value]) => damagedAt(body, index, value), good)

describe.each(doors)('%s', (_, operation, path, bodyOf, shownBy) => {
  it('may be wrong in any place', async () => {
    const at = await museum(server)
    const method = instanceOperations.find(({ id }) => id === operation)?.method.toUpperCase() ?? ''
    const accepts = instanceValidators.body(operation, 'application/json')
    let turn = 0
    let good = await bodyOf(at, turn)
    const first = await at.api(method, path, good)
    expect(first.status === 200 ? {} : first.body).toEqual({})
    good = await bodyOf(at, ++turn)
    await fc.assert(
      fc.asyncProperty(damages, async (lists) => {
        const body = lists.map((list) => damaged(good, list)).find((candidate) => accepts(structuredClone(candidate)))
        fc.pre(body !== undefined)
        const { status, text } = await at.api(method, path, body)
        expect(status < 500 ? {} : { body, status, text }).toEqual({})
        if (status !== 200) return
        for (const address of shownBy) {
          const shown = await at.api('GET', address)
          expect(shown.status < 500 ? {} : { body, address, text: shown.text }).toEqual({})
        }
        good = await bodyOf(at, ++turn)
      }),
      // A failure is told as it was found: smaller ones would meet another state of the server.
      { numRuns, seed, endOnFailure: true },
    )
  })
})

describe('a datamodel that was accepted', () => {
  it('can be committed and used, or is refused with a reason', async () => {
    const at = await museum(server)
    const accepts = instanceValidators.body('schemaSave', 'application/json')
    await fc.assert(
      fc.asyncProperty(damages, async (lists) => {
        const good = await read('/api/v1/schema/user/HEAD')(at, 0)
        const body = lists.map((list) => damaged(good, list)).find((candidate) => accepts(structuredClone(candidate)))
        const saved = await at.api('POST', '/api/v1/schema/user/HEAD', body)
        fc.pre(saved.status === 200)
        const steps: [method: string, path: string, body?: unknown][] = [
          ['POST', '/api/v1/schema/commit?confirm=yes&reindex=skip'],
          ...[...COMMITTED, ...PLACES].map((path): [string, string] => ['GET', path]),
          ['POST', '/api/v1/db/place', await hierarchy(at, 0)],
        ]
        for (const [method, path, sent] of steps) {
          const { status, text } = await at.api(method, path, sent)
          expect(status < 500 ? {} : { body, method, path, text }).toEqual({})
        }
      }),
      { numRuns: Math.ceil(numRuns / 3), seed, endOnFailure: true },
    )
  })
})
