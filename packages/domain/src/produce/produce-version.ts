/**
 * Makes one version of a file, from the original or from a version that is there already; or an original that somebody wants to have made
 * of another one.
 */
import { fail } from '../errors.ts'
import { purposeOf, type StoredFile } from '../files/file.ts'
import type { FileStore } from '../files/file-store.ts'
import type { KeepBytes } from '../files/keep-bytes.ts'
import type { Counters } from '../ports/counters.ts'
import type { ImageRecipe, MadeImage, Media, MediaSource } from '../ports/media.ts'
import type { WorkFiles } from '../ports/work-files.ts'
import type { OpenSource } from './open-source.ts'
import { event, problemOf, type ProcessRun } from './process-file.ts'
import type { ProduceConfig } from './produce-config.ts'
import { stepsOf } from './recipe-steps.ts'
import { imageRecipe, isKnownRecipe } from './recipes.ts'
import { finishFile, settleVersions } from './settle-versions.ts'
import { wantedVersions } from './wanted-versions.ts'
import { priorityOf } from '../ports/queue.ts'

export interface ProducePorts {
  readonly store: FileStore
  readonly counters: Counters
  readonly bytes: KeepBytes
  readonly media: Media
  readonly work: WorkFiles
  readonly source: OpenSource
  readonly config: () => Promise<ProduceConfig>
}

interface Made {
  readonly image: MadeImage
  readonly format: ImageRecipe['format']
}

export async function produceVersion(ports: ProducePorts, id: number, run: ProcessRun): Promise<void> {
  const { store } = ports
  const [version] = await store.find([id])
  if (!version || version.parentId === null || version.state !== 'pending') return
  const [original] = await store.find([version.parentId])
  if (!original) return
  const config = await ports.config()
  const wanted =
    version.kind === 'produced' ? onlyHere(version) : wantedVersions(config, original).find((one) => one.produceHash === version.produceHash)
  // The configuration has moved on since this was ordered.
  if (!wanted) return settleVersions(ports, config, original)
  try {
    if (!isKnownRecipe(wanted.config.recipe)) fail('RecipeParamUnsupportedValue', { param: 'recipe', value: wanted.config.recipe })
    const recipe = { strip: true, ...imageRecipe(wanted.params) }
    const source = await sourceOf(ports, original, wanted.config.sourceVersion)
    await make(ports, { version, source, recipe }, run.signal)
  } catch (error) {
    const problem = problemOf(error, run)
    if (problem === undefined) throw error
    await store.change([{ id, from: ['pending'], state: 'failed', problem }], {
      jobs: [],
      trail: { events: [event('FILE_PRODUCE_ERROR', version, { error: problem })], actor: null },
    })
  }
  await finishFile(store, original.id)
}

/** What a produced original is made by stands with it. */
const onlyHere = ({ recipe }: StoredFile) => ({ config: { recipe: '_produce:produce', sourceVersion: null }, params: recipe ?? {} })

/** A smaller version is made from a larger one where that is there; whichever it is made from, it looks the same. */
async function sourceOf({ store }: ProducePorts, original: StoredFile, name: string | null): Promise<StoredFile> {
  if (name === null) return original
  const found = (await store.below([original.id])).find(({ versionName, kind }) => versionName === name && kind === 'rendition')
  return found?.state === 'done' ? found : original
}

interface Making {
  readonly version: StoredFile
  readonly source: StoredFile
  readonly recipe: ImageRecipe
}

async function make(ports: ProducePorts, { version, source, recipe }: Making, signal: AbortSignal): Promise<void> {
  const { work } = ports
  await ports.source.withBytes(source, signal, (body) =>
    work.withCopy(body, (copy) =>
      work.withTarget(async (target) => {
        const image = await inSteps(ports, { path: copy.path, extension: source.extension }, recipe, target.path, signal)
        await keep(ports, version, { image, format: recipe.format }, work.read(target))
      }),
    ),
  )
}

async function inSteps(
  { media, work }: ProducePorts,
  source: MediaSource,
  recipe: ImageRecipe,
  target: string,
  signal: AbortSignal,
): Promise<MadeImage> {
  const { first, last } = stepsOf(recipe)
  if (!first) return media.image(source, last, target, signal)
  return work.withTarget(async (between) => {
    await media.image(source, first, between.path, signal)
    return media.image({ path: between.path, extension: first.format }, last, target, signal)
  })
}

async function keep({ store, bytes }: ProducePorts, version: StoredFile, { image, format }: Made, body: AsyncIterable<Uint8Array>): Promise<void> {
  const kept = await bytes.keep(purposeOf(version.kind), body, { sizeBytes: image.sizeBytes, contentType: image.mimeType })
  const { width, height } = image
  const shape = { max_dimension: Math.max(width, height), aspect_ratio: width / height, format: shapeOf(width, height) }
  const isProduced = version.kind === 'produced'
  const changed = await store.change(
    [
      {
        id: version.id,
        from: ['pending'],
        // An original is looked at like one that was uploaded.
        state: isProduced ? 'processing' : 'done',
        problem: null,
        percentDone: null,
        bytes: kept,
        hash: kept.sha256,
        mimeType: image.mimeType,
        extension: format,
        class: 'image',
        ...(isProduced ? {} : { technical: { width, height, ...shape } }),
      },
    ],
    {
      jobs: isProduced ? [{ name: 'file-process', payload: { file: version.id }, priority: priorityOf(version.priority) }] : [],
      trail: { events: [event('FILE_PRODUCE', version)], actor: null },
    },
  )
  // Somebody else was faster, or the file is gone.
  if (changed.length === 0) await bytes.giveBack([kept])
}

const shapeOf = (width: number, height: number) =>
  width > height ? ('landscape' as const) : width < height ? ('portrait' as const) : ('square' as const)
