/**
 * Starts the server: `start.ts`, with what node compiled of it and of its libraries kept between starts, which halves the time of
 * a start. The cache lies with the installed packages, where only those who may change the code can write; where it cannot be
 * written node goes on without.
 */
import { enableCompileCache } from 'node:module'
import path from 'node:path'

enableCompileCache(path.resolve(import.meta.dirname, '../../../node_modules/.cache/node-compile'))
const { run } = await import('./start.ts')
await run(process.env, process.argv)
