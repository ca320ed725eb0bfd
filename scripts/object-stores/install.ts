/**
 * Programs are put into a folder of their own, never into the system: nothing there is changed or started, and no special rights
 * are needed. Whatever is installed appears at once and complete, or not at all.
 */
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { CannotInstall } from './service.ts'

const INSTALL_MS = 10 * 60_000
const run = promisify(execFile)

/** Makes the folder by filling another one first; a failure says that this cannot be had here, and why. */
async function installed(folder: string, what: string, fill: (draft: string) => Promise<void>): Promise<void> {
  if (existsSync(folder)) return
  console.error(`services: installing ${what} into ${folder}`)
  const draft = mkdtempSync(`${folder}.draft-`)
  try {
    await fill(draft)
    renameSync(draft, folder)
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string }
    throw new CannotInstall(`${what} cannot be installed: ${(stderr || message).trim().split('\n').slice(-5).join(' | ')}`, { cause: error })
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
}

/** Unpacks Debian packages with all they need. The lists and the lock are our own, so this disturbs no other installation and needs no root. */
export function debianPackages(folder: string, names: readonly string[]): Promise<void> {
  return installed(folder, names.join(', '), async (draft) => {
    const scratch = mkdtempSync(`${folder}.apt-`)
    try {
      for (const part of ['lists/partial', 'cache/archives/partial']) mkdirSync(path.join(scratch, part), { recursive: true })
      const apt = (...args: string[]) =>
        run(
          'apt-get',
          [
            ...['-q', '-y', '-o', `Dir::State::lists=${path.join(scratch, 'lists')}`, '-o', `Dir::Cache=${path.join(scratch, 'cache')}`],
            ...['-o', 'Debug::NoLocking=1', '-o', 'APT::Sandbox::User=root', '-o', 'Acquire::Retries=3', '-o', 'Acquire::http::Timeout=30', ...args],
          ],
          { timeout: INSTALL_MS, maxBuffer: 2 ** 26 },
        )
      await apt('update')
      await apt('install', '--download-only', '--no-install-recommends', ...names)
      const archives = path.join(scratch, 'cache', 'archives')
      for (const file of readdirSync(archives).filter((name) => name.endsWith('.deb')))
        await run('dpkg-deb', ['--extract', path.join(archives, file), draft], { timeout: INSTALL_MS })
    } finally {
      rmSync(scratch, { recursive: true, force: true })
    }
  })
}

/** Installs one npm package with all it needs; no scripts of it are run. */
export function npmPackage(folder: string, name: string): Promise<void> {
  return installed(folder, name, async (draft) => {
    const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error']
    await run('npm', ['install', '--prefix', draft, ...options, name], { cwd: draft, timeout: INSTALL_MS, maxBuffer: 2 ** 26 })
  })
}
