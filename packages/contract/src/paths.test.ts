import { describe, expect, it } from 'vitest'
import { byFreedom, pathPattern, routingPath, sharedSegments } from './paths.ts'

describe('a path for the router', () => {
  it.each([
    ['/a/{b}', undefined, '/a/:b'],
    ['/a/{b}.json', undefined, String.raw`/a/:b{[^/]+\.json}`],
    ['/zoom{w}/part{x}x{y}.{format}', undefined, String.raw`/:w{zoom[^/]+}/:x+y+format{part[^/]+x[^/]+\.[^/]+}`],
    ['/a/{b}/{c}', 'c', '/a/:b/:c{.*}'],
  ])('of %s', (path, rest, routed) => expect(routingPath(path, rest)).toBe(routed))
})

describe('the pattern of a path', () => {
  it.each([
    ['/a/{b}', undefined, ['/a/1'], ['/a/', '/a/1/2', '/a']],
    ['/a/{b}.json', undefined, ['/a/x.json', '/a/x.y.json'], ['/a/xjson', '/a/.json']],
    ['/part{x}x{y}.{f}', undefined, ['/part0x0.jpg'], ['/part0.jpg', '/part0x0', '/part0x/0.jpg']],
    ['/a/{b}/{c}', 'c', ['/a/1/', '/a/1/x', '/a/1/x/y/'], ['/a/1', '/a//x']],
  ])('fits what %s means', (path, rest, fitting, other) => {
    const pattern = pathPattern(path, rest)
    expect([...fitting, ...other].filter((text) => pattern.test(text))).toEqual(fitting)
  })
})

describe('segments with several parameters', () => {
  it('are taken apart in the order of the path', () => {
    const [shared] = sharedSegments('/a/{b}/{quality}.{format}')
    expect(shared).toMatchObject({ key: 'quality+format', names: ['quality', 'format'] })
    expect(shared?.pattern.exec('default.jpg')?.slice(1)).toEqual(['default', 'jpg'])
    expect(shared?.pattern.exec('a.b.jpg')?.slice(1)).toEqual(['a.b', 'jpg'])
  })
})

describe('the order of paths', () => {
  it('tries what is fixed first, and what takes everything last', () => {
    const paths = [{ path: '/a/{rest}', rest: 'rest' }, { path: '/a/{b}' }, { path: '/a/{b}.json' }, { path: '/a/b' }, { path: '/a/{b}/c' }]
    expect(paths.toSorted(byFreedom).map(({ path }) => path)).toEqual(['/a/b', '/a/{b}.json', '/a/{b}', '/a/{b}/c', '/a/{rest}'])
  })
})
