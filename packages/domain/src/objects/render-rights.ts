/**
 * What the caller may do with the records of a page. Asked for once per record; nothing is asked for root, who may do
 * everything. A record that is not there any more when its rights are asked for gives none.
 */
import { allowsMask, type CallerAccess, type Rights } from '../access/access.ts'
import type { Datamodel, Mask } from '../datamodel/model.ts'
import type { RecordFacts, RecordSource } from './record-store.ts'

const NONE: Rights = {}
/** The rights that are told with a record; the others are about pools and files. */
const TOLD = ['read', 'write', 'delete', 'acl', 'change_owner', 'unlink', 'owner'] as const
const ALL_TOLD = JSON.stringify(Object.fromEntries(TOLD.map((right) => [right, {}])))

export class PageRights {
  readonly #access: CallerAccess
  readonly #known = new Map<number, Rights>()
  readonly #texts = new Map<Rights, string>()

  constructor(access: CallerAccess) {
    this.#access = access
  }

  async load(source: RecordSource, records: readonly { readonly facts: RecordFacts }[]): Promise<void> {
    if (this.#access.root) return
    const ids = new Set(records.flatMap(({ facts }) => (facts.id === null || this.#known.has(facts.id) ? [] : [facts.id])))
    if (!ids.size) return
    const subjects = await source.subjects([...ids])
    const rights = await this.#access.rightsOn(source.access, subjects)
    for (const id of ids) this.#known.set(id, NONE)
    subjects.forEach(({ systemId }, i) => systemId !== null && this.#known.set(systemId, rights[i] ?? NONE))
  }

  get root(): boolean {
    return this.#access.root
  }

  /** Rights of somebody who is not root. */
  of({ id }: RecordFacts): Rights {
    return this.#of(id)
  }

  has({ id }: RecordFacts, right: 'read' | 'acl'): boolean {
    return this.#access.root || this.#of(id)[right] !== undefined
  }

  /** Whether the record may be shown whole through this mask. */
  allows(facts: RecordFacts, mask: Mask, datamodel: Datamodel): boolean {
    if (this.#access.root) return true
    const isStandard = mask === datamodel.standardMask(mask.table, facts.pool)
    return this.has(facts, 'read') && allowsMask(this.#of(facts.id), facts.table, { id: mask.id, isStandard })
  }

  /** JSON text of `_generated_rights`. */
  json({ id }: RecordFacts): string {
    if (this.#access.root) return ALL_TOLD
    const rights = this.#of(id)
    // Most records of a page are alike.
    const text =
      this.#texts.get(rights) ?? JSON.stringify(Object.fromEntries(TOLD.flatMap((right) => (rights[right] ? [[right, rights[right]]] : []))))
    this.#texts.set(rights, text)
    return text
  }

  #of(id: number | null): Rights {
    return (id === null ? undefined : this.#known.get(id)) ?? NONE
  }
}
