/**
 * What is made of files: classes of files by extension, and the versions that files of a class get. The configuration of an instance
 * lies over the built-in one, and each file may differ from both.
 */
import type { StoredFile } from '../files/file.ts'
import type { FileClass, FileClasses } from '../files/file-classes.ts'

/** Parameters of a recipe, under the names that people configure them by. */
export type RecipeParams = Readonly<Record<string, unknown>>

export interface VersionConfig {
  readonly name: string
  /** `<cookbook>:<recipe>`. */
  readonly recipe: string
  readonly params: RecipeParams
  /** Extensions of originals that get it; null for all of the class. */
  readonly extensions: ReadonlySet<string> | null
  /** Version that it is made from, instead of the original. */
  readonly sourceVersion: string | null
  /** The one that stands for the file. */
  readonly standard: boolean
  /** Whether rights on versions decide about it; otherwise whoever may read the record may have it. */
  readonly managed: boolean
  readonly watermark: boolean
  readonly group: 'thumbnail' | 'preview' | 'huge' | null
}

export interface ClassConfig extends FileClass {
  readonly versions: readonly VersionConfig[]
}

export interface ProduceConfig extends FileClasses {
  readonly classes: readonly ClassConfig[]
}

const version = (name: string, recipe: string, params: RecipeParams, more: Partial<VersionConfig> = {}): VersionConfig => ({
  name,
  recipe,
  params,
  extensions: null,
  sourceVersion: null,
  standard: false,
  managed: true,
  watermark: false,
  group: null,
  ...more,
})

/** Pictures in the sizes that pages need. Small ones are made from larger ones, which costs a fraction. */
const pictures = (recipe: string): readonly VersionConfig[] => [
  version('huge', recipe, { format: 'jpg', size: 2000, quality: 85 }, { group: 'huge' }),
  version('preview', recipe, { format: 'jpg', size: 1000, quality: 80 }, { group: 'preview', standard: true, sourceVersion: 'huge' }),
  version('small', recipe, { format: 'jpg', size: 250, quality: 75 }, { group: 'thumbnail', managed: false, sourceVersion: 'preview' }),
]

const names = (text: string) => new Set(text.split(' '))

export const BUILT_IN_CONFIG: ProduceConfig = {
  classes: [
    {
      name: 'image',
      extensions: names('jpg jpeg jpe jfif png gif webp avif tif tiff bmp heic heif jp2 j2k psd psb svg ico dng cr2 cr3 nef arw raf orf rw2'),
      maxBytes: null,
      versions: pictures('imageconverter:browserthumbs'),
    },
    {
      name: 'audio',
      extensions: names('mp3 wav flac ogg oga opus aac m4a aif aiff wma mka amr'),
      maxBytes: null,
      versions: [],
    },
    {
      name: 'video',
      extensions: names('mp4 m4v mov avi mkv webm mpg mpeg mts m2ts wmv flv ogv 3gp mxf vob'),
      maxBytes: null,
      versions: pictures('videoconverter:thumbnail'),
    },
    {
      name: 'office',
      extensions: names(
        'pdf ai eps doc docx dot dotx odt ott rtf xls xlsx xlsm ods ots csv tsv ppt pptx pps ppsx odp otp pages numbers key txt md epub xml json',
      ),
      maxBytes: null,
      versions: pictures('officeconverter:browserthumbs').map((entry) => ({ ...entry, extensions: names('pdf ai') })),
    },
  ],
  allowUnknown: true,
  maxBytes: null,
}

/** Of images that can be opened here, whatever an instance makes of them. */
export const IMAGE_EXTENSIONS: readonly string[] = [...(BUILT_IN_CONFIG.classes.find(({ name }) => name === 'image')?.extensions ?? [])]

/** Whether rights on versions decide about a file: always, but for versions that the configuration leaves open. */
export function managedBy({ classes }: ProduceConfig): (file: Pick<StoredFile, 'kind' | 'versionName'>) => boolean {
  const open = new Set(classes.flatMap(({ versions }) => versions.filter(({ managed }) => !managed).map(({ name }) => name)))
  return ({ kind, versionName }) => kind !== 'rendition' || versionName === null || !open.has(versionName)
}
