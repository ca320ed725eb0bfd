/** One request of a fetch, and what a redirect makes of it. */
import { targetOf, type FetchTarget } from '@vitrine/domain/fetch/fetch-target'
import { FetchFailure, type FetchRequest } from '@vitrine/domain/ports/http-fetch'

export interface Step {
  readonly target: FetchTarget
  readonly method: NonNullable<FetchRequest['method']>
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array | undefined
}

/** How the message is framed and whom it is for is nobody else's to say. */
const OURS = new Set([
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'accept-encoding',
  'expect',
  'upgrade',
  'te',
  'trailer',
  'keep-alive',
])
/** All that may be told to somebody the caller did not name. */
const HARMLESS = new Set(['accept', 'accept-language', 'user-agent', 'range'])
const ABOUT_THE_BODY = /^content-/

export function sendable(headers: Readonly<Record<string, string>>): Record<string, string> {
  const own = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const)
  return Object.fromEntries(own.filter(([name]) => !OURS.has(name)))
}

export const isRedirect = (status: number) => [301, 302, 303, 307, 308].includes(status)

export function nextStep(step: Step, status: number, location: string): Step {
  const from = step.target.url
  if (!URL.canParse(location, from)) throw new FetchFailure('refused', 'the answer leads to something that is no address')
  const target = targetOf(redirected(location, from))
  const sameOrigin = target.url.origin === from.origin
  const keepsBody = status === 307 || status === 308 || step.method === 'GET' || step.method === 'HEAD'
  const headers = Object.entries(step.headers).filter(([name]) => (sameOrigin || HARMLESS.has(name)) && (keepsBody || !ABOUT_THE_BODY.test(name)))
  // What was meant for one receiver is not handed to another.
  if (keepsBody && step.body && !sameOrigin) throw new FetchFailure('refused', 'the answer would have the message sent to somebody else')
  return { target, method: keepsBody ? step.method : 'GET', headers: Object.fromEntries(headers), body: keepsBody ? step.body : undefined }
}

/** Absolute addresses are judged as they were written, before a parser has tidied them up. */
const redirected = (location: string, from: URL) => (/^[a-z][a-z0-9+.-]*:/i.test(location) ? location : new URL(location, from).href)
