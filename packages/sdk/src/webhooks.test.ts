import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { verifyWebhook } from './index.ts'

const secret = 'a secret of sixteen or more'
const body = '{"event":{"info":"Zürich \u{1F3DB}"}}'
const now = new Date('2026-03-01T12:00:00Z')
const signed = (seconds: number, text = body, key = secret) =>
  `t=${seconds},v1=${createHmac('sha256', key).update(`${seconds}.${text}`).digest('hex')}`
const at = now.getTime() / 1000
const verify = (signature: string | null, more: object = {}) => verifyWebhook({ body, signature, secret, now, ...more })

describe('a message of a webhook', () => {
  it('is genuine when it was signed with the secret a short while ago, as text and as bytes', async () => {
    expect(await verify(signed(at))).toBe(true)
    expect(await verify(signed(at - 299), { body: new TextEncoder().encode(body) })).toBe(true)
    expect(await verify(signed(at + 200))).toBe(true)
  })

  it('is not when anything was changed', async () => {
    expect(await verify(signed(at), { body: `${body} ` })).toBe(false)
    expect(await verify(signed(at, body, 'another secret of that length'))).toBe(false)
    expect(await verify(signed(at).replace(`t=${at}`, `t=${at + 1}`))).toBe(false)
    expect(await verify(signed(at), { secret: '' })).toBe(false)
  })

  it('is not when it is old, unless the receiver allows for that', async () => {
    expect(await verify(signed(at - 301))).toBe(false)
    expect(await verify(signed(at - 301), { toleranceSeconds: 400 })).toBe(true)
  })

  it.each([null, '', 't=1', `v1=${'0'.repeat(64)}`, `t=x,v1=${'0'.repeat(64)}`, signed(at).toUpperCase(), `${signed(at)},v1=00`])(
    'is not with the signature %j',
    async (signature) => {
      expect(await verify(signature)).toBe(false)
    },
  )
})
