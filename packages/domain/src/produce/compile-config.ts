/**
 * What an instance has configured, laid over what is built in. What makes no sense is refused, so that nothing is silently made in
 * another way; what only cannot be done with some files is left out, and told of.
 */
import type { Schemas } from '@vitrine/contract/instance'
import { fail } from '../errors.ts'
import { BUILT_IN_CONFIG, type ClassConfig, type ProduceConfig, type VersionConfig } from './produce-config.ts'
import { demandKnownParams, imageRecipe, isKnownRecipe, readableBy } from './recipes.ts'

/** As it is written down. */
export type ProduceDocument = Schemas['ProduceConfig']
type ClassDocument = NonNullable<ProduceDocument['classes']>[string]
type VersionDocument = NonNullable<ClassDocument['versions']>[number]

export interface CompiledConfig {
  readonly config: ProduceConfig
  /** Sentences. */
  readonly warnings: readonly string[]
}

const UNIT_BYTES: Readonly<Record<string, number>> = { b: 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 }

/** Fails with RecipeParamUnsupportedValue. */
export function compileConfig(own: ProduceDocument): CompiledConfig {
  const warnings: string[] = own.custommetadata ? ['custommetadata has no effect'] : []
  const documents = own.classes ?? {}
  const named = Object.entries(documents).map(([name, document]) => classOf(name, document, warnings))
  const taken = new Set(Object.entries(documents).flatMap(([, { uploadenabledextensions: list = [] }]) => list.map(lower)))
  demandEachOnce(documents)
  const built = BUILT_IN_CONFIG.classes.filter(({ name }) => !(name in documents))
  const classes = [...named, ...built].map((entry) => {
    const list = documents[entry.name]?.uploadenabledextensions
    return list ? entry : { ...entry, extensions: new Set([...entry.extensions].filter((extension) => !taken.has(extension))) }
  })
  const maxBytes = own.uploadmaxfilesize === undefined ? BUILT_IN_CONFIG.maxBytes : bytesOf(own.uploadmaxfilesize)
  return { config: { classes, allowUnknown: own.uploadallowunknown ?? BUILT_IN_CONFIG.allowUnknown, maxBytes }, warnings }
}

function classOf(name: string, document: ClassDocument, warnings: string[]): ClassConfig {
  const built = BUILT_IN_CONFIG.classes.find((entry) => entry.name === name)
  const { uploadenabledextensions: list, uploadmaxfilesize: limit, versions } = document
  if (document.name !== undefined && document.name !== name) refuse('name', document.name)
  const extensions: ReadonlySet<string> = list ? new Set(list.map(lower)) : (built?.extensions ?? new Set<string>())
  if (extensions.size === 0) warnings.push(`class ${name} has no extensions, so no file belongs to it`)
  return {
    name,
    extensions,
    maxBytes: limit === undefined ? (built?.maxBytes ?? null) : bytesOf(limit),
    versions: versions ? versionsOf(name, versions, extensions, warnings) : (built?.versions ?? []),
  }
}

function versionsOf(
  className: string,
  documents: readonly VersionDocument[],
  extensions: ReadonlySet<string>,
  warnings: string[],
): readonly VersionConfig[] {
  const names = documents.map(({ name }) => name)
  return documents.flatMap((document, i) => {
    const { name, sourceversion: source = null } = document
    if (name === 'original' || names.indexOf(name) !== i) refuse('name', name)
    if (source !== null && (source === name || !names.includes(source))) refuse('sourceversion', source)
    const version = versionOf(document)
    const readable = readableBy(version.recipe)
    const wanted = [...(version.extensions ?? extensions)]
    const able = wanted.filter((extension) => readable.has(extension))
    if (able.length === wanted.length) return [version]
    const what = `version ${name} of class ${className}`
    if (able.length === 0) {
      warnings.push(`${what} is dropped: ${version.recipe} reads none of its extensions`)
      return []
    }
    warnings.push(`${what} is made only for ${able.toSorted().join(', ')}: ${version.recipe} reads no others`)
    return [{ ...version, extensions: new Set(able) }]
  })
}

function versionOf({ name, recipename, params = {}, extensions, ...more }: VersionDocument): VersionConfig {
  if (!isKnownRecipe(recipename)) refuse('recipename', recipename)
  demandKnownParams(params)
  imageRecipe(params)
  return {
    name,
    recipe: recipename,
    params,
    extensions: extensions ? new Set(extensions.map(lower)) : null,
    sourceVersion: more.sourceversion ?? null,
    standard: more.standard ?? false,
    managed: more.rightsmanagement ?? true,
    watermark: more.watermark ?? false,
    group: more.group ?? null,
  }
}

/** Otherwise it would depend on the order of names which class a file belongs to. */
function demandEachOnce(documents: Readonly<Record<string, ClassDocument>>): void {
  const seen = new Set<string>()
  for (const { uploadenabledextensions: list = [] } of Object.values(documents))
    for (const extension of new Set(list.map(lower))) {
      if (seen.has(extension)) refuse('uploadenabledextensions', extension)
      seen.add(extension)
    }
}

/** Null for no limit. */
function bytesOf(limit: string | number): number | null {
  const [, digits = '0', unit = 'b'] = /^(\d+)([bkmg]?)$/i.exec(String(limit)) ?? refuse('uploadmaxfilesize', String(limit))
  const bytes = Number(digits) * (UNIT_BYTES[lower(unit)] ?? 1)
  if (!Number.isSafeInteger(bytes)) refuse('uploadmaxfilesize', String(limit))
  return bytes === 0 ? null : bytes
}

/** What holds, in the form in which it is written down. */
export function documentOf({ classes, allowUnknown, maxBytes }: ProduceConfig): ProduceDocument {
  return {
    classes: Object.fromEntries(classes.map((entry) => [entry.name, classDocument(entry)])),
    uploadallowunknown: allowUnknown,
    uploadmaxfilesize: maxBytes ?? 0,
  }
}

const classDocument = ({ name, extensions, maxBytes, versions }: ClassConfig): ClassDocument => ({
  name,
  uploadenabledextensions: [...extensions],
  uploadmaxfilesize: maxBytes ?? 0,
  versions: versions.map((version) => ({
    name: version.name,
    recipename: version.recipe,
    params: version.params,
    ...(version.extensions && { extensions: [...version.extensions] }),
    sourceversion: version.sourceVersion,
    standard: version.standard,
    rightsmanagement: version.managed,
    watermark: version.watermark,
    group: version.group,
  })),
})

const lower = (text: string) => text.toLowerCase()
const refuse = (param: string, value: string): never => fail('RecipeParamUnsupportedValue', { param, value })
