/** Which versions a file is to have, and what each is made by. The digest tells whether a version that is there is the one that is wanted. */
import { createHash } from 'node:crypto'
import type { CustomProduceConfig, StoredFile } from '../files/file.ts'
import { canonicalJson } from '../objects/values/plain-json.ts'
import type { ClassConfig, ProduceConfig, RecipeParams, VersionConfig } from './produce-config.ts'

export interface WantedVersion {
  readonly config: VersionConfig
  readonly params: RecipeParams
  readonly produceHash: string
}

export function wantedVersions(config: ProduceConfig, file: StoredFile): readonly WantedVersion[] {
  if (!file.produceVersions) return []
  const fileClass = config.classes.find(({ name }) => name === file.class)
  const fitting = fileClass?.versions.filter(({ extensions }) => extensions === null || extensions.has(file.extension)) ?? []
  const named = new Set(fitting.map(({ name }) => name))
  return fitting
    .filter((version) => !isSmallerAnyway(version, file))
    .map((version) => {
      const params = { ...version.params, ...customParams(file.customProduceConfig, version, fileClass) }
      const sourceVersion = version.sourceVersion !== null && named.has(version.sourceVersion) ? version.sourceVersion : null
      return { config: { ...version, sourceVersion }, params, produceHash: digestOf(version, params) }
    })
}

/** `size_minimum`: originals below it get no such version. */
function isSmallerAnyway({ params }: VersionConfig, { technical }: StoredFile): boolean {
  const least = params['size_minimum']
  return typeof least === 'number' && technical.max_dimension !== undefined && technical.max_dimension < least
}

interface Overwrite {
  readonly match?: { readonly version_name?: string; readonly version_class?: string }
  readonly custom?: RecipeParams
}

/** Later entries win. */
function customParams(config: CustomProduceConfig | null, { name }: VersionConfig, fileClass: ClassConfig | undefined): RecipeParams {
  const overwrites = (config?.['overwrites'] ?? []) as readonly Overwrite[]
  const fitting = overwrites.filter(
    ({ match = {} }) =>
      (match.version_name === undefined || match.version_name === name) &&
      (match.version_class === undefined || match.version_class === fileClass?.name),
  )
  return Object.assign({}, ...fitting.map(({ custom }) => custom ?? {})) as RecipeParams
}

const digestOf = ({ name, recipe, watermark }: VersionConfig, params: RecipeParams): string =>
  createHash('sha256').update(canonicalJson({ name, recipe, watermark, params })).digest('hex')
