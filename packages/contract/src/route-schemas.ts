/**
 * The thin zod objects that @hono/zod-openapi registers on a route. They hold no rule of their own: Ajv, compiled from the
 * document on first use, does the checking, so start-up stays flat however many operations there are.
 */
import { z } from '@hono/zod-openapi'
import { sharedSegments } from './paths.ts'
import { unstorableText, type TextReader } from './texts.ts'
import type { Place, Validate, Validators } from './validators.ts'

type Texts = Readonly<Record<string, unknown>>

const pathOf = (pointer: string) =>
  pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))

/** Takes segments apart that hold more than one parameter alone: `en-US.json` is read as `en-US`. */
function takingApart(path: string): TextReader | undefined {
  const segments = sharedSegments(path)
  if (!segments.length) return undefined
  return (texts) => {
    const values: Record<string, unknown> = { ...texts }
    for (const { key, names, pattern } of segments) {
      const [, ...parts] = pattern.exec(String(values[key])) ?? []
      delete values[key]
      for (const [i, name] of names.entries()) values[name] = parts[i]
    }
    return values
  }
}

export class RouteSchemas {
  readonly #validators: Validators
  constructor(validators: Validators) {
    this.#validators = validators
  }

  params(id: string, place: Place) {
    const judged = this.#judged(id, place)
    if (place !== 'header') return judged
    // Names of headers have no case: the framework finds the spelling of the document in the shape of an object.
    const shape = Object.fromEntries(this.#validators.parametersOf(id, place).map((p) => [p.name as string, z.any().optional()]))
    return z.looseObject(shape).pipe(judged)
  }

  #judged(id: string, place: Place) {
    const validators = this.#validators
    const split = place === 'path' ? takingApart(validators.operation(id).path) : undefined
    const read = validators.parameterReader(id, place)
    let validate: Validate | undefined
    return z.any().transform((texts: Texts, context) => {
      const values = read(split ? split(texts) : texts)
      const unstorable = unstorableText(texts)
      if (unstorable !== undefined) context.addIssue({ code: 'custom', path: pathOf(unstorable), message: 'holds a character that cannot be kept' })
      validate ??= validators.parameters(id, place)
      if (validate(values)) return values
      for (const error of validate.errors ?? []) {
        const extra = error.keyword === 'additionalProperties' ? `: ${error.params['additionalProperty']}` : ''
        context.addIssue({ code: 'custom', path: pathOf(error.instancePath), message: `${error.message ?? error.keyword}${extra}` })
      }
      return values
    })
  }
}
