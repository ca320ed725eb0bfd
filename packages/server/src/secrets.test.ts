import { mkdtemp, readdir, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { keptSecret } from './secrets.ts'

const folder = () => mkdtemp(path.join(tmpdir(), 'vitrine-secrets-'))

describe('keptSecret', () => {
  it('makes a secret once, readable by its owner alone, and keeps it', async () => {
    const dir = await folder()
    const first = await keptSecret(dir, 'key')
    const second = await keptSecret(dir, 'key')
    expect([first.made, second.made, second.value]).toEqual([true, false, first.value])
    expect((await stat(first.file)).mode & 0o777).toBe(0o600)
  })

  it('agrees on one secret when several servers start together', async () => {
    const dir = await folder()
    const all = await Promise.all(Array.from({ length: 8 }, () => keptSecret(dir, 'key')))
    expect(new Set(all.map((s) => s.value)).size).toBe(1)
    expect(all.filter((s) => s.made)).toHaveLength(1)
    expect(await readdir(dir)).toEqual(['key'])
  })

  it('refuses an empty file instead of working with an empty secret', async () => {
    const dir = await folder()
    await writeFile(path.join(dir, 'key'), '\n')
    await expect(keptSecret(dir, 'key')).rejects.toThrow(/is empty/)
  })
})
