/** What other parts of the domain ask of the datamodel. Implemented by the datamodel service of a tenant. */
import type { Datamodel } from './model.ts'

export interface Datamodels {
  /** A committed version, compiled once and kept. Fails with DatamodelVersionNotFound. */
  committed(version: number): Promise<Datamodel>
  /** Number of the newest committed version, asked of the database. */
  currentVersion(): Promise<number>
}
