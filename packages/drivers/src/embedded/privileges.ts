/**
 * PostgreSQL refuses to run as root. When the server does, the database runs as an unprivileged user of the system, and both
 * its binaries and its folder have to be within that user's reach.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

export interface Identity {
  readonly uid?: number
  readonly gid?: number
}

const CANDIDATES = ['postgres', 'nobody']

/**
 * Empty for an ordinary user: the database then runs as the same one. Otherwise the owner of the database if there is one
 * already, so that a user who is added to the system later does not lock it out.
 */
export function databaseIdentity(owner?: Identity): Identity {
  if (process.getuid?.() !== 0) return {}
  const identity = owner?.uid ? owner : unprivilegedUser()
  // A container may take from root the right to become somebody else.
  const { error } = spawnSync('/bin/sh', ['-c', ':'], { ...identity, cwd: '/' })
  if (error)
    throw new Error(
      `PostgreSQL does not run as root, and this process may not change to user ${identity.uid} (${error.message}); start the server as an ordinary user or set VITRINE_DATABASE_URL`,
    )
  return identity
}

function unprivilegedUser(): Identity {
  const users = new Map(
    readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .map((line) => line.split(':'))
      .map(([name, , uid, gid]) => [name, { uid: Number(uid), gid: Number(gid) }]),
  )
  for (const name of CANDIDATES) {
    const found = users.get(name)
    if (found && found.uid > 0) return found
  }
  throw new Error(
    `PostgreSQL does not run as root, and /etc/passwd has none of the users ${CANDIDATES.join(', ')}; start the server as an ordinary user or set VITRINE_DATABASE_URL`,
  )
}

export const mayExecute = (file: string, identity: Identity): boolean =>
  spawnSync(file, ['--version'], { ...identity, cwd: '/', stdio: 'ignore' }).status === 0

/** Whether that user may pass through a folder. */
export const mayEnter = (folder: string, identity: Identity): boolean =>
  identity.uid === undefined || spawnSync('test', ['-x', folder], { ...identity, cwd: '/' }).status === 0
