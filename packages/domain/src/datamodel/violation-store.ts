/** Where it is written down which records still have to be judged by rules that have changed, and how they are marked. */
import type { JudgedRecord } from '../objects/violations.ts'
import type { UniqueRow } from '../objects/write-store.ts'

/** Records of an object type above a system id; all of them, or those that are marked already. */
export interface Unjudged {
  readonly tableId: number
  readonly after: number
  readonly only: 'all' | 'marked'
  /** Another one each time that somebody wants the object type to be judged. */
  readonly wish: string
}

export interface MarkedRecord extends JudgedRecord {
  readonly systemTags: readonly string[]
}

/** A value, who holds it, and what its holder is marked with when somebody else has it too. */
export interface HeldValue {
  readonly key: string
  readonly digest: string
  readonly holder: number
}

/** No commit ends, and no other walk goes on, while one of these is open. */
export interface ViolationTransaction {
  currentVersion(): Promise<number>
  unjudged(): Promise<readonly Unjudged[]>
  /** Puts this list in place of the one there is. */
  keep(unjudged: readonly Unjudged[]): Promise<void>
  /** The next live records in ascending order of system ids. Nobody changes them before the end. */
  lockPage(from: Unjudged, limit: number): Promise<readonly MarkedRecord[]>
  /** By tag, the group of which a record may carry one tag only. */
  choiceGroups(): Promise<ReadonlyMap<number, number>>
  /** Gives values that nobody holds to the first of those who want them; answers those that somebody else holds. */
  claim(rows: readonly UniqueRow[]): Promise<readonly HeldValue[]>
  /** Sets system tags; there is no new version. */
  mark(records: readonly { readonly systemId: number; readonly systemTags: readonly string[] }[]): Promise<void>
  /** Adds a system tag to those that still hold their value. */
  markHolders(values: readonly (HeldValue & { readonly systemTag: string })[]): Promise<void>
}

export interface ViolationStore {
  /** `work` may run more than once. */
  transaction<T>(work: (tx: ViolationTransaction) => Promise<T>): Promise<T>
}
