/** Records as the rights engine wants to know them. */
import type { AccessSource, AccessSubject } from '../access/access.ts'

export interface SubjectStore {
  /**
   * Runs `work` with the live records of a type that have these ids, in no certain order and each once, and with what else their
   * rights depend on; all on one connection.
   */
  withSubjects<T>(
    tableId: number,
    objectIds: readonly number[],
    work: (subjects: readonly AccessSubject[], source: AccessSource) => Promise<T>,
  ): Promise<T>
}
