/** What a search index hears of saves. There is no index yet, so one that only listens stands in its place. */
import type { IndexWait, RecordIndex } from '@vitrine/domain/ports/record-index'
import { RecordSaver, type SaveOptions } from '@vitrine/domain/objects/save'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { NO_WISH, rootCaller } from './records-write.fixture.ts'
import { artwork, instanceIn, refusal, saverPorts } from './records-write.harness.ts'
import { testDatabase, type TestDatabase } from './test-database.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await testDatabase()
})
afterAll(() => db.close())

async function listening(answer: IndexWait = 'found') {
  const at = await instanceIn(db)
  const heard: number[][] = []
  const waited: [readonly number[], number][] = []
  const index: RecordIndex = {
    async changed(tx, systemIds) {
      // Whoever hears of a record finds it stored already.
      heard.push((await tx.subjects(systemIds)).flatMap(({ systemId }) => systemId ?? []))
    },
    wait: (systemIds, seconds) => Promise.resolve((waited.push([systemIds, seconds]), answer)),
  }
  const saver = new RecordSaver({
    ...saverPorts(at.tenant, { renderSaved: () => Promise.resolve('[]'), renderUnsaved: () => Promise.resolve('[]') }),
    index,
  })
  const save = (options: Partial<SaveOptions> = {}) =>
    saver.save(
      'artwork',
      [artwork({ year: 1 })],
      { format: 'short', files: NO_WISH, dryRun: false, skipConstraints: false, skipReverseNested: false, ...options },
      rootCaller(),
    )
  return { heard, waited, save }
}

describe('a search index', () => {
  it('hears of what a save stores, and is waited for when the request says so', async () => {
    const { heard, waited, save } = await listening()
    expect(await save({ awaitIndexSeconds: 3 })).toMatchObject({ index: 'found' })
    expect(heard).toEqual([[1]])
    expect(waited).toEqual([[[1], 3]])
  })

  it('is not waited for without being asked, and hears nothing when the request leaves it out or stores nothing', async () => {
    const { heard, waited, save } = await listening()
    await save()
    await save({ skipIndex: true, awaitIndexSeconds: 3 })
    await save({ dryRun: true, awaitIndexSeconds: 3 })
    expect([heard.length, waited]).toEqual([2, []])
  })

  it('does not make a save fail that it cannot keep up with', async () => {
    const { save } = await listening('timeout')
    expect(await refusal(save({ awaitIndexSeconds: 1 }))).toEqual({ code: 'none' })
  })
})
