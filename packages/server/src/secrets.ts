/**
 * Secrets made on first start and kept in the data folder with mode 0600. A file appears whole or not at all, and the
 * first of two servers that start together wins: the other reads what it made.
 */
import { randomBytes } from 'node:crypto'
import { chmod, link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'

export interface Secret {
  readonly value: string
  /** True when this very call made it: the moment to tell somebody. */
  readonly made: boolean
  readonly file: string
}

export async function keptSecret(folder: string, name: string, make: () => string = () => randomBytes(24).toString('base64url')): Promise<Secret> {
  const file = path.join(folder, name)
  const known = await readSecret(file)
  if (known !== undefined) return { value: known, made: false, file }
  await mkdir(folder, { recursive: true })
  const draft = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`
  const value = make()
  await writeFile(draft, `${value}\n`, { mode: 0o600, flag: 'wx', flush: true })
  await chmod(draft, 0o600)
  try {
    await link(draft, file)
    return { value, made: true, file }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    const winner = await readSecret(file)
    if (winner === undefined) throw new Error(`${file} appeared and vanished again while the server was starting`, { cause: error })
    return { value: winner, made: false, file }
  } finally {
    await rm(draft, { force: true })
  }
}

async function readSecret(file: string): Promise<string | undefined> {
  try {
    const text = (await readFile(file, 'utf8')).trim()
    if (!text) throw new Error(`${file} is empty; remove it to have a new secret made`)
    return text
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
