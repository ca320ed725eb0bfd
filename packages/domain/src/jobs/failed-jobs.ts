/** Jobs of one instance that were laid aside, for those who look after it. */
import type { Schemas } from '@vitrine/contract/instance'
import { fail } from '../errors.ts'
import { JOB_SHOWN } from '../jobs.ts'
import type { FailedJob, FailedJobStore } from '../ports/queue.ts'

type FailedJobDocument = Schemas['FailedJob']

const LONGEST_VALUE = 200

export class FailedJobs {
  readonly #store: FailedJobStore

  constructor(store: FailedJobStore) {
    this.#store = store
  }

  async list(page: { queue: string | null; limit: number; offset: number }): Promise<Schemas['FailedJobPage']> {
    const { count, jobs } = await this.#store.list(page)
    return { count, limit: page.limit, offset: page.offset, objects: jobs.map(documentOf) }
  }

  async requeue(id: string): Promise<void> {
    if (!(await this.#store.requeue(id))) missing(id)
  }

  async remove(id: string): Promise<void> {
    if (!(await this.#store.remove(id))) missing(id)
  }
}

const missing = (id: string): never => fail('ResourceNotFound', { resource: `failed job ${id}` })

const documentOf = ({ id, name, payload, createdAt, failedAt, attempts, message }: FailedJob): FailedJobDocument => ({
  id,
  queue: name,
  created_at: createdAt.toISOString(),
  failed_at: failedAt.toISOString(),
  attempts,
  message,
  payload: shownOf(name, payload),
})

/** The job may have been added by an older version, so nothing about its shape is certain. */
function shownOf(name: string, payload: unknown): Record<string, string> {
  const places = Object.hasOwn(JOB_SHOWN, name) ? JOB_SHOWN[name as keyof typeof JOB_SHOWN] : []
  const shown = places.map((place) => [place, textOf(at(payload, place))] as const)
  return Object.fromEntries(shown.flatMap(([place, text]) => (text === undefined ? [] : [[place, text]])))
}

const at = (value: unknown, place: string): unknown =>
  place.split('.').reduce((within, part) => (within as Readonly<Record<string, unknown>> | null | undefined)?.[part], value)

function textOf(value: unknown): string | undefined {
  const values = Array.isArray(value) ? value : [value]
  const plain = values.filter((one) => ['string', 'number', 'boolean'].includes(typeof one))
  if (plain.length === 0) return undefined
  const text = plain.join(', ')
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE - 1)}…` : text
}
