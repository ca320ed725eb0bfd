/** Named values that belong to an instance. */
export interface SettingStore {
  /** The value, or null when there is none. */
  read(name: string): Promise<Readonly<Record<string, unknown>> | null>
  /** Stores a value unless there is one already, and answers the one that is there: the first writer wins. */
  addOnce(name: string, value: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, unknown>>>
  /** Stores a value whose `version` is one more than that of the stored one, 1 where there is none; false when it is not. */
  replace(name: string, value: Readonly<Record<string, unknown>> & { readonly version: number }): Promise<boolean>
}
