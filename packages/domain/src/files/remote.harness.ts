/** Another server for tests, as the client sees it: what it answers to each request, and what it was asked. */
import { FetchFailure, type FetchAnswer, type FetchRequest, type HttpFetch } from '../ports/http-fetch.ts'

export interface Told {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly url?: string
  /** What comes; a failure among it ends it. */
  readonly body?: readonly (Uint8Array | FetchFailure)[]
}

export interface RemoteServer {
  readonly http: HttpFetch
  readonly asked: FetchRequest[]
  /** Answers whose connection was let go without being read. */
  readonly discarded: FetchAnswer[]
}

export function remoteServer(answers: Partial<Record<'HEAD' | 'GET' | 'place', Told | FetchFailure>>): RemoteServer {
  const asked: FetchRequest[] = []
  const discarded: FetchAnswer[] = []
  const fetch = async (request: FetchRequest): Promise<FetchAnswer> => {
    asked.push(request)
    const told = answers[request.method === 'HEAD' ? 'HEAD' : 'GET'] ?? { status: 404 }
    if (told instanceof FetchFailure) throw told
    const answer: FetchAnswer = {
      url: told.url ?? request.url,
      status: told.status ?? 200,
      headers: told.headers ?? {},
      body: bodyOf(told.body ?? []),
      discard: () => void discarded.push(answer),
    }
    return answer
  }
  const checkPlace = async () => {
    if (answers.place instanceof FetchFailure) throw answers.place
  }
  return { http: { fetch, check: () => undefined, checkPlace }, asked, discarded }
}

async function* bodyOf(parts: readonly (Uint8Array | FetchFailure)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) {
    if (part instanceof FetchFailure) throw part
    yield part
  }
}
