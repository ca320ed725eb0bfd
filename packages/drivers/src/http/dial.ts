/** Opens the connection to one address that has been checked. The name is only told to the other side of TLS. */
import { connect as connectPlain, isIP, type Socket } from 'node:net'
import { connect as connectSecure } from 'node:tls'

export interface Dialled {
  readonly address: string
  readonly port: number
  /** Name or address the certificate has to be for; null without TLS. */
  readonly secureFor: string | null
}

/** A seam for tests: whatever is dialled goes through here, and nothing else is. */
export type Dial = (to: Dialled, signal: AbortSignal) => Promise<Socket>

export const dial: Dial = ({ address, port, secureFor }, signal) =>
  new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const tls = { ALPNProtocols: ['http/1.1'], ...(secureFor !== null && isIP(secureFor) === 0 ? { servername: secureFor } : {}) }
    const socket = secureFor === null ? connectPlain({ host: address, port }) : connectSecure({ host: address, port, ...tls })
    const abort = () => socket.destroy(signal.reason instanceof Error ? signal.reason : new Error('aborted'))
    const settle = () => {
      signal.removeEventListener('abort', abort)
      socket.off('error', failed)
    }
    const failed = (error: Error) => (settle(), socket.destroy(), reject(error))
    signal.addEventListener('abort', abort, { once: true })
    socket.once('error', failed)
    socket.once(secureFor === null ? 'connect' : 'secureConnect', () => (settle(), resolve(socket)))
  })
