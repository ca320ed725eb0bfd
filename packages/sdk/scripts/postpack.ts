/** After packing: package.json shows the sources again. */
import { restoreManifest } from './manifest.ts'

await restoreManifest()
