/**
 * Ids in blocks: a server takes a block in a short transaction of its own and hands its numbers out from memory. The block
 * grows with demand, so that an import of thousands of records costs a handful of round trips.
 */
import type { Counters } from '@vitrine/domain/ports/counters'
import type { TenantDatabase } from './tenant-database.ts'

const SMALLEST_BLOCK = 16
const LARGEST_BLOCK = 4096

interface Block {
  next: number
  end: number
  size: number
}

export class PostgresCounters implements Counters {
  readonly #db: TenantDatabase
  readonly #blocks = new Map<string, Block>()
  /** Draws of one kind wait for each other, or two of them would fetch two blocks and waste one. */
  readonly #queues = new Map<string, Promise<unknown>>()

  constructor(db: TenantDatabase) {
    this.#db = db
  }

  draw(kind: string, count: number): Promise<number[]> {
    const block = this.#blocks.get(kind)
    if (block && !this.#queues.has(kind) && block.end - block.next >= count) return Promise.resolve(take(block, count))
    return this.#inTurn(kind, () => this.#drawSlowly(kind, count))
  }

  advance(kind: string, used: number): Promise<void> {
    return this.#inTurn(kind, async () => {
      const block = this.#blocks.get(kind)
      if (block && used >= block.next) block.next = Math.min(block.end, used + 1)
      await this.#db.write(
        (sql) => sql`insert into counter as c (instance_id, name, next) values (${this.#db.instanceId}, ${kind}, ${used + 1})
          on conflict (instance_id, name) do update set next = greatest(c.next, excluded.next)`,
      )
    })
  }

  async #drawSlowly(kind: string, count: number): Promise<number[]> {
    const block = this.#blocks.get(kind) ?? { next: 0, end: 0, size: SMALLEST_BLOCK }
    const drawn = take(block, Math.min(count, block.end - block.next))
    if (drawn.length < count) {
      const missing = count - drawn.length
      const size = Math.max(missing, Math.min(block.size * 2, LARGEST_BLOCK))
      const start = await this.#fetch(kind, size)
      Object.assign(block, { next: start, end: start + size, size: Math.min(size, LARGEST_BLOCK) })
      this.#blocks.set(kind, block)
      drawn.push(...take(block, missing))
    }
    return drawn
  }

  async #fetch(kind: string, size: number): Promise<number> {
    const [row] = await this.#db.write(
      (sql) => sql<[{ start: string }]>`
        insert into counter as c (instance_id, name, next) values (${this.#db.instanceId}, ${kind}, ${1 + size})
        on conflict (instance_id, name) do update set next = c.next + ${size} returning next - ${size} as start`,
    )
    return Number(row.start)
  }

  #inTurn<T>(kind: string, run: () => Promise<T>): Promise<T> {
    const before = this.#queues.get(kind) ?? Promise.resolve()
    const mine = before.then(run, run)
    const settled = mine.then(
      () => undefined,
      () => undefined,
    )
    this.#queues.set(kind, settled)
    void settled.then(() => this.#queues.get(kind) === settled && this.#queues.delete(kind))
    return mine
  }
}

function take(block: Block, count: number): number[] {
  const ids = Array.from({ length: count }, (_, i) => block.next + i)
  block.next += count
  return ids
}
