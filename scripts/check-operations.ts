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

const kebab = (id: string) => id.replaceAll(/[A-Z]|\d+/g, (part) => `-${part.toLowerCase()}`)
const problems: string[] = []

function check(operations: readonly OperationEntry[], folder: string): void {
  for (const { id, tag, right } of operations) {
    const file = path.join(folder, tag, `${kebab(id)}.ts`)
    if (!existsSync(path.join(ROOT, file))) problems.push(`${id} has no route file ${file}`)
    else if (!new RegExp(`export (const|function|async function) ${id}\\b`).test(readFileSync(path.join(ROOT, file), 'utf8'))) problems.push(`${file} does not export ${id}`)
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
