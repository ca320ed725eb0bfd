/** Making a file from another on request: turned, mirrored, cut or converted. The new one is an original of its own, below the other. */
import { createHash } from 'node:crypto'
import { fail } from '../errors.ts'
import { bareName, type StoredFile } from '../files/file.ts'
import type { FileStore, NewFile } from '../files/file-store.ts'
import type { Caller } from '../people/caller.ts'
import type { Counters } from '../ports/counters.ts'
import type { ImageFormat } from '../ports/media.ts'
import { IMAGE_EXTENSIONS, type RecipeParams } from './produce-config.ts'
import { imageFormat, imageRecipe } from './recipes.ts'
import { priorityOf } from '../ports/queue.ts'

export interface ProduceWish {
  readonly format?: string | undefined
  readonly transform?: Readonly<Record<string, unknown>> | undefined
  readonly colorspace?: string | undefined
  readonly colorprofile?: string | undefined
}

export interface ProduceOriginalPorts {
  readonly store: FileStore
  readonly counters: Counters
  readonly writable: ReadonlySet<ImageFormat>
}

/** Registers it and answers at once; its bytes come later. */
export async function produceOriginal(
  ports: ProduceOriginalPorts,
  parent: StoredFile,
  wish: ProduceWish,
  caller: Caller | null,
): Promise<StoredFile> {
  if (parent.class !== 'image') fail('ProduceExtensionNotSupported', { extension: parent.extension, supportedextensions: IMAGE_EXTENSIONS })
  const params = paramsOf(parent, wish, ports.writable)
  const [id = 0] = await ports.counters.draw('file', 1)
  const file = newOriginal(parent, params, id, caller)
  const effects = {
    jobs: [{ name: 'file-produce' as const, payload: { file: id }, priority: priorityOf(parent.priority) }],
    trail: { events: [], actor: caller },
  }
  const [added] = await ports.store.add([file], effects)
  return added ?? fail('EasNoParentID', {})
}

/** Parameters that make sense, in a format that can be written here. Without a wish that is the format of the parent, if it can be written. */
function paramsOf(parent: StoredFile, wish: ProduceWish, writable: ReadonlySet<ImageFormat>): RecipeParams {
  const format = wish.format ?? (isWritable(parent.extension, writable) ? parent.extension : 'jpg')
  if (!isWritable(format, writable)) fail('ProduceFormatNotSupported', { format, supportedformats: [...writable] })
  if (wish.colorprofile !== undefined && !['', '-', 'sRGB'].includes(wish.colorprofile))
    fail('RecipeParamUnsupportedValue', { param: 'colorprofile', value: wish.colorprofile })
  const { transform = {}, colorspace, colorprofile } = wish
  const params = { format, ...transform, ...(colorspace !== undefined && { colorspace }), strip: colorprofile === '-' }
  imageRecipe(params)
  const turns = ['rotate-x', 'rotate-y', 'rotate-z'].filter((name) => Number(transform[name] ?? 0) !== 0)
  if (turns.length > 1) fail('RecipeParamUnsupportedValue', { param: turns[0] ?? '', value: `${turns[1]} as well` })
  return params
}

function isWritable(name: string, writable: ReadonlySet<ImageFormat>): boolean {
  const format = imageFormat(name)
  return format !== undefined && writable.has(format)
}

function newOriginal(parent: StoredFile, params: RecipeParams, id: number, caller: Caller | null): NewFile {
  const extension = String(params['format'])
  return {
    id,
    kind: 'produced',
    parentId: parent.id,
    versionName: null,
    reference: null,
    uploadUser: caller?.userId ?? parent.uploadUser,
    originalFilepath: `${bareName(parent)}.${extension}`,
    extension,
    class: 'image',
    mimeType: null,
    remoteUrl: null,
    leave: false,
    produceVersions: parent.produceVersions,
    customProduceConfig: parent.customProduceConfig,
    produceHash: null,
    recipe: params,
    watermark: false,
    priority: parent.priority,
    state: 'pending',
    problem: null,
    // Until it is stored there is no content to name it by.
    hash: createHash('sha256')
      .update(`${parent.hash} ${JSON.stringify(params)}`)
      .digest('hex'),
    bytes: null,
    sizeBytes: null,
    technical: {},
    metadata: null,
  }
}
