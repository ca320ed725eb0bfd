/**
 * How long a request may take to arrive. Most have to be here after a while, whole. One that brings files may take any time, as
 * long as something of it keeps coming.
 */
import type { IncomingMessage, Server } from 'node:http'

/** Requests that bring files, and whose bodies are stored while they arrive. */
export const isFileUpload = (path: string): boolean => /^\/api\/v1\/eas\/(put|tus)(\/|$)/.test(path)

const late = () => Object.assign(new Error('the request did not arrive in time'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' })

export function watchArrival(server: Server, { requestTimeoutMs }: { readonly requestTimeoutMs: number }): void {
  server.prependListener('request', (request: IncomingMessage) => {
    if (request.complete) return
    const { socket } = request
    let timer = setTimeout(expired, requestTimeoutMs)
    let read = socket.bytesRead
    function expired(): void {
      const isMoving = isFileUpload(request.url?.split('?', 1)[0] ?? '') && socket.bytesRead > read
      read = socket.bytesRead
      if (request.complete || request.destroyed) return
      if (isMoving) timer = setTimeout(expired, requestTimeoutMs)
      // A body that is not read for a while is waited for by the server, not by the client.
      else if (request.isPaused()) timer = setTimeout(expired, requestTimeoutMs)
      else server.emit('clientError', late(), socket)
    }
    const settle = () => clearTimeout(timer)
    request.once('end', settle)
    request.once('close', settle)
  })
}
