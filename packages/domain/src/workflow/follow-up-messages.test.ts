import { describe, expect, it } from 'vitest'
import { mailsOf, messagesOf, namedRecipients, type FollowUpRecord, type Recipient } from './follow-up-messages.ts'
import { state } from './test-workflow.ts'
import type { FollowUp } from './workflow.ts'

const record = (objectId: number): FollowUpRecord => ({
  ...{ objecttype: 'picture', operation: 'UPDATE', systemId: 900 + objectId, objectId, uuid: `uuid-${objectId}`, version: 2 },
  after: state({ tags: [5] }),
})
const records = [record(1), record(2)]
const email = (of: number, info: object = {}, more: Partial<FollowUp> = {}): FollowUp => ({
  ...{ kind: 'email', record: of, ruleId: 7, action: 0 },
  info: { subject: { 'en-US': 'Done', 'de-DE': 'Fertig' }, message: 'Look.', recipients: [{ user: { _id: 1 } }, { group: { _id: 3 } }], ...info },
  ...more,
})
const ann: Recipient = { id: 1, email: 'ann@museum.example', language: 'de-AT', groups: [3] }
const ben: Recipient = { id: 2, email: 'ben@museum.example', language: 'fr-FR', groups: [3, 4] }
const cleo: Recipient = { id: 9, email: 'cleo@museum.example', language: 'en-US', groups: [] }

describe('mails', () => {
  it('go to each recipient apart, in the language of each, one for every record', () => {
    expect(mailsOf([email(0), email(1)], records, [ann, ben, cleo])).toEqual([
      { to: [ann.email], subject: 'Fertig', text: 'Look.\n\npicture 1 (901)' },
      { to: [ann.email], subject: 'Fertig', text: 'Look.\n\npicture 2 (902)' },
      { to: [ben.email], subject: 'Done', text: 'Look.\n\npicture 1 (901)' },
      { to: [ben.email], subject: 'Done', text: 'Look.\n\npicture 2 (902)' },
    ])
  })
  it('are one for all records where the rule allows it, and one for each action', () => {
    const batch = { batchable: true }
    const mails = mailsOf([email(0, batch), email(1, batch), email(1, { subject: 'Other' }, { action: 1 })], records, [ann])
    expect(mails).toEqual([
      { to: [ann.email], subject: 'Fertig', text: 'Look.\n\npicture 1 (901)\npicture 2 (902)' },
      { to: [ann.email], subject: 'Other', text: 'Look.\n\npicture 2 (902)' },
    ])
  })
  it('are brought together when they would become too many, and list so many records only', () => {
    const many = Array.from({ length: 600 }, (_, i) => record(i))
    const mails = mailsOf(
      many.map((_, i) => email(i)),
      many,
      [ann],
    )
    expect(mails).toHaveLength(1)
    expect(mails[0]?.text.split('\n')).toHaveLength(2 + 100 + 1)
    expect(mails[0]?.text.endsWith('… 500')).toBe(true)
  })
  it('need no texts, keep to one line in the subject, and name a record that was not stored by its type', () => {
    const unsaved = { ...record(1), systemId: null, objectId: null }
    expect(mailsOf([email(0, { subject: 'a\r\nBcc: x@y.example', message: null })], [unsaved], [ann])).toEqual([
      { to: [ann.email], subject: 'a Bcc: x@y.example', text: 'picture' },
    ])
    expect(mailsOf([email(0, { subject: undefined })], records, [ann])[0]?.subject).toBe('Records')
  })
  it('go to nobody where nobody is named', () => {
    expect(mailsOf([email(0, { recipients: null })], records, [ann])).toEqual([])
    expect(namedRecipients([email(0), email(0, { recipients: undefined })])).toEqual({ users: [1], groups: [3] })
  })
})

describe('messages to webhooks', () => {
  it('name all records that an action was for, without showing them', () => {
    const info = { name: 'shop', callback: 'after_commit_async', colour: 'red' }
    const call = (of: number): FollowUp => ({ kind: 'webhook', record: of, ruleId: 7, action: 2, info })
    expect(messagesOf([call(0), email(0), call(1)], [record(1), { ...record(2), operation: 'DELETE', after: null }])).toEqual([
      {
        webhook: 'shop',
        payload: {
          info: { ...info, transition_id: 7 },
          objects: [
            {
              ...{ _objecttype: 'picture', _operation: 'UPDATE', _system_object_id: 901, _uuid: 'uuid-1', _tags: [{ _id: 5 }] },
              picture: { _id: 1, _version: 2, _pool: { pool: { _id: 3 } } },
            },
            { _objecttype: 'picture', _operation: 'DELETE', _system_object_id: 902, _uuid: 'uuid-2', picture: { _id: 2, _version: 2 } },
          ],
        },
      },
    ])
  })
})
