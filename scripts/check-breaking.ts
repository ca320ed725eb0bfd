/**
 * Compares the documents with the last released ones in openapi/released/. A breaking change passes only with a note in
 * docs/changes/unreleased/ whose front line is `major: ...`. `--release` makes the present documents the released ones.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { breakingChanges } from './breaking.ts'
import { conclude, ROOT } from './sources.ts'

const NOTES = path.join(ROOT, 'docs/changes/unreleased')
const read = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as object

function majorNote(): string | undefined {
  if (!existsSync(NOTES)) return undefined
  return readdirSync(NOTES).find((file) => /^major:/m.test(readFileSync(path.join(NOTES, file), 'utf8').split('\n', 1)[0] ?? ''))
}

const problems: string[] = []
for (const name of ['instance', 'admin']) {
  const current = path.join(ROOT, `packages/contract/src/gen/${name}/openapi.json`)
  const released = path.join(ROOT, `openapi/released/${name}.json`)
  if (process.argv.includes('--release')) writeFileSync(released, `${JSON.stringify(read(current), null, 1)}\n`)
  else for (const change of breakingChanges(read(released), read(current))) problems.push(`${name}: ${change}`)
}
const note = majorNote()
if (problems.length && note)
  console.log(`breaking changes announced in docs/changes/unreleased/${note}:\n${problems.map((p) => `  ${p}`).join('\n')}`)
conclude('breaking', note ? [] : problems)
