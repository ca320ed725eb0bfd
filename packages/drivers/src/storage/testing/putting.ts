/** A process that stores objects in a folder and tells each that it has been promised, until it is killed or cannot go on. */
import { FileBlobStore } from '../file.ts'

const [, , dir = '', keyPrefix = '', sizeBytes = '0'] = process.argv
const store = new FileBlobStore({ dir, writeBytes: 10_000, syncBytes: 50_000 })

async function* body(fill: number) {
  for (let left = Number(sizeBytes); left > 0; left -= 10_000) yield Buffer.alloc(Math.min(left, 10_000), fill)
}

const lane = async (of: number) => {
  for (let n = 0; ; n++) {
    const key = `${keyPrefix}/${of}/${n}`
    try {
      const { sha256 } = await store.put(key, body(n))
      process.stdout.write(`${JSON.stringify({ key, sha256 })}\n`)
    } catch (error) {
      process.stdout.write(`${JSON.stringify({ key, trouble: (error as { trouble?: string }).trouble })}\n`)
      return
    }
  }
}
await Promise.all([0, 1, 2, 3].map(lane))
