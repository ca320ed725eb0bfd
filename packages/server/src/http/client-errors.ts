/**
 * Failures that Node finds before there is a request: broken HTTP, headers that are too large, a request that does not
 * arrive in time. They get the same envelope as everything else, written straight to the socket.
 */
import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { DomainError } from '@vitrine/domain/errors'
import { envelopeOf } from '../middleware/errors.ts'

const PHRASES: Readonly<Record<number, string>> = { 400: 'Bad Request', 413: 'Content Too Large', 503: 'Service Unavailable' }

/** How long headers may take to arrive; bodies are watched by `arrival.ts`. Node looks for expired ones at an interval. */
export const timeouts = ({ requestTimeoutMs }: { requestTimeoutMs: number }) => ({
  requestTimeout: 0,
  headersTimeout: Math.min(60_000, requestTimeoutMs),
  connectionsCheckingInterval: Math.min(1000, Math.ceil(requestTimeoutMs / 4)),
})

export function answerClientErrors(server: Server, limits: { requestTimeoutMs: number }): void {
  server.on('clientError', (error: NodeJS.ErrnoException, stream) => {
    const socket = stream as Socket
    if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
    const envelope = envelopeOf(failureFor(error, limits))
    const body = JSON.stringify(envelope)
    const head = `HTTP/1.1 ${envelope.statuscode} ${PHRASES[envelope.statuscode] ?? 'Error'}`
    socket.end(`${head}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`)
  })
}

function failureFor(error: NodeJS.ErrnoException, limits: { requestTimeoutMs: number }): DomainError {
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') return new DomainError('RequestTimeout', { seconds: limits.requestTimeoutMs / 1000 })
  if (error.code === 'HPE_HEADER_OVERFLOW')
    return new DomainError('ServerGeneric', { msg: 'the headers of the request are too large', where: 'header', pointer: '' })
  return new DomainError('ServerGeneric', { msg: 'the request is not valid HTTP' })
}
