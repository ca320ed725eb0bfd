/** The two faces of package.json: sources inside the workspace, the build inside the tarball. npm packs the file as it lies there. */
import { existsSync } from 'node:fs'
import { readFile, rename, writeFile } from 'node:fs/promises'
import path from 'node:path'

const manifest = path.join(import.meta.dirname, '../package.json')
const aside = path.join(import.meta.dirname, '../package.workspace.json.log')

/** Puts the workspace's file back; also after a packing that was broken off. */
export async function restoreManifest(): Promise<void> {
  if (existsSync(aside)) await rename(aside, manifest)
}

export async function publishManifest(): Promise<void> {
  const text = await readFile(manifest, 'utf8')
  const { publishConfig, scripts: _scripts, devDependencies: _dev, ...rest } = JSON.parse(text) as Record<string, Record<string, unknown>>
  if (!publishConfig?.['exports']) throw new Error('package.json: publishConfig.exports is missing')
  await writeFile(aside, text)
  await writeFile(
    manifest,
    JSON.stringify({ ...rest, exports: publishConfig['exports'], publishConfig: { access: publishConfig['access'] } }, null, 2),
  )
}
