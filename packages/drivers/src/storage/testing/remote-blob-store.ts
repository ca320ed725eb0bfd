/**
 * What every store that is spoken to over HTTP has to do when its server misbehaves. The tests speak to a real server through one that
 * breaks only the requests they are about, and look at the real one afterwards.
 */
import { randomUUID } from 'node:crypto'
import { request as ask } from 'node:http'
import type { BlobStore } from '@vitrine/domain/ports/blob-store'
import { afterEach, beforeEach, describe, expect, onTestFinished, vi } from 'vitest'
import { PATIENCE, type Patience } from '../http.ts'
import { faultyServer, passTo, type Answer, type FaultyServer } from './faulty-server.ts'
import { remoteReadingConformance } from './remote-blob-store-reading.ts'
import { remoteWritingConformance } from './remote-blob-store-writing.ts'

/** What a request is for; null for everything else. */
export type Purpose = 'enter' | 'write' | 'part' | 'show' | 'look' | 'read' | 'remove' | 'list' | null

export interface RemoteStoreUnderTest {
  /** The real server, `http://host:port`. */
  readonly origin: string
  /** A store in a place that exists, spoken to at this address. */
  open(origin: string, prefix: string, patience: Patience): BlobStore
  /** More than goes in one request, and that of few parts. */
  readonly largeBytes: number
  purpose(method: string, url: URL): Purpose
  /** The status with which a written object is confirmed. */
  readonly written: number
  /** A listing that says it goes on and on, but lists the same. */
  readonly sameAgain: string
  /** Connections in use. */
  busy(): number
  close?(): Promise<void>
}

export interface RemoteBench {
  readonly test: RemoteStoreUnderTest
  /** Requests of these purposes are answered so, everything else is asked of the real server. */
  between(answers: Partial<Record<NonNullable<Purpose>, Answer>>, patience?: Patience): Promise<Between>
  /** Everything is answered so, once one has been let in. */
  answering(answer: Answer, patience?: Patience): Promise<Between>
}

export interface Between {
  readonly store: BlobStore
  /** The same place without anybody in between. */
  readonly real: BlobStore
  readonly server: FaultyServer
  /** How often something was asked for. */
  asked(purpose: Purpose): number
}

/** For what passes in the end, on however slow a machine. */
export const PATIENT: Patience = { ...PATIENCE, tries: 3, firstPauseMs: 1 }
/** For what would never pass. */
export const IMPATIENT: Patience = { stallMs: 100, requestMs: 20_000, tries: 2, firstPauseMs: 1 }

/** What was asked is done, and nobody is told. */
export function loseAnswers(origin: string): Answer {
  const { hostname, port } = new URL(origin)
  return (request, response) => {
    const onward = ask({ hostname, port, method: request.method, path: request.url, headers: request.headers, agent: false }, (answer) => {
      answer.resume().on('close', () => response.destroy())
    })
    onward.on('error', () => response.destroy())
    request.pipe(onward)
  }
}

export function remoteStoreConformance(kind: string, make: () => Promise<RemoteStoreUnderTest>): void {
  let test: RemoteStoreUnderTest
  const purposeOf = (method: string, path: string) => test.purpose(method, new URL(path, 'http://host'))

  async function start(answer: Answer, patience: Patience): Promise<Between> {
    const server = await faultyServer(answer)
    onTestFinished(() => server.close())
    const prefix = `${randomUUID()}/`
    const asked = (purpose: Purpose) => server.seen.filter(({ method, path }) => purposeOf(method, path) === purpose).length
    return { store: test.open(server.url, prefix, patience), real: test.open(test.origin, prefix, PATIENT), server, asked }
  }
  const bench: RemoteBench = {
    get test() {
      return test
    },
    answering(answer, patience = IMPATIENT) {
      const real = passTo(test.origin)
      return start(
        (request, response) => (purposeOf(request.method ?? '', request.url ?? '') === 'enter' ? real : answer)(request, response),
        patience,
      )
    },
    between(answers, patience = PATIENT) {
      const real = passTo(test.origin)
      const answer: Answer = (request, response) => {
        const purpose = purposeOf(request.method ?? '', request.url ?? '')
        return ((purpose && answers[purpose]) ?? real)(request, response)
      }
      return start(answer, patience)
    },
  }

  describe(`${kind} over a network that fails`, () => {
    const prints = (['log', 'info', 'warn', 'error', 'debug'] as const).map((name) => vi.spyOn(console, name))
    beforeEach(async () => {
      test ??= await make()
      for (const print of prints) print.mockClear()
    })
    afterEach(async () => {
      for (const print of prints) expect(print).not.toHaveBeenCalled()
      await vi.waitUntil(() => test.busy() === 0, { timeout: 30_000, interval: 20 })
    })

    remoteWritingConformance(bench)
    remoteReadingConformance(bench)
  })
}
