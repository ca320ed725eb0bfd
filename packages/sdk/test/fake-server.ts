/** A server made of answers: each request takes the next one, and is remembered with its body. */
import { createVitrine, type Vitrine, type VitrineOptions } from '../src/index.ts'

export interface Seen {
  readonly method: string
  readonly path: string
  readonly query: Record<string, string>
  readonly body: string
  readonly authorization: string | null
}
export type Reply = Response | Error | ((seen: Seen, request: Request) => Response | Promise<Response>)

export const json = (body: unknown, status = 200, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } })

export const failure = (code: string, status: number, parameters: object = {}, headers: Record<string, string> = {}): Response =>
  json(
    {
      code,
      error: `${code} happened`,
      package: 'p',
      parameters: { realm: 'api', statuscode: status, ...parameters },
      realm: 'api',
      statuscode: status,
    },
    status,
    headers,
  )

export const tokens = (access: string, refresh?: string, expiresIn = 3600): Response =>
  json({ access_token: access, token_type: 'bearer', expires_in: expiresIn, ...(refresh ? { refresh_token: refresh } : {}) })

export interface Fake {
  readonly sdk: Vitrine
  readonly seen: Seen[]
  readonly slept: number[]
  /** Milliseconds since 1970 that the client believes in. */
  clock: number
}

export function fake(
  replies: Reply[] | ((seen: Seen, request: Request) => Response | Promise<Response>),
  options: Partial<VitrineOptions> = {},
): Fake {
  const seen: Seen[] = []
  const slept: number[] = []
  const state: { clock: number } = { clock: 1_000_000 }
  const fetch = async (request: Request): Promise<Response> => {
    const url = new URL(request.url)
    const entry: Seen = {
      method: request.method,
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      body: await request.text(),
      authorization: request.headers.get('authorization'),
    }
    seen.push(entry)
    const reply = typeof replies === 'function' ? replies : replies.shift()
    if (reply === undefined) throw new Error(`no answer is left for ${entry.method} ${entry.path}`)
    if (reply instanceof Error) throw reply
    return typeof reply === 'function' ? reply(entry, request) : reply
  }
  const sdk = createVitrine({
    baseUrl: 'http://museum.example/',
    fetch,
    retry: { random: () => 1, now: () => state.clock, sleep: async (ms) => void slept.push(ms) },
    ...options,
  })
  return Object.assign(state, { sdk, seen, slept })
}
