/** Asks another server about a file before it is registered: whether it is there, what it is called, its type and its length. */
import { DomainError, fail } from '../errors.ts'
import { FetchFailure, type FetchAnswer, type HttpFetch } from '../ports/http-fetch.ts'
import type { ImportPorts, RemoteFacts } from './imports.ts'
import { lengthOf, mimeTypeOf } from './remote-headers.ts'
import { remoteName } from './remote-name.ts'

type Probe = ImportPorts['probe']
type Wish = Parameters<Probe>[0]

const TIMEOUT_MS = 20_000
const MOST_REDIRECTS = 5

export const remoteProbe =
  (http: HttpFetch): Probe =>
  async (wish, signal) => {
    demandUrl(wish.url)
    return wish.skipHeadRequest ? unasked(http, wish, signal) : asked(http, wish, signal)
  }

/** Nothing is sent, but a place that nothing will ever be fetched from is refused right away. */
async function unasked(http: HttpFetch, { url, filename }: Wish, signal: AbortSignal): Promise<RemoteFacts> {
  if (filename === '') fail('SkipHeadRequestError', { url })
  const name = remoteName({ wanted: filename, contentDisposition: null, contentType: null, urls: [] })
  try {
    await http.checkPlace({ url, timeoutMs: TIMEOUT_MS, signal })
  } catch (error) {
    const isMatter = !(error instanceof FetchFailure) || error.trouble === 'refused' || error.trouble === 'aborted'
    if (isMatter) throw told(error, url)
  }
  return { filename: name, mimeType: null, sizeBytes: null }
}

async function asked(http: HttpFetch, { url, filename, leave }: Wish, signal: AbortSignal): Promise<RemoteFacts> {
  const { headers, url: from } = await answerTo(http, url, signal)
  const sizeBytes = lengthOf(headers)
  if (sizeBytes === 0 || (leave && sizeBytes === null)) fail('EasRputErrorContentLength', { url, contentlength: sizeBytes ?? -1 })
  const contentType = headers['content-type'] ?? null
  const contentDisposition = headers['content-disposition'] ?? null
  return {
    filename: remoteName({ wanted: filename, contentDisposition, contentType, urls: [url, from] }),
    mimeType: mimeTypeOf(contentType),
    sizeBytes,
  }
}

/** Some servers know no HEAD, or answer it differently: then GET is asked, and its body left alone. */
async function answerTo(http: HttpFetch, url: string, signal: AbortSignal): Promise<FetchAnswer> {
  const ask = async (method: 'HEAD' | 'GET') => {
    try {
      const answer = await http.fetch({ url, method, maxRedirects: MOST_REDIRECTS, timeoutMs: TIMEOUT_MS, signal })
      answer.discard()
      return answer
    } catch (error) {
      throw told(error, url)
    }
  }
  const first = await ask('HEAD')
  if (first.status === 200) return first
  const second = await ask('GET')
  return isSuccess(second.status) ? second : fail('EasRputError', { url, msg: `the server there answered ${second.status}` })
}

const isSuccess = (status: number) => status >= 200 && status < 300

function demandUrl(url: string): void {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) fail('EasInvalidURL', { url })
}

/** What went wrong as the caller may know it: the messages of the client name the place that was asked for, and no address. */
function told(error: unknown, url: string): unknown {
  if (!(error instanceof FetchFailure) || error.trouble === 'aborted') return error
  return new DomainError('EasRputError', { url, msg: error.message }, { cause: error })
}
