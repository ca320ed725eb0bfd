import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PostgresDatamodels } from './datamodel.ts'
import { instanceIn } from './records-write.harness.ts'
import { testDatabase, type TestDatabase } from './test-database.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await testDatabase()
})
afterAll(() => db.close())

/** Work that goes on until it is told to end, and the order in which things came to their end. */
function held() {
  let end: () => void = () => undefined
  const until = new Promise<void>((resolve) => (end = resolve))
  return { until, end: () => end() }
}
async function instance() {
  const { tenant, store } = await instanceIn(db)
  const datamodels = new PostgresDatamodels(tenant)
  const saved = await datamodels.find('CURRENT')
  const edit = () => datamodels.change('edit', (_, tx) => tx.saveHead({ ...(saved as NonNullable<typeof saved>), version: 2 }))
  return { store, datamodels, edit, commit: () => datamodels.change('commit', (_, tx) => tx.commitHead(2)) }
}

describe('a commit of the datamodel', () => {
  it('waits for saves under way, which do not wait for each other', async () => {
    const { store, edit, commit } = await instance()
    await edit()
    const [first, second, order] = [held(), held(), [] as string[]]
    const save = (name: string, until: Promise<void>) =>
      store.transaction(async (tx) => {
        order.push(`${name} ${await tx.datamodelVersion()}`)
        await until
        order.push(`${name} ends`)
      })
    const saves = [save('a', first.until), save('b', second.until)]
    while (order.length < 2) await pause(5)
    const committed = commit().then(() => order.push('committed'))
    await pause(100)
    expect(order.toSorted()).toEqual(['a 1', 'b 1'])
    first.end()
    second.end()
    await Promise.all([...saves, committed])
    expect(order.at(-1)).toBe('committed')
  })

  it('is seen by a save that had to wait for it', async () => {
    const { store, datamodels, edit } = await instance()
    await edit()
    const { until, end } = held()
    const commit = datamodels.change('commit', async (_, tx) => {
      await tx.commitHead(2)
      await until
    })
    await pause(50)
    const seen = store.transaction((tx) => tx.datamodelVersion())
    await pause(50)
    end()
    await commit
    expect(await seen).toBe(2)
  })

  it('leaves the working copy to one writer at a time', async () => {
    const { datamodels, edit } = await instance()
    const { until, end } = held()
    const order: string[] = []
    const first = datamodels.change('edit', async () => {
      await until
      order.push('first')
    })
    await pause(50)
    const second = edit().then(() => order.push('second'))
    await pause(50)
    end()
    await Promise.all([first, second])
    expect(order).toEqual(['first', 'second'])
  })
})
