import { createVitrine, type Vitrine } from '@vitrine/sdk'
import { describe, expect, it } from 'vitest'
import { importRecords, type ImportJob } from './importer.ts'
import { movementRecord, type NewRecord } from './records.ts'

const failure = (code: string, statuscode: number): Response =>
  Response.json({ code, error: code, package: 'p', parameters: { realm: 'api', statuscode }, realm: 'api', statuscode }, { status: statuscode })

/** Keeps what is saved by its source id and refuses what it has, whole requests at a time, like the server. */
function server(present: number[], onSave: (request: number) => Response | undefined = () => undefined) {
  const ids = new Set(present)
  const sizes: number[] = []
  const fetch = async (request: Request): Promise<Response> => {
    const url = new URL(request.url)
    if (request.method === 'GET') {
      const offset = Number(url.searchParams.get('offset'))
      const page = [...ids].slice(offset, offset + Number(url.searchParams.get('limit')))
      return Response.json(page.map((id) => ({ _objecttype: 'movement', _mask: 'movement_source', movement: { source_id: id } })))
    }
    const records = (await request.json()) as { movement: { source_id: number } }[]
    const refused = onSave(sizes.push(records.length))
    if (refused) return refused
    if (records.some((record) => ids.has(record.movement.source_id))) return failure('DatabaseUniqueKeyViolation', 400)
    for (const record of records) ids.add(record.movement.source_id)
    return Response.json(records)
  }
  const sdk: Vitrine = createVitrine({ baseUrl: 'http://museum.example', fetch, retry: { attempts: 1 } })
  return { sdk, ids, sizes }
}

const movements = (...ids: number[]): NewRecord[] => ids.map((id) => movementRecord({ id, name: `m${id}` }))
const job = (...waves: NewRecord[][]): ImportJob => ({ type: 'movement', total: 6, waves: waves.map((wave) => () => wave) })
const limits = { batch: 2, inFlight: 2 }
const screen = { isTTY: false, write: () => undefined }

describe('importing', () => {
  it('saves in requests of the wanted size, a wave after the other', async () => {
    const { sdk, ids, sizes } = server([])
    const result = await importRecords(sdk, job(movements(1, 2, 3), movements(4, 5)), limits, screen)
    expect(result).toMatchObject({ imported: 5, before: 0 })
    expect([...ids].toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5])
    expect(sizes).toEqual([2, 1, 2])
  })

  it('passes over what is there and what the source has twice', async () => {
    const { sdk, ids, sizes } = server([1, 3])
    expect(await importRecords(sdk, job(movements(1, 2, 2, 3, 4)), limits, screen)).toMatchObject({ imported: 2, before: 2 })
    expect([...ids].toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4])
    expect(sizes).toEqual([2])
  })

  it('goes on where a failure ended it', async () => {
    const broken = server([], (request) => (request === 2 ? failure('ServerGeneric', 500) : undefined))
    await expect(importRecords(broken.sdk, job(movements(1, 2, 3, 4, 5, 6)), { batch: 2, inFlight: 1 }, screen)).rejects.toThrow('ServerGeneric')
    expect(broken.ids.size).toBe(2)
    expect(await importRecords(broken.sdk, job(movements(1, 2, 3, 4, 5, 6)), limits, screen)).toMatchObject({ imported: 4, before: 2 })
    expect(broken.ids.size).toBe(6)
  })

  it('asks again when a request of an earlier run finishes in between', async () => {
    const fake = server([], (request) => {
      if (request === 1) fake.ids.add(3)
      return undefined
    })
    expect(await importRecords(fake.sdk, job(movements(1, 2, 3, 4)), limits, screen)).toMatchObject({ imported: 4 })
    expect(fake.ids.size).toBe(4)
  })

  it('gives up when something else has the same key', async () => {
    const { sdk } = server([], () => failure('DatabaseUniqueKeyViolation', 400))
    await expect(importRecords(sdk, job(movements(1)), limits, screen)).rejects.toThrow('DatabaseUniqueKeyViolation')
  })
})
