/**
 * Rights at work: keeps the compiled rules of one instance for as long as they are true, and what single callers have by them.
 * A request knows the revision of the rules from its token, so the rules are loaded once after each change and never asked about.
 */
import type { Datamodels } from '../datamodel/datamodels.ts'
import type { Model } from '../datamodel/model.ts'
import type { Caller } from '../people/caller.ts'
import type { Clock } from '../ports/clock.ts'
import type { Access, AccessSubject, CallerAccess } from './access.ts'
import { CallerRights } from './caller-rights.ts'
import { ROOT_RIGHTS } from './rights.ts'
import { compileRules, openedTo, type RuleBook, type RuleStore } from './rules.ts'

export interface AccessPorts {
  readonly rules: RuleStore
  readonly datamodels: Datamodels
  readonly clock: Clock
}

interface Known {
  readonly book: RuleBook
  /** In the order of use: the first is the one that was left alone the longest. */
  readonly callers: Map<string, { readonly model: Model; readonly rights: CallerRights }>
}

const MOST_CALLERS = 200
const NO_MODEL: Model = { tables: new Map(), byName: new Map(), columns: new Map(), objecttypes: [] }

export class AccessService implements Access {
  readonly #ports: AccessPorts
  #known: Known | undefined
  #loading: { readonly revision: number; readonly known: Promise<Known> } | undefined

  constructor(ports: AccessPorts) {
    this.#ports = ports
  }

  async of(caller: Caller): Promise<CallerAccess> {
    const { datamodelVersion: version } = caller
    const model = version === 0 ? NO_MODEL : (await this.#ports.datamodels.committed(version)).model
    if (caller.root) return rootAccess(model)
    const known = await this.#current(caller.configRevision)
    const key = JSON.stringify([caller.userId, caller.groupIds, caller.pinCodes ?? []])
    const before = known.callers.get(key)
    const rights =
      before?.model === model ? before.rights : new CallerRights(openedTo(known.book, caller), model, caller, () => this.#ports.clock().getTime())
    known.callers.delete(key)
    known.callers.set(key, { model, rights })
    for (const [oldest] of known.callers) if (known.callers.size > MOST_CALLERS) known.callers.delete(oldest)
    return rights
  }

  /** The compiled rules, of this revision or a newer one. */
  async book(revision: number): Promise<RuleBook> {
    return (await this.#current(revision)).book
  }

  #current(revision: number): Promise<Known> | Known {
    const known = this.#known
    if (known && known.book.revision >= revision && this.#ports.clock().getTime() < known.book.until) return known
    // Whoever needs a revision that is being loaded, or an older one, waits for the same answer.
    if (this.#loading && this.#loading.revision >= revision) return this.#loading.known
    const loading = { revision, known: this.#load() }
    this.#loading = loading
    // A failure is told to those who wait; the next one asks again.
    void loading.known.then(
      () => this.#loading === loading && (this.#loading = undefined),
      () => this.#loading === loading && (this.#loading = undefined),
    )
    return loading.known
  }

  async #load(): Promise<Known> {
    const stored = await this.#ports.rules.load()
    const book = compileRules(stored, this.#ports.clock().getTime())
    const known = { book, callers: new Map<string, { model: Model; rights: CallerRights }>() }
    // A slower answer must not take the place of a newer one.
    if (!this.#known || this.#known.book.revision <= book.revision) this.#known = known
    return known
  }
}

const rootAccess = (model: Model): CallerAccess => ({
  root: true,
  collectionSight: null,
  objecttype: (tableId) => model.tables.get(tableId)?.name ?? String(tableId),
  hasAnywhere: () => true,
  readScope: () => null,
  rightsOn: (_, subjects: readonly AccessSubject[]) => Promise.resolve(subjects.map(() => ROOT_RIGHTS)),
})
