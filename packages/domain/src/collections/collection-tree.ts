/** Some collections together with all those above them: enough to say where each stands and what it inherits. */
import type { Collection, UploadSettings } from './collection.ts'

export class CollectionPaths {
  readonly #byId: Map<number, Collection>

  constructor(collections: Iterable<Collection>) {
    this.#byId = new Map([...collections].map((collection) => [collection.id, collection]))
  }

  get(id: number): Collection | undefined {
    return this.#byId.get(id)
  }

  byReference(reference: string): Collection | undefined {
    for (const collection of this.#byId.values()) if (collection.reference === reference) return collection
    return undefined
  }

  set(collection: Collection): void {
    this.#byId.set(collection.id, collection)
  }

  all(): readonly Collection[] {
    return [...this.#byId.values()]
  }

  /** From the root down to the collection itself. Undefined when going up never arrives: it lies below itself. */
  path(id: number): readonly Collection[] | undefined {
    const path: Collection[] = []
    for (let at = this.#byId.get(id); at; at = at.parentId === null ? undefined : this.#byId.get(at.parentId)) {
      if (path.length > this.#byId.size) return undefined
      path.unshift(at)
    }
    return path
  }
}

/** Whoever the second level belongs to owns everything below it. */
export const ownerOn = (path: readonly Collection[]): number => (path[1] ?? path[0])?.ownerUser ?? 0

/** The nearest settings on the way up are in force: those below cannot do without, only differ. */
export const uploadOn = (path: readonly Collection[]): UploadSettings | null =>
  path.findLast(({ fields }) => fields.create_object)?.fields.create_object ?? null
