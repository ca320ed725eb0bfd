/**
 * Brings the versions of a file in line with the configuration: what fits stays, what is not wanted any more goes, what is missing is
 * ordered. A version that has failed is tried again only when its recipe has changed.
 */
import { UNKNOWN_CLASS } from '../files/file-classes.ts'
import type { StoredFile } from '../files/file.ts'
import type { FileStore, NewFile } from '../files/file-store.ts'
import type { AnyJob } from '../jobs.ts'
import type { Counters } from '../ports/counters.ts'
import type { ProduceConfig } from './produce-config.ts'
import { wantedVersions, type WantedVersion } from './wanted-versions.ts'
import { priorityOf } from '../ports/queue.ts'

export interface SettlePorts {
  readonly store: FileStore
  readonly counters: Counters
}

const NO_TRAIL = { events: [], actor: null }

export async function settleVersions(ports: SettlePorts, config: ProduceConfig, file: StoredFile): Promise<void> {
  const wanted = wantedVersions(config, file)
  const there = (await ports.store.below([file.id])).filter(({ kind }) => kind === 'rendition')
  const fits = (version: StoredFile) => wanted.some(({ produceHash }) => produceHash === version.produceHash)
  const outdated = there.filter((version) => !fits(version))
  if (outdated.length > 0)
    await ports.store.remove(
      outdated.map(({ id }) => id),
      { jobs: [], trail: NO_TRAIL },
    )
  const missing = wanted.filter(({ produceHash }) => !there.some((version) => version.produceHash === produceHash))
  const ids = missing.length > 0 ? await ports.counters.draw('file', missing.length) : []
  const added = missing.map((version, i) => newVersion(file, version, ids[i] ?? 0))
  const waiting = there.filter((version) => fits(version) && version.state === 'pending').map(({ id }) => id)
  const jobs = [...added.map(({ id }) => id), ...waiting].map((id): AnyJob => ({
    name: 'file-produce',
    payload: { file: id },
    priority: priorityOf(file.priority),
  }))
  if (added.length > 0) await ports.store.add(added, { jobs, trail: NO_TRAIL })
  else if (jobs.length > 0)
    await ports.store.change([{ id: file.id, from: ['processing', 'sync', 'done', 'failed'], state: 'sync' }], { jobs, trail: NO_TRAIL })
  await finishFile(ports.store, file.id)
}

/** A file is done when each of its versions has been made or has failed. Asked after every one of them, so the last one finds it. */
export async function finishFile(store: FileStore, id: number): Promise<void> {
  const versions = (await store.below([id])).filter(({ kind }) => kind === 'rendition')
  if (versions.every(({ state }) => state === 'done' || state === 'failed'))
    await store.change([{ id, from: ['processing', 'sync'], state: 'done' }], { jobs: [], trail: NO_TRAIL })
}

const newVersion = (file: StoredFile, { config, produceHash }: WantedVersion, id: number): NewFile => ({
  id,
  kind: 'rendition',
  parentId: file.id,
  versionName: config.name,
  reference: null,
  uploadUser: null,
  originalFilepath: file.originalFilepath,
  extension: '',
  class: UNKNOWN_CLASS,
  mimeType: null,
  remoteUrl: null,
  leave: false,
  produceVersions: false,
  customProduceConfig: null,
  produceHash,
  recipe: null,
  watermark: config.watermark,
  priority: file.priority,
  state: 'pending',
  problem: null,
  hash: '',
  bytes: null,
  sizeBytes: null,
  technical: {},
  metadata: null,
})
