/**
 * Every operation of the documents has its route file and its handler, carries a known right, and every error code in
 * openapi/errors is answered by some operation or is universal. Run after `generate`.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { UNIVERSAL_ERRORS, type OperationEntry } from '../packages/contract/src/operation-table.ts'
import { adminOperations } from '../packages/contract/src/admin.ts'
import { instanceOperations } from '../packages/contract/src/instance.ts'
import { conclude, ROOT } from './sources.ts'

const kebab = (id: string) => id.replaceAll(/[A-Z]/g, (part) => `-${part.toLowerCase()}`)
const problems: string[] = []

const filesOf = (folder: string) =>
  existsSync(folder)
    ? readdirSync(folder)
        .filter((f) => f.endsWith('.ts') && !f.endsWith('.test.ts'))
        .map((f) => path.join(folder, f))
    : []

function check(operations: readonly OperationEntry[], folder: string): void {
  for (const { id, tag, right } of operations) {
    const exported = new RegExp(`export (const|function|async function) ${id}\\b|\\b${id}: |, ${id}\\b`)
    // Two methods of one path that do the same may share the file of the first.
    const files = filesOf(path.join(ROOT, folder, tag))
    if (!files.some((file) => exported.test(readFileSync(file, 'utf8'))))
      problems.push(`${id} has no file ${folder}/${tag}/${kebab(id)}.ts, and no other there exports it`)
    if (!/^(public|login|passphrase|system\.[a-z_.]+(\[[a-z_]+(=[a-z]+)?\])?)$/.test(right)) problems.push(`${id} names the unknown right ${right}`)
  }
}

check(instanceOperations, 'packages/server/src/routes')
check(adminOperations, 'packages/server/src/admin-routes')
const answered = new Set([...UNIVERSAL_ERRORS, ...[...instanceOperations, ...adminOperations].flatMap((o) => o.errors)])
for (const file of readdirSync(path.join(ROOT, 'openapi/errors'))) {
  const code = path.basename(file, '.yaml')
  if (!answered.has(code)) problems.push(`openapi/errors/${file}: no operation answers ${code}`)
}
conclude('operations', problems)
