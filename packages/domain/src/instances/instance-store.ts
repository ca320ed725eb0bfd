/** What the register of instances has to promise. */
import type { Instance } from './instance.ts'

export interface InstanceStore {
  /**
   * Runs `work` while holding the right to build or remove this instance. Answers false, without running it, when another
   * call or server holds that right. The right ends with the holder: a killed server never keeps it.
   */
  exclusively(id: string, work: () => Promise<void>): Promise<boolean>
  /** Enters an instance with its domain and aliases. Answers false, and enters nothing, when one of them is taken. */
  claim(instance: Instance): Promise<boolean>
  /** Makes a `creating` instance visible. */
  activate(id: string): Promise<void>
  /** Takes an instance out of service. Harmless to repeat. */
  markDeleting(id: string): Promise<void>
  /** Keeps the places that are open to an active instance. Answers false when it is not active. */
  replaceOpenHosts(id: string, openHosts: readonly string[]): Promise<boolean>
  /** Removes every row of every tenant table, in bounded steps. Harmless to repeat after an interruption. */
  removeRows(id: string): Promise<void>
  /** Removes the instance and its names from the register; its names are free afterwards. */
  removeRegistration(id: string): Promise<void>

  /** The instance with this domain, alias or id, in whatever state; undefined when there is none. */
  find(nameOrId: string): Promise<Instance | undefined>
  /** The active instance that claims the first of these names that any claims. */
  findActive(names: readonly string[]): Promise<Instance | undefined>
  /** Instances that are not being created, by id bytewise, beginning with the id `from`. */
  page(from: string, limit: number, skip: number): Promise<Instance[]>
  /** How many instances there are that are not being created. */
  count(): Promise<number>
  /** Instances whose creation or removal has begun and not ended. */
  unfinished(): Promise<Instance[]>
}
