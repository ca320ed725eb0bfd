import { BlobFailure } from '@vitrine/domain/ports/blob-store'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { testServer, type TestServer } from '../../testing/test-server.ts'
import { PATH, shelvesOn, watchedStores, type Brought, type Shelves } from './locations.fixture.ts'

const stores = watchedStores()
let server: TestServer
beforeAll(async () => {
  server = await testServer({ stores })
})
afterAll(() => server.close())
beforeEach(() => {
  stores.memory.trouble = () => undefined
  stores.beforeGet = () => Promise.resolve()
})

const shelves = async () => shelvesOn(server, stores, await server.instance())
const report = async ({ api }: Shelves, id: number, query = '') => (await api('GET', `${PATH}/${id}/scrub${query}`)).body
async function scrubbed(at: Shelves, id: number, body: object = {}) {
  const begun = await at.api('POST', `${PATH}/${id}/scrub`, body)
  expect(begun).toMatchObject({ status: 200, body: { state: 'running', checked: 0 } })
  await at.work('location-scrub')
  return report(at, id)
}
const CLEAN = { missing: 0, extra: 0, changed: 0, unreadable: 0, repaired: 0, count: 0, findings: [] }
const stray = (n: number) => `originals/00/00/00000000-0000-7000-8000-00000000000${n}`

describe('checking a location', () => {
  it('reads everything, more than once if need be, and finds nothing where nothing is wrong', async () => {
    const at = await shelves()
    const id = await at.first()
    expect(await report(at, id)).toMatchObject({ state: 'idle', checked: 0, findings: [] })
    await at.bring(...Array.from({ length: 70 }, (_, n) => `content ${n}`))
    expect(await scrubbed(at, id)).toMatchObject({ ...CLEAN, state: 'done', repair: false, checked: 70, finished_at: expect.any(String) })
    expect(await scrubbed(at, id)).toMatchObject({ ...CLEAN, checked: 70 })
    expect((await at.api('POST', `${PATH}/999/scrub`)).status).toBe(404)
    expect((await at.api('GET', `${PATH}/999/scrub`)).status).toBe(404)
  })

  it('tells what is missing, changed or extra, page by page, changes nothing, and marks files that have lost their bytes', async () => {
    const at = await shelves()
    const id = await at.first()
    const [lost, changed, shorter, fine] = (await at.bring('lost', 'changed', 'shorter', 'fine')) as [Brought, Brought, Brought, Brought]
    at.tamper('.', await at.objectOf(lost.id), null)
    at.tamper('.', await at.objectOf(changed.id), 'CHANGED')
    at.tamper('.', await at.objectOf(shorter.id), 'short')
    at.tamper('.', `vitrine-${at.id}/${stray(1)}`, 'nobody knows me')
    at.tamper('.', `vitrine-${at.id}/notes.txt`, 'put here by hand')
    const before = new Map(at.objectsIn('.'))
    const found = await scrubbed(at, id)
    expect(found).toMatchObject({ state: 'done', checked: 4, missing: 1, changed: 2, extra: 2, unreadable: 0, repaired: 0, count: 5 })
    const byFile = new Map(found.findings.map((finding: { file: number }) => [finding.file, finding]))
    expect(byFile.get(lost.id)).toMatchObject({ kind: 'missing', repaired: false, key: (await at.rowOf(lost.id)).key })
    expect(byFile.get(changed.id)).toMatchObject({ kind: 'changed', msg: 'the SHA-256 of the bytes is another one' })
    expect(byFile.get(shorter.id)).toMatchObject({ kind: 'changed', msg: 'there are 5 bytes instead of 7' })
    expect(found.findings.map(({ key }: { key: string }) => key)).toEqual(found.findings.map(({ key }: { key: string }) => key).toSorted())
    expect(await report(at, id, '?kind=extra')).toMatchObject({ count: 2, findings: [{ key: 'notes.txt' }, { key: stray(1), file: null }] })
    expect(await report(at, id, '?limit=1&offset=2')).toMatchObject({ count: 5, limit: 1, offset: 2, findings: [found.findings[2]] })
    expect(at.objectsIn('.')).toEqual(before)
    expect(await at.journal()).toEqual([])
    expect((await at.rowOf(lost.id)).problem).toBe('the stored bytes are missing')
    expect((await at.rowOf(changed.id)).problem).toBe('the stored bytes are not those that came')
    expect((await at.rowOf(fine.id)).problem).toBeNull()
    // Bytes that come back are seen to be back.
    at.tamper('.', await at.objectOf(lost.id), 'lost')
    expect(await scrubbed(at, id)).toMatchObject({ missing: 0, changed: 2 })
    expect((await at.rowOf(lost.id)).problem).toBeNull()
  })

  it('takes nothing for extra that is young, that the journal knows, or that lies there for another location', async () => {
    const at = await shelves()
    const id = await at.first()
    const twin = await at.shelf('./')
    const place = [...stores.memory.places].find(([settings]) => settings.includes('"./"'))?.[1]
    await at.bring('x')
    // Two locations that are one place: what the one holds is known to the other as well.
    for (const [key, object] of at.objectsIn('.')) place?.set(key, { ...object, modifiedAt: new Date(0) })
    place?.set(`vitrine-${at.id}/${stray(1)}`, { bytes: Buffer.from('young'), modifiedAt: new Date() })
    place?.set(`vitrine-${at.id}/${stray(2)}`, { bytes: Buffer.from('journalled'), modifiedAt: new Date(0) })
    await at.db.write(
      (sql) => sql`insert into file_journal (instance_id, location_id, storage_key, not_before)
      values (${at.id}, ${id}, ${stray(2)}, now() + interval '1h')`,
    )
    expect(await scrubbed(at, twin, { repair: true })).toMatchObject({ ...CLEAN, state: 'done' })
  })

  it('reports an object as unreadable when the location works and holds it back', async () => {
    const at = await shelves()
    const id = await at.first()
    const [held, fine] = (await at.bring('held back', 'fine')) as [Brought, Brought]
    const object = await at.objectOf(held.id)
    stores.beforeGet = async (_, key) => {
      if (key === object) throw new BlobFailure('denied', 'not this one')
    }
    expect(await scrubbed(at, id)).toMatchObject({
      state: 'done',
      checked: 2,
      unreadable: 1,
      findings: [{ kind: 'unreadable', file: held.id, msg: 'not this one' }],
    })
    for (const file of [held, fine]) expect((await at.rowOf(file.id)).problem).toBeNull()
  })

  it('waits when the location does not work', async () => {
    const at = await shelves()
    const id = await at.first()
    await at.bring('x')
    await at.api('POST', `${PATH}/${id}/scrub`)
    stores.memory.trouble = () => {
      throw new BlobFailure('unavailable', 'the disk is gone')
    }
    await expect(at.work('location-scrub')).rejects.toThrow('gone')
    stores.memory.trouble = () => undefined
    expect(await report(at, id)).toMatchObject({ ...CLEAN, state: 'running', status_msg: 'the disk is gone' })
    await at.work('location-scrub')
    expect(await report(at, id)).toMatchObject({ ...CLEAN, state: 'done', checked: 1 })
  })
})

describe('repairing what a check has found', () => {
  it('removes what nothing names through the journal, and leaves alone what this server has not stored', async () => {
    const at = await shelves()
    const id = await at.first()
    at.tamper('.', `vitrine-${at.id}/${stray(1)}`, 'nobody knows me')
    at.tamper('.', `vitrine-${at.id}/notes.txt`, 'put here by hand')
    expect(await scrubbed(at, id, { repair: true })).toMatchObject({ extra: 2, repaired: 1, repair: true })
    expect(await at.journal()).toMatchObject([{ key: stray(1), due: true }])
    await at.run('file-sweep')
    expect([...at.objectsIn('.').keys()]).toEqual([`vitrine-${at.id}/notes.txt`])
  })

  it('brings bytes back from a file with the same content, wherever that lies', async () => {
    const at = await shelves()
    const id = await at.first()
    const other = await at.shelf('other')
    const [lost] = (await at.bring('the same')) as [Brought]
    await at.api('POST', `${PATH}/defaults`, { originals: other, versions: other, backups: null })
    await at.bring('the same')
    at.tamper('.', await at.objectOf(lost.id), 'not same')
    expect(await scrubbed(at, id, { repair: true })).toMatchObject({ changed: 1, repaired: 1 })
    expect(await at.read(lost)).toMatchObject({ status: 200, text: 'the same' })
    expect(await at.rowOf(lost.id)).toMatchObject({ location: id, problem: null })
    // The old object waits for its removal as after a move.
    expect(await at.journal()).toMatchObject([{ location: id, due: false }])
    expect(await scrubbed(at, id)).toMatchObject(CLEAN)
  })

  it('never removes an original of which there is no other copy, and says so', async () => {
    const at = await shelves()
    const id = await at.first()
    const [lost, changed] = (await at.bring('lost', 'changed')) as [Brought, Brought]
    at.tamper('.', await at.objectOf(lost.id), null)
    at.tamper('.', await at.objectOf(changed.id), 'CHANGED')
    const found = await scrubbed(at, id, { repair: true })
    expect(found).toMatchObject({ missing: 1, changed: 1, repaired: 0 })
    for (const { msg } of found.findings) expect(msg).toContain('there is no other copy')
    expect(await at.rowOf(lost.id)).toMatchObject({ state: expect.any(String), problem: 'the stored bytes are missing' })
    expect(at.objectsIn('.').size).toBe(1)
    expect(await at.read(lost)).toMatchObject({ body: { code: 'FileBytesMissing', parameters: { file: lost.id } } })
  })

  it('has versions made again', async () => {
    const at = await shelves()
    const id = await at.first()
    const [original] = (await at.bring('original')) as [Brought]
    const [version] = await at.bring('a version')
    await at.db.write(
      (sql) => sql`update file set kind = 'rendition', parent_id = ${original.id}, version_name = 'small', state = 'done'
      where instance_id = ${at.id} and id = ${version?.id ?? 0}`,
    )
    at.tamper('.', await at.objectOf(version?.id ?? 0), null)
    expect(await scrubbed(at, id, { repair: true })).toMatchObject({
      missing: 1,
      repaired: 1,
      findings: [{ msg: 'the version is being made again' }],
    })
    expect(await at.rowOf(version?.id ?? 0)).toMatchObject({ state: 'pending', problem: null })
    const jobs = await server.database.control`
      select data->'payload' as payload from vitrine_jobs.job where name = 'file-produce' and data->>'instance' = ${at.id}`
    expect(jobs).toMatchObject([{ payload: { file: version?.id } }])
  })

  it('looks again before it does anything: what is well by then is left alone', async () => {
    const at = await shelves()
    const id = await at.first()
    const [lost] = (await at.bring('lost')) as [Brought]
    const object = await at.objectOf(lost.id)
    at.tamper('.', object, null)
    at.tamper('.', `vitrine-${at.id}/${stray(1)}`, 'named in the end')
    await at.api('POST', `${PATH}/${id}/scrub`, { repair: true })
    const [task] = await at.db.read((sql) => sql<{ id: number }[]>`select id::int as id from storage_task where instance_id = ${at.id}`)
    // The reading is over, as far as the report goes; before the repair the world moves on.
    const key = (await at.rowOf(lost.id)).key
    await at.db.write(async (sql) => {
      await sql`update storage_task set step = 'repair' where instance_id = ${at.id}`
      await sql`insert into storage_finding (instance_id, task_id, storage_key, kind, file_id, state, message) values
        (${at.id}, ${task?.id ?? 0}, ${key}, 'missing', ${lost.id}, 'open', ''), (${at.id}, ${task?.id ?? 0}, ${stray(1)}, 'extra', null, 'open', '')`
      await sql`insert into file_journal (instance_id, location_id, storage_key, not_before) values (${at.id}, ${id}, ${stray(1)}, now() + interval '1h')`
    })
    at.tamper('.', object, 'lost')
    await at.work('location-scrub')
    const found = await report(at, id)
    expect(found).toMatchObject({ state: 'done', repaired: 0 })
    expect(at.objectsIn('.').size).toBe(2)
    expect((await at.read(lost)).text).toBe('lost')
  })

  it('writes nothing to a location that is read only', async () => {
    const at = await shelves()
    const id = await at.shelf('frozen', { read_only: true })
    at.tamper('frozen', `vitrine-${at.id}/${stray(1)}`, 'nobody knows me')
    expect(await scrubbed(at, id, { repair: true })).toMatchObject({ extra: 1, repaired: 0 })
    expect(await at.journal()).toEqual([])
  })
})

describe('checks that come by themselves', () => {
  const waiting = (at: Shelves) => server.database.control<{ payload: { revision: number }; seconds: number }[]>`
    select data->'payload' as payload, extract(epoch from start_after - now())::float8 as seconds from vitrine_jobs.job
    where name = 'location-scrub-due' and data->>'instance' = ${at.id} and state = 'created' order by start_after`
  const DAY = 86_400

  it('begin when their time has come, and are set down for the next time', async () => {
    const at = await shelves()
    const id = await at.shelf('checked', { scrub_every_days: 3 })
    expect(await waiting(at)).toMatchObject([{ payload: { location: id, revision: 1 } }])
    await server.database.control`delete from vitrine_jobs.job where data->>'instance' = ${at.id}`
    await at.run('location-scrub-due', { location: id, revision: 1 })
    expect(await report(at, id)).toMatchObject({ state: 'idle' })
    const [first] = await waiting(at)
    expect(first?.seconds).toBeGreaterThan(2.9 * DAY)
    expect(first?.seconds).toBeLessThan(3.1 * DAY)
    await at.db.write((sql) => sql`update storage_location set created_at = now() - interval '4 days' where instance_id = ${at.id}`)
    await at.run('location-scrub-due', { location: id, revision: 1 })
    expect(await report(at, id)).toMatchObject({ state: 'running' })
    await at.work('location-scrub')
    // Begun a moment ago, so the next one is far.
    await at.run('location-scrub-due', { location: id, revision: 1 })
    expect(await report(at, id)).toMatchObject({ state: 'done' })
  })

  it('end with the revision of the location that wanted them', async () => {
    const at = await shelves()
    const id = await at.shelf('checked', { scrub_every_days: 3 })
    await at.db.write((sql) => sql`update storage_location set created_at = now() - interval '4 days' where instance_id = ${at.id}`)
    await at.api('PUT', `${PATH}/${id}`, { id, kind: 'file', config: { file: { dir: 'checked' } } })
    await server.database.control`delete from vitrine_jobs.job where data->>'instance' = ${at.id}`
    for (const revision of [1, 2]) await at.run('location-scrub-due', { location: id, revision })
    expect(await waiting(at)).toEqual([])
    expect(await report(at, id)).toMatchObject({ state: 'idle' })
  })
})
