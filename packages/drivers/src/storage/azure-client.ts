/**
 * The client of Azure's blob store, which makes and signs the requests, over our own way of sending them: with limits on time and
 * size, failures in the words of the port, no redirects and no repetitions of its own. It is large, so it is loaded when first needed.
 */
import type { IncomingMessage } from 'node:http'
import type { ContainerClient, StoragePipelineOptions } from '@azure/storage-blob'
import { BlobFailure, type BlobStoreSettings, type BlobTrouble } from '@vitrine/domain/ports/blob-store'
import { announcedBytes, contentOf, exchange, orLetGo, networkFailure, statusFailure, type Agents, type Patience } from './http.ts'
import { retrying, withinTime } from './patience.ts'

export type AzureSettings = Extract<BlobStoreSettings, { readonly kind: 'azure' }>

/** Listings of 5000 blobs with all that is told of each. */
const ANSWER_BYTES = 64 * 1024 * 1024
const PROBLEM_BYTES = 64 * 1024

/** What codes mean where that is not what their status means. */
const TROUBLES: Readonly<Record<string, BlobTrouble>> = {
  ContainerNotFound: 'misconfigured',
  ContainerDisabled: 'misconfigured',
  Md5Mismatch: 'corrupt',
  Crc64Mismatch: 'corrupt',
  // Blocks that were taken are not there any more.
  InvalidBlockList: 'corrupt',
  BlobArchived: 'denied',
  BlobImmutableDueToPolicy: 'denied',
}

export interface AzureAskOptions {
  readonly signal?: AbortSignal | undefined
  readonly patience?: Patience
}

export class AzureConnection {
  readonly #settings: AzureSettings
  readonly #agents: Agents
  readonly #patience: Patience
  #client: Promise<ContainerClient> | null = null

  constructor(settings: AzureSettings, agents: Agents, patience: Patience) {
    this.#settings = settings
    this.#agents = agents
    this.#patience = patience
  }

  /** Asks as often as is useful, so `work` is something that may be done twice. It hands on the signal with each of its calls. */
  ask<T>(
    work: (client: ContainerClient, signal: AbortSignal) => Promise<T>,
    { signal, patience = this.#patience }: AzureAskOptions = {},
  ): Promise<T> {
    const once = () =>
      withinTime(patience.requestMs, signal, async (inTime) => {
        try {
          this.#client ??= this.#open()
          return await work(await this.#client, inTime)
        } catch (error) {
          throw networkFailure(error)
        }
      })
    return retrying(once, { tries: patience.tries, firstPauseMs: patience.firstPauseMs, signal })
  }

  async #open(): Promise<ContainerClient> {
    const { BlobServiceClient, StorageSharedKeyCredential } = await import('@azure/storage-blob')
    const options: StoragePipelineOptions = { httpClient: this.#httpClient(), retryOptions: { maxTries: 1 } }
    const settings = this.#settings
    try {
      const service =
        'connection_string' in settings
          ? BlobServiceClient.fromConnectionString(settings.connection_string, options)
          : new BlobServiceClient(
              `https://${settings.account_name}.blob.${settings.endpoint_suffix}`,
              new StorageSharedKeyCredential(settings.account_name, settings.account_key),
              options,
            )
      return service.getContainerClient(settings.container)
    } catch (error) {
      // Nothing has been asked yet; and what is wrong with a secret must not be told with the secret.
      throw new BlobFailure('misconfigured', 'the connection string or the name of the account makes no sense', error)
    }
  }

  #httpClient(): NonNullable<StoragePipelineOptions['httpClient']> {
    type Client = NonNullable<StoragePipelineOptions['httpClient']>
    type Request = Parameters<Client['sendRequest']>[0]
    type Response = Awaited<ReturnType<Client['sendRequest']>>
    const sendRequest = async (request: Request): Promise<Response> => {
      const message = await this.#send(request, (request.streamResponseStatusCodes?.size ?? 0) > 0)
      const status = message.statusCode ?? 0
      if (status < 200 || status >= 300) throw await refusal(message)
      // The client asks for nothing else of these than this.
      const headers = { toJson: () => message.headers } as unknown as Response['headers']
      if (request.streamResponseStatusCodes?.has(status)) {
        orLetGo(message, () => announcedBytes(message))
        return { request, status, headers, readableStreamBody: message }
      }
      return { request, status, headers, bodyAsText: (await contentOf(message, ANSWER_BYTES)).toString() }
    }
    return { sendRequest }
  }

  #send({ url: address, method, headers, body, abortSignal }: SentRequest, streams: boolean): Promise<IncomingMessage> {
    const url = new URL(address)
    const call = { secure: url.protocol === 'https:', hostname: url.hostname, port: Number(url.port), path: url.pathname + url.search }
    const connection = { agents: this.#agents, stallMs: this.#patience.stallMs, streams, signal: abortSignal as AbortSignal }
    return exchange({ ...call, method, headers: headers.toJson({ preserveCase: true }), body: body as Uint8Array | string | undefined }, connection)
  }
}

/** The part of a request that is sent; bodies are in one piece, because we give the client such. */
interface SentRequest {
  readonly url: string
  readonly method: string
  readonly headers: { toJson(options: { readonly preserveCase: boolean }): Record<string, string> }
  readonly body?: unknown
  readonly abortSignal?: unknown
}

async function refusal(message: IncomingMessage): Promise<BlobFailure> {
  const status = message.statusCode ?? 0
  const text = (await contentOf(message, PROBLEM_BYTES)).toString()
  const code = String(message.headers['x-ms-error-code'] ?? /<Code>([\w.]{1,100})<\/Code>/.exec(text)?.[1] ?? '')
  const known = TROUBLES[code]
  return known ? new BlobFailure(known, `the store answers ${status} (${code})`) : statusFailure(status, code)
}
