/**
 * The thin zod objects that @hono/zod-openapi registers on a route. They hold no rule of their own: Ajv, compiled from the
 * document on first use, does the checking, so start-up stays flat however many operations there are.
 */
import { z } from '@hono/zod-openapi'
import type { Place, Validate, Validators } from './validators.ts'

const pathOf = (pointer: string) =>
  pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))

function judgedBy(compile: () => Validate) {
  let validate: Validate | undefined
  return z.any().superRefine((value, context) => {
    validate ??= compile()
    if (validate(value)) return
    for (const error of validate.errors ?? []) {
      const extra = error.keyword === 'additionalProperties' ? `: ${error.params['additionalProperty']}` : ''
      context.addIssue({ code: 'custom', path: pathOf(error.instancePath), message: `${error.message ?? error.keyword}${extra}` })
    }
  })
}

export class RouteSchemas {
  readonly #validators: Validators
  constructor(validators: Validators) {
    this.#validators = validators
  }

  body(id: string, type: string) {
    return judgedBy(() => this.#validators.body(id, type))
  }

  /** Parameters have to be an object with a shape, or the framework cannot collect them. */
  params(id: string, place: Place) {
    const names = this.#validators.parametersOf(id, place).map((p): string => p.name)
    const shape = Object.fromEntries(names.map((name) => [name, z.any().optional()]))
    return z.looseObject(shape).pipe(judgedBy(() => this.#validators.parameters(id, place)))
  }
}
