/** All pools of an instance as the tree they form. */
import type { Pool } from './pool.ts'

export class PoolTree {
  readonly #byId: ReadonlyMap<number, Pool>
  readonly #children = new Map<number | null, Pool[]>()

  constructor(pools: Iterable<Pool>) {
    this.#byId = new Map([...pools].map((pool) => [pool.id, pool]))
    for (const pool of this.#byId.values()) {
      const siblings = this.#children.get(pool.parentId)
      if (siblings) siblings.push(pool)
      else this.#children.set(pool.parentId, [pool])
    }
  }

  get(id: number): Pool | undefined {
    return this.#byId.get(id)
  }

  children(id: number): readonly Pool[] {
    return this.#children.get(id) ?? []
  }

  /** From the root down to the pool itself. Undefined when going up never arrives: the pool lies below itself. */
  path(id: number): Pool[] | undefined {
    const path: Pool[] = []
    for (let at = this.#byId.get(id); at; at = at.parentId === null ? undefined : this.#byId.get(at.parentId)) {
      if (path.length > this.#byId.size) return undefined
      path.unshift(at)
    }
    return path
  }

  /** The pool and everything below it, parents first. */
  subtree(id: number): Pool[] {
    const found = [this.#byId.get(id)].filter((pool) => pool !== undefined)
    for (const pool of found) found.push(...this.children(pool.id))
    return found
  }

  /** Parents before children, siblings by id: the order of lists. */
  inOrder(): Pool[] {
    return (this.#children.get(null) ?? []).flatMap((root) => this.subtree(root.id))
  }
}
