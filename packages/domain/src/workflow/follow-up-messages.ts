/**
 * What follows a change: mails to people and messages to webhooks, made of what acting rules asked for. A message names the records
 * and does not show them: whoever gets it reads them with rights of their own.
 */
import { textIn, type LocalizedText } from './localized.ts'
import type { Principal } from '../people/principals.ts'
import type { FollowUp, WorkflowOperation, WorkflowState } from './workflow.ts'

/** A record that follow-ups are about, as it is after the change. */
export interface FollowUpRecord {
  readonly objecttype: string
  readonly operation: WorkflowOperation
  /** Null for a new record that was not stored after all; the same goes for the other ids. */
  readonly systemId: number | null
  readonly objectId: number | null
  readonly uuid: string | null
  readonly version: number
  /** Null for one that is deleted. */
  readonly after: WorkflowState | null
}

/** Somebody with an address. */
export interface Recipient {
  readonly id: number
  readonly email: string
  readonly language: string
  readonly groups: readonly number[]
}

export interface OutgoingMail {
  readonly to: readonly string[]
  readonly subject: string
  readonly text: string
}
export interface OutgoingMessage {
  /** Its name. */
  readonly webhook: string
  readonly payload: object
}

/** Above this number a rule's mails are brought together, as if it allowed that: one for each recipient. */
const MOST_SINGLE_MAILS = 500
const MOST_RECORDS_LISTED = 100

/** Users and groups that mails go to. */
export function namedRecipients(followUps: readonly FollowUp[]): { users: number[]; groups: number[] } {
  const named = followUps.flatMap(recipientsOf)
  return { users: named.flatMap(({ user }) => user?._id ?? []), groups: named.flatMap(({ group }) => group?._id ?? []) }
}

/** One mail for each recipient, so that nobody learns of the others. */
export function mailsOf(followUps: readonly FollowUp[], records: readonly FollowUpRecord[], people: readonly Recipient[]): OutgoingMail[] {
  return byAction(followUps, 'email').flatMap((same) => {
    const perPerson = people.map((person) => ({ person, about: same.filter((followUp) => isFor(followUp, person)) }))
    const single = perPerson.reduce((sum, { about }) => sum + about.length, 0) <= MOST_SINGLE_MAILS && same[0]?.info['batchable'] !== true
    return perPerson.flatMap(({ person, about }) => {
      const mails = single ? about.map((one) => [one]) : about.length > 0 ? [about] : []
      return mails.map((part) => mailOf(part, records, person))
    })
  })
}

/** One message for each action of a rule, with all records that it acted on. */
export const messagesOf = (followUps: readonly FollowUp[], records: readonly FollowUpRecord[]): OutgoingMessage[] =>
  byAction(followUps, 'webhook').map((same) => ({
    webhook: String(same[0]?.info['name']),
    payload: {
      info: { ...same[0]?.info, transition_id: same[0]?.ruleId },
      objects: same.flatMap(({ record }) => records[record] ?? []).map(objectOf),
    },
  }))

function byAction(followUps: readonly FollowUp[], kind: FollowUp['kind']): FollowUp[][] {
  const groups = Map.groupBy(
    followUps.filter((followUp) => followUp.kind === kind),
    ({ ruleId, action }) => `${ruleId} ${action}`,
  )
  return [...groups.values()]
}

const recipientsOf = ({ kind, info }: FollowUp): readonly Principal[] => (kind === 'email' ? ((info['recipients'] ?? []) as Principal[]) : [])

const isFor = (followUp: FollowUp, { id, groups }: Recipient): boolean =>
  recipientsOf(followUp).some(({ user, group }) => user?._id === id || (group?._id !== undefined && groups.includes(group._id)))

function mailOf(part: readonly FollowUp[], records: readonly FollowUpRecord[], { email, language }: Recipient): OutgoingMail {
  const info = part[0]?.info ?? {}
  const lines = part
    .slice(0, MOST_RECORDS_LISTED)
    .flatMap(({ record }) => records[record] ?? [])
    .map(lineOf)
  const more = part.length > MOST_RECORDS_LISTED ? [`… ${part.length - MOST_RECORDS_LISTED}`] : []
  const text = [textOf(info['message'], language), [...lines, ...more].join('\n')].filter((block) => block !== '').join('\n\n')
  // A subject is one line of a header.
  return { to: [email], subject: textOf(info['subject'], language).replaceAll(/\s+/g, ' ').trim() || 'Records', text }
}

const textOf = (text: unknown, language: string): string => (typeof text === 'string' ? text : textIn((text ?? {}) as LocalizedText, language))

const lineOf = ({ objecttype, objectId, systemId }: FollowUpRecord): string =>
  [objecttype, objectId, systemId !== null && `(${systemId})`].filter((part) => part !== null && part !== false).join(' ')

const objectOf = ({ objecttype, operation, systemId, objectId, uuid, version, after }: FollowUpRecord) => ({
  _objecttype: objecttype,
  _operation: operation,
  _system_object_id: systemId,
  _uuid: uuid,
  ...(after && { _tags: after.tags.map((_id) => ({ _id })) }),
  [objecttype]: { _id: objectId, _version: version, ...(after && after.poolId !== null && { _pool: { pool: { _id: after.poolId } } }) },
})
