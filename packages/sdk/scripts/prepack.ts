/** Before packing: builds dist/ with the workspace's compiler and shows the tarball's face of package.json. */
import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import path from 'node:path'
import { publishManifest, restoreManifest } from './manifest.ts'

const root = path.join(import.meta.dirname, '..')
await restoreManifest()
rmSync(path.join(root, 'dist'), { recursive: true, force: true })
execFileSync('tsc', ['-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' })
await publishManifest()
