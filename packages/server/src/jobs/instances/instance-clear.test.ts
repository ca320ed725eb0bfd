import { BlobFailure } from '@vitrine/domain/ports/blob-store'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PATH, shelvesOn, watchedStores, type Shelves } from '../../routes/locations/locations.fixture.ts'
import { testServer, type TestServer } from '../../testing/test-server.ts'

const stores = watchedStores()
let server: TestServer
beforeAll(async () => {
  server = await testServer({ stores })
})
afterAll(() => server.close())

/** Whole keys of all objects of the instance, in whatever place. */
const objectsOf = ({ id }: Shelves) => [...stores.memory.places].flatMap(([, place]) => [...place.keys()].filter((key) => key.includes(id)))
const left = ({ id }: Shelves) => server.database.control<{ cleared: number; secrets: string | null }[]>`
  select cleared, secrets from former_location where former_instance = ${id} order by location_id`
const waiting = ({ id }: Shelves) => server.database.control`
  select 1 from vitrine_jobs.job where name = 'instance-clear' and data->>'instance' = ${id} and state = 'created'`

describe('an instance that is destroyed', () => {
  it('leaves nothing in the folders of the server, nor in places where that is allowed', async () => {
    const at = shelvesOn(server, stores, await server.instance())
    const neighbour = shelvesOn(server, stores, await server.instance())
    await neighbour.bring('of somebody else')
    await at.bring('in the first place')
    const s3 = { bucket: 'media', endpoint: 's3.example.org', accesskey: 'a', secretkey: 'secret of the bucket' }
    const bucket = (name: string, more: object) =>
      at.api('POST', `${PATH}/new`, { id: 0, kind: 's3', name, config: { s3: { ...s3, bucket: name } }, ...more })
    for (const [name, more] of [
      ['cleared', { allow_purge: true }],
      ['kept', {}],
    ] as const) {
      const { id } = (await bucket(name, more)).body
      await at.api('POST', `${PATH}/defaults`, { originals: id, versions: null, backups: null })
      await at.bring(`in ${name}`)
    }
    expect(objectsOf(at)).toHaveLength(3)

    expect((await server.admin('DELETE', `/instances/${at.domain}`)).status).toBe(204)
    // Objects go after the rows, and where they are is written down before.
    expect(await left(at)).toMatchObject([
      { cleared: 0, secrets: null },
      { cleared: 0, secrets: expect.stringMatching(/^aes-256-gcm/) },
    ])
    expect(await waiting(at)).toHaveLength(1)
    await at.run('instance-clear')
    expect(objectsOf(at)).toHaveLength(1)
    expect(objectsOf(neighbour)).toHaveLength(1)

    // Somebody was still writing when the instance went.
    at.tamper('.', `vitrine-${at.id}/originals/late`, 'late')
    expect(await left(at)).toMatchObject([{ cleared: 1 }, { cleared: 1 }])
    await at.run('instance-clear')
    expect(objectsOf(at)).toHaveLength(1)
    expect(await left(at)).toEqual([])
    await at.run('instance-clear')
  })

  it('is tried again where a place does not work', async () => {
    const at = shelvesOn(server, stores, await server.instance())
    const other = await at.shelf('other')
    await at.bring('first')
    await at.api('POST', `${PATH}/defaults`, { originals: other, versions: null, backups: null })
    await at.bring('second')
    expect((await server.admin('DELETE', `/instances/${at.domain}`)).status).toBe(204)
    stores.memory.trouble = (settings) => {
      if (settings.includes('"."')) throw new BlobFailure('unavailable', 'the disk is gone')
    }
    await expect(at.run('instance-clear')).rejects.toThrow('not all locations')
    stores.memory.trouble = () => undefined
    expect(objectsOf(at)).toHaveLength(1)
    for (let n = 0; n < 2; n++) await at.run('instance-clear')
    expect(objectsOf(at)).toEqual([])
    expect(await left(at)).toEqual([])
  })

  it('keeps its objects for as long as it is there', async () => {
    const at = shelvesOn(server, stores, await server.instance())
    await at.bring('still here')
    await at.run('instance-clear')
    expect(objectsOf(at)).toHaveLength(1)
    expect(await waiting(at)).toEqual([])
  })

  it('is cleared away by the next server that starts, where the job was lost', async () => {
    const at = shelvesOn(server, stores, await server.instance())
    await at.bring('left behind')
    await server.admin('DELETE', `/instances/${at.domain}`)
    await server.database.control`delete from vitrine_jobs.job where data->>'instance' = ${at.id}`
    await server.resumeSweeps(new AbortController().signal)
    expect(await waiting(at)).toHaveLength(1)
  })
})
