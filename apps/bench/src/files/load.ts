/**
 * Asks a server for the same things over and over, on connections that stay open, and does as little as possible besides: reads the
 * head of an answer, counts the bytes of its body and throws them away. A process of its own, so that what measures is the same for
 * every server that is compared. Takes a `Load` as JSON in its one argument and prints a `Loaded`.
 */
import { connect, type Socket } from 'node:net'

export interface Load {
  readonly port: number
  readonly host: string
  /** Asked for in turn; each answer has to be a 200 with a length. */
  readonly paths: readonly string[]
  readonly headers: Readonly<Record<string, string>>
  readonly connections: number
  /** Not counted. */
  readonly warmUpMs: number
  readonly forMs: number
}

export interface Loaded {
  readonly requests: number
  readonly bytes: number
  readonly seconds: number
}

const READ_BYTES = 1024 * 1024
const HEAD_END = Buffer.from('\r\n\r\n')

const load = JSON.parse(process.argv[2] ?? '') as Load
const lines = Object.entries({ host: load.host, ...load.headers }).map(([name, value]) => `${name}: ${value}\r\n`)
const requests = load.paths.map((path) => Buffer.from(`GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`))
const counted = { requests: 0, bytes: 0 }
const began = performance.now()
const counts = () => performance.now() - began >= load.warmUpMs
const goesOn = () => performance.now() - began < load.warmUpMs + load.forMs
let turn = 0

/** One request after the other; ends with the last answer. */
function ask(): Promise<void> {
  return new Promise((resolve, reject) => {
    const buffer = Buffer.allocUnsafeSlow(READ_BYTES)
    let head = Buffer.alloc(0)
    let left = -1
    const next = (socket: Socket) => {
      if (!goesOn()) return void socket.end(resolve)
      left = -1
      socket.write(requests[turn++ % requests.length] as Buffer)
    }
    const take = (socket: Socket, chunk: Buffer) => {
      let body = chunk
      if (left < 0) {
        head = Buffer.concat([head, chunk])
        const end = head.indexOf(HEAD_END)
        if (end < 0) return
        left = lengthIn(head.subarray(0, end).toString('latin1'))
        body = head.subarray(end + HEAD_END.length)
        head = Buffer.alloc(0)
      }
      left -= body.byteLength
      if (counts()) counted.bytes += body.byteLength
      if (left > 0) return
      if (counts()) counted.requests++
      next(socket)
    }
    const socket = connect({
      port: load.port,
      host: '127.0.0.1',
      noDelay: true,
      onread: {
        buffer,
        callback(size) {
          try {
            take(socket, buffer.subarray(0, size))
          } catch (error) {
            reject(error)
          }
          return true
        },
      },
    })
    socket.on('connect', () => next(socket))
    socket.on('error', reject)
    socket.on('close', () => reject(new Error('the server has closed the connection')))
  })
}

function lengthIn(head: string): number {
  const length = /^content-length: *(\d+)/im.exec(head)?.[1]
  if (!head.startsWith('HTTP/1.1 200 ') || length === undefined) throw new Error(`the server has answered\n${head}`)
  return Number(length)
}

await Promise.all(Array.from({ length: load.connections }, ask))
const result: Loaded = { ...counted, seconds: (performance.now() - began - load.warmUpMs) / 1000 }
console.log(JSON.stringify(result))
