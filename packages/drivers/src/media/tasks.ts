/** What the server and a worker process say to each other. */
import type { ImageRecipe, MediaTrouble } from '@vitrine/domain/ports/media'
import type { Kind, PictureKind } from './kinds.ts'
import type { MediaLimits } from './limits.ts'

export type Task =
  | { readonly do: 'detect'; readonly head: Uint8Array }
  | { readonly do: 'read'; readonly kind: Kind; readonly path: string; readonly limits: MediaLimits }
  | {
      readonly do: 'image'
      readonly kind: PictureKind
      readonly path: string
      readonly recipe: ImageRecipe
      readonly target: string
      /** Written by `levels`. */
      readonly leveled: boolean
      readonly limits: MediaLimits
    }
  | { readonly do: 'levels'; readonly kind: PictureKind; readonly path: string; readonly target: string; readonly limits: MediaLimits }

export type Answer =
  | { readonly ok: true; readonly value: unknown }
  /** Without `trouble` the fault is not the file's: a disk that is full, a source that has gone. */
  | { readonly ok: false; readonly trouble?: MediaTrouble; readonly message: string }
