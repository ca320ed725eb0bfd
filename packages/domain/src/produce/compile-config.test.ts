import { describe, expect, it } from 'vitest'
import { classify } from '../files/file-classes.ts'
import { compileConfig, documentOf, type ProduceDocument } from './compile-config.ts'
import { BUILT_IN_CONFIG } from './produce-config.ts'

const thumb = (more: object = {}) => ({ name: 'thumb', recipename: 'imageconverter:browserthumbs', params: { format: 'jpg', size: 100 }, ...more })
const image = (...versions: object[]) => ({ classes: { image: { versions } } }) as ProduceDocument
const classOf = (document: ProduceDocument, name: string) => compileConfig(document).config.classes.find((entry) => entry.name === name)

describe('a configuration of what is made', () => {
  it('is what is built in where it says nothing', () => {
    expect(compileConfig({})).toEqual({ config: BUILT_IN_CONFIG, warnings: [] })
  })

  it('can be written down and read again', () => {
    expect(compileConfig(documentOf(BUILT_IN_CONFIG)).config.classes).toEqual(
      BUILT_IN_CONFIG.classes.map((entry) => ({ ...entry, versions: entry.versions.map((version) => ({ ...version })) })),
    )
  })

  it('replaces of a class what it names', () => {
    const found = classOf({ classes: { image: { uploadmaxfilesize: '5m' } } }, 'image')
    expect([found?.maxBytes, found?.versions.map(({ name }) => name)]).toEqual([5 * 1024 * 1024, ['huge', 'preview', 'small']])
    const other = classOf(image(thumb({ rightsmanagement: false, standard: true, group: 'thumbnail' })), 'image')
    expect(other?.extensions.has('jpg')).toBe(true)
    expect(other?.versions).toMatchObject([
      { name: 'thumb', recipe: 'imageconverter:browserthumbs', managed: false, standard: true, extensions: null },
    ])
  })

  it.each([
    ['500', 500],
    ['500b', 500],
    ['2k', 2048],
    ['3M', 3 * 1024 ** 2],
    ['2g', 2 * 1024 ** 3],
    [700, 700],
    ['0', null],
    [0, null],
  ])('understands the size %s', (uploadmaxfilesize, bytes) => {
    expect(compileConfig({ uploadmaxfilesize }).config.maxBytes).toBe(bytes)
  })

  it('takes an extension from the class that has it otherwise', () => {
    const { config } = compileConfig({ classes: { scan: { uploadenabledextensions: ['TIF', 'scan.gz'] } }, uploadallowunknown: false })
    expect([classify(config, 'a.tif').class, classify(config, 'a.scan.gz').class, classify(config, 'a.tiff').class]).toEqual([
      'scan',
      'scan',
      'image',
    ])
    expect(config.allowUnknown).toBe(false)
  })

  it('drops what a recipe cannot read, and says so', () => {
    const { config, warnings } = compileConfig(image(thumb({ extensions: ['jpg', 'pdf'] }), thumb({ name: 'page', extensions: ['docx'] })))
    expect(config.classes[0]?.versions).toMatchObject([{ name: 'thumb', extensions: new Set(['jpg']) }])
    expect(warnings).toEqual([
      'version thumb of class image is made only for jpg: imageconverter:browserthumbs reads no others',
      'version page of class image is dropped: imageconverter:browserthumbs reads none of its extensions',
    ])
    const office = { name: 'page', recipename: 'officeconverter:preview', params: { size: 500 } }
    expect(compileConfig({ classes: { office: { versions: [office] } } }).warnings).toEqual([
      'version page of class office is made only for ai, pdf: officeconverter:preview reads no others',
    ])
  })

  it('says what has no effect', () => {
    const { warnings } = compileConfig({ classes: { model: {} }, custommetadata: { any: 1 } })
    expect(warnings).toEqual(['custommetadata has no effect', 'class model has no extensions, so no file belongs to it'])
  })

  it.each([
    ['recipename', image(thumb({ recipename: 'imageconverter:magic' }))],
    ['sharpen', image(thumb({ params: { sharpen: 2 } }))],
    ['format', image(thumb({ params: { format: 'exe' } }))],
    ['size', image(thumb({ params: { size: -1 } }))],
    ['name', image(thumb({ name: 'original' }))],
    ['name', image(thumb(), thumb())],
    ['name', { classes: { image: { name: 'picture' } } }],
    ['sourceversion', image(thumb({ sourceversion: 'huge' }))],
    ['sourceversion', image(thumb({ sourceversion: 'thumb' }))],
    ['uploadenabledextensions', { classes: { one: { uploadenabledextensions: ['x'] }, two: { uploadenabledextensions: ['X'] } } }],
    ['uploadmaxfilesize', { uploadmaxfilesize: '999999999999g' }],
  ] as [string, ProduceDocument][])('is refused for its %s', (param, document) => {
    const expected = expect.objectContaining({ code: 'RecipeParamUnsupportedValue', parameters: expect.objectContaining({ param }) })
    expect(() => compileConfig(document)).toThrow(expected)
  })
})
