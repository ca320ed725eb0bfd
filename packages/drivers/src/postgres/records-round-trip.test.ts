import { AccessService } from '@vitrine/domain/access/access-service'
import { StandardMasks } from '@vitrine/domain/objecttypes/standard-masks'
import { RecordReader } from '@vitrine/domain/objects/read-records'
import { RecordSaver, type SaveOptions } from '@vitrine/domain/objects/save'
import type { RecordFormat } from '@vitrine/domain/objects/saved-renderer'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PostgresAccessRules } from './access-rules.ts'
import { PostgresRecordsRead } from './records-read.ts'
import { artwork, instanceIn, link, record, type Json, saverPorts, textOf } from './records-write.harness.ts'
import { NO_WISH, rootCaller, testDatamodel, unsigned } from './records-write.fixture.ts'
import { testDatabase, type TestDatabase } from './test-database.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await testDatabase()
})
afterAll(() => db.close())

/** Saving answered by the real reader. */
async function instance() {
  const at = await instanceIn(db)
  const datamodels = { committed: (version: number) => Promise.resolve(testDatamodel(version)), currentVersion: () => Promise.resolve(1) }
  const reader = new RecordReader({
    store: new PostgresRecordsRead(at.tenant),
    datamodels,
    standardMasks: new StandardMasks({ all: async () => [] }, { all: async () => [] }),
    access: new AccessService({ rules: new PostgresAccessRules(at.tenant), datamodels, clock: () => new Date() }),
    instanceId: at.id,
    databaseName: 'here.example',
    languages: ['en-US'],
    files: unsigned,
  })
  const saver = new RecordSaver({ ...saverPorts(at.tenant, reader), datamodels })
  const save = async (type: string, records: Json[], options: Partial<SaveOptions> = {}) =>
    JSON.parse(
      textOf(
        await saver.save(
          type,
          records,
          { format: 'full', files: NO_WISH, dryRun: false, skipConstraints: false, skipReverseNested: false, ...options },
          rootCaller(),
        ),
      ),
    ) as Json[]
  return { ...at, save }
}

const values: Json = {
  a_text: ' two\nlines \u0301 😀 "quoted" \\ ',
  a_text_oneline: '\u2028',
  a_string: 'A$5667',
  a_text_l10n: { 'de-DE': 'Hafen', 'tlh-Latn': 'vergh' },
  a_text_l10n_oneline: { 'en-US': 'Harbour' },
  a_number: -9_007_199_254_740_991,
  a_integer_2: 567,
  a_double: 0.1,
  a_boolean: false,
  a_date: { value: '-0044-03' },
  a_datetime: { value: '2010-12-10T12:45:00+01:00:30' },
  a_daterange: { from: '2001', to: '2010-06', text: { 'de-DE': 'um 2005' } },
  a_geo_json: { type: 'Feature', geometry: { type: 'Point', coordinates: [9.99, 53.55, 4] }, properties: { name: 'x', none: null } },
  a_custom_base_gazetteer_place: { _uuid: 'given', name: 'Harbour', _standard: { text: 'Harbour' } },
}

describe('what was saved', () => {
  it('comes back as it was sent, whatever its type', async () => {
    const at = await instance()
    const [saved] = await at.save('everything', [record('everything', values)])
    expect(saved?.everything).toMatchObject(values)
  })

  it.each<RecordFormat>(['full', 'long'])('can be sent back as it was read in the format %s', async (format) => {
    const at = await instance()
    await at.save('place', [record('place', { _id: 1, name: 'a' }), record('place', { _id: 2, name: 'b', _id_parent: 1 })])
    await at.save('person', [record('person', { _id: 1, name: 'Ada' })])
    const [place] = await at.save('place', [record('place', { _id: 2, _version: 2, name: 'b2', _id_parent: 1 })], { format })
    const [everything] = await at.save('everything', [record('everything', values)], { format })
    const [art] = await at.save(
      'artwork',
      [
        artwork({
          accession: 'T1',
          place: link('place', { _id: 2 }),
          '_nested:artwork__persons': [{ role: 'painter', person: link('person', { _id: 1 }) }],
        }),
      ],
      { format },
    )
    for (const [type, read] of Object.entries({ everything, artwork: art, place })) {
      const block = read?.[type] as Json & { _version: number }
      const changed = { ...read, [type]: { ...block, _version: block._version + 1 } }
      const [again] = await at.save(type, [changed], { format })
      const { _version: __, ...before } = block
      expect(again?.[type]).toMatchObject(JSON.parse(JSON.stringify(before, (key, v: unknown) => (key === '_standard' ? undefined : v))) as Json)
      expect(again?._created).toBe(read?._created)
    }
  })

  it('is what a dry run promises, but for ids', async () => {
    const at = await instance()
    await at.save('person', [record('person', { _id: 1, name: 'Ada' })])
    const request = [
      artwork({ accession: 'A', title: { 'en-US': 'One' }, related: link('artwork', { 'lookup:_id': { accession: 'B' } }) }),
      artwork({ accession: 'B', '_nested:artwork__persons': [{ person: link('person', { _id: 1 }) }] }),
    ]
    const promised = await at.save('artwork', request, { dryRun: true })
    const kept = await at.save('artwork', request)
    const block = (r: Json | undefined) => r?.artwork as Json
    for (const [i, one] of promised.entries()) {
      expect(one).not.toHaveProperty('_system_object_id')
      expect(block(one)).not.toHaveProperty('_id')
      expect(block(one)).toMatchObject({ _version: 1, accession: block(kept[i])?.accession, title: block(kept[i])?.title })
    }
  })
})
