/** Where ids come from. */
export interface Counters {
  /**
   * Draws `count` ids of a kind, ascending. They are taken outside any transaction and are never handed out again, whether
   * they end up being used or not. Some may already be taken by records that were saved with an id of their own.
   */
  draw(kind: string, count: number): Promise<number[]>
  /** Makes sure that ids up to `used` are not drawn from now on, by blocks that other servers have not yet taken. */
  advance(kind: string, used: number): Promise<void>
}
