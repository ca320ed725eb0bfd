/** Hashing of passwords. It is meant to be slow and to need memory, so an implementation bounds how many run at once. */
export interface Passwords {
  /** Answers a self-describing text with algorithm, parameters, salt and hash. */
  hash(password: string): Promise<string>
  /**
   * Compares in constant time. Without a stored hash it answers false after doing the same work, so that time does not tell
   * whether an account exists. Fails with TooManyRequests when too many are already waiting.
   */
  verify(password: string, stored: string | null): Promise<boolean>
  /** True when a stored hash was made with other parameters than new ones are. */
  outdated(stored: string): boolean
  /** True for a text that `verify` understands. */
  recognizes(stored: string): boolean
}
