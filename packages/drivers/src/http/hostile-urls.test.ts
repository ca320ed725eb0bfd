/** Addresses that lead inside, in every disguise. Nothing here is ever dialled: resolver and connector only keep a record. */
import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { FetchFailure } from '@vitrine/domain/ports/http-fetch'
import { describe, expect, it } from 'vitest'
import type { Dialled } from './dial.ts'
import { GuardedFetch, type GuardedFetchOptions } from './guarded-fetch.ts'
import { localAddresses, type OwnService } from './own-services.ts'

const PUBLIC = '93.184.215.14'

function recording(answers: Readonly<Record<string, readonly string[]>> = {}, options: GuardedFetchOptions = {}) {
  const resolved: string[] = []
  const dialled: Dialled[] = []
  const client = new GuardedFetch({
    resolve: async (host) => {
      resolved.push(host)
      return answers[host] ?? [PUBLIC]
    },
    dial: async (to) => {
      dialled.push(to)
      throw Object.assign(new Error('only recorded'), { code: 'RECORDED' })
    },
    ...options,
  })
  const trouble = async (url: string, more: object = {}) =>
    client.fetch({ url, ...more }).then(
      () => 'answered',
      (error: unknown) => (error instanceof FetchFailure ? error.trouble : `not a FetchFailure: ${String(error)}`),
    )
  return { client, resolved, dialled, trouble }
}

const INSIDE: Readonly<Record<string, readonly string[]>> = {
  'inside.test': ['10.0.0.5'],
  'mixed.test': [PUBLIC, '192.168.0.1'],
  'mixed-last.test': ['2606:4700::1111', PUBLIC, '::1'],
  'mapped.test': ['::ffff:10.0.0.1'],
  'zone.test': ['fe80::1%eth0'],
  'metadata.test': ['169.254.169.254'],
  'six.test': ['fd00:ec2::254'],
  'nat64.test': ['64:ff9b::a9fe:a9fe'],
  'nonsense.test': ['not an address'],
  'octal.test': ['0177.0.0.1'],
  localhost: ['127.0.0.1', '::1'],
}

const HOSTILE: readonly string[] = [
  // Plain.
  'http://127.0.0.1/',
  'https://127.0.0.1/',
  'http://127.0.0.1:22/',
  'http://10.0.0.1/',
  'http://172.16.5.4/',
  'http://192.168.178.1/',
  'http://169.254.169.254/latest/meta-data/',
  'http://100.64.0.1/',
  'http://0.0.0.0/',
  'http://224.0.0.1/',
  'http://255.255.255.255/',
  'http://192.0.0.1/',
  // Other notations of numbers.
  'http://127.1/',
  'http://127.0.1/',
  'http://2130706433/',
  'http://0x7f000001/',
  'http://0x7f.0.0.1/',
  'http://0x7f.1/',
  'http://0177.0.0.1/',
  'http://017700000001/',
  'http://0177.1/',
  'http://0/',
  'http://0x0/',
  'http://00000000177.0.0.1/',
  'http://3232235777/',
  'http://0xa9fea9fe/',
  'http://0251.0376.0251.0376/',
  'http://169.254.43518/',
  'http://127.0.0.1./',
  'http://127.0.0.1.:80/',
  // Digits and dots of other scripts, and escapes.
  'http://１２７.０.０.１/',
  'http://①②⑦.⓪.⓪.①/',
  'http://127。0。0。1/',
  'http://127．0．0．1/',
  'http://127｡0｡0｡1/',
  'http://%31%32%37.0.0.1/',
  'http://127.0.0.1%2f.example.com/',
  'http://ⓛocalhost/',
  'http://127%E3%80%820%E3%80%820%E3%80%821/',
  // IPv6 and what is wrapped in it.
  'http://[::1]/',
  'http://[::]/',
  'http://[0:0:0:0:0:0:0:1]/',
  'http://[::ffff:127.0.0.1]/',
  'http://[::ffff:7f00:1]/',
  'http://[::127.0.0.1]/',
  'http://[::ffff:0:127.0.0.1]/',
  'http://[64:ff9b::127.0.0.1]/',
  'http://[64:ff9b:1::a00:1]/',
  'http://[2002:7f00:1::]/',
  'http://[2001:0:7f00:1::]/',
  'http://[fe80::1]/',
  'http://[fe80::1%25eth0]/',
  'http://[fe80::1%eth0]/',
  'http://[fc00::1]/',
  'http://[fd00:ec2::254]/',
  'http://[ff02::1]/',
  'http://[fec0::1]/',
  'http://[::1',
  'http://::1/',
  'http://[[::1]]/',
  'http://[127.0.0.1]/',
  // Users, and what parsers disagree about.
  'http://user@127.0.0.1/',
  'http://example.com@127.0.0.1/',
  'http://user:password@example.com/',
  'http://@example.com/',
  'http://:@example.com/',
  'http://example.com:80@127.0.0.1/',
  'http://127.0.0.1#@example.com/',
  'http://127.0.0.1?@example.com/',
  'http://127.0.0.1\\@example.com/',
  'http://example.com\\@127.0.0.1/',
  'http:\\\\127.0.0.1/',
  'http:/127.0.0.1/',
  'http:127.0.0.1',
  'http:///127.0.0.1/',
  'http:////127.0.0.1/',
  '//127.0.0.1/',
  ' http://127.0.0.1/',
  'http://127.0.0.1/ ',
  'ht\ttp://127.0.0.1/',
  'http://127.0.0\n.1/',
  'http://127.0.0.1\u0000.example.com/',
  'http://example.com:0/',
  'http://example.com:99999/',
  'http://example.com:-1/',
  'http://exa mple.com/',
  'http://example..com/',
  'http://.example.com/',
  'http://example.com../',
  'http://-.example.com/',
  'http://1.2.3.4.5/',
  'http://a.b.c.0x7f/',
  'http://',
  'http://?',
  'http://#',
  '',
  'nonsense',
  // Other schemes.
  'file:///etc/passwd',
  'ftp://example.com/',
  'gopher://127.0.0.1:6379/_INFO',
  'data:text/plain,x',
  'javascript:alert(1)',
  'unix:/run/x.sock',
  'ws://127.0.0.1/',
  'blob:http://127.0.0.1/x',
  'view-source:http://127.0.0.1/',
  'dict://127.0.0.1/',
  // Names that lead inside.
  'http://inside.test/',
  'http://INSIDE.test/',
  'http://inside.test./',
  'http://localhost/',
  'http://localhost./',
  'http://LOCALHOST:8080/',
  'http://mixed.test/',
  'http://mixed-last.test/',
  'http://mapped.test/',
  'http://zone.test/',
  'http://metadata.test/',
  'http://six.test/',
  'http://nat64.test/',
  'http://nonsense.test/',
  'http://octal.test/',
]

describe('addresses that lead inside', () => {
  it('are many enough', () => {
    expect(HOSTILE.length).toBeGreaterThan(100)
    expect(new Set(HOSTILE).size).toBe(HOSTILE.length)
  })

  it.each(HOSTILE)('are refused without a connection: %j', async (url) => {
    const { dialled, trouble } = recording(INSIDE)
    expect(await trouble(url)).toBe('refused')
    expect(dialled).toEqual([])
  })

  it('are refused before anything is looked up when that can be seen, also by `check`', async () => {
    const { client, resolved, trouble } = recording()
    for (const url of ['http://0x7f.1/', 'http://[::ffff:10.0.0.1]/', 'http://u@example.com/', 'ftp://example.com/']) {
      expect(() => client.check(url)).toThrow(FetchFailure)
      await trouble(url)
    }
    expect(resolved).toEqual([])
    expect(() => client.check('https://example.com/hook')).not.toThrow()
  })
})

/** A connection on which whatever is asked is answered with a redirect, without a network. */
const leadingTo = (location: string) =>
  new Duplex({
    read: () => undefined,
    write(_chunk, _encoding, done) {
      this.push(Buffer.from(`HTTP/1.1 302 Found\r\nLocation: ${location}\r\nContent-Length: 0\r\n\r\n`))
      done()
    },
  }) as Socket

describe('redirects that lead inside', () => {
  // These are no addresses of their own: what they mean is another page of the same place.
  const relative = new Set(['', 'nonsense'])
  // A header cannot hold them, so the answer is none.
  const unsendable = new Set(HOSTILE.filter((url) => /[\n\0]/.test(url)))
  const locations = HOSTILE.filter((url) => !relative.has(url))

  it.each(locations)('are refused without a connection: %j', async (location) => {
    const dialled: Dialled[] = []
    const dial: GuardedFetchOptions['dial'] = async (to) => {
      dialled.push(to)
      return leadingTo(location)
    }
    const { trouble } = recording(INSIDE, { dial })
    expect(await trouble('https://first.test/', { maxRedirects: 3 })).toBe(unsendable.has(location) ? 'network' : 'refused')
    expect(dialled).toEqual([{ address: PUBLIC, port: 443, secureFor: 'first.test' }])
  })
})

describe('a place that is only looked at', () => {
  const troubleAt = (client: GuardedFetch, url: string, more: object = {}) =>
    client.checkPlace({ url, ...more }).then(
      () => 'none',
      (error: unknown) => (error instanceof FetchFailure ? error.trouble : String(error)),
    )

  it('is judged like one to fetch from, and nothing is dialled', async () => {
    const { client, dialled } = recording({ ...INSIDE, 'none.test': [] })
    for (const url of HOSTILE) expect([url, await troubleAt(client, url)]).toEqual([url, 'refused'])
    expect(await troubleAt(client, 'https://example.com/')).toBe('none')
    expect(await troubleAt(client, 'http://inside.test:81/', { open: ['inside.test:81'] })).toBe('none')
    expect(await troubleAt(client, 'http://none.test/')).toBe('unknown-host')
    expect(dialled).toEqual([])
  })

  it('is given up when its name takes too long, or when the caller says so', async () => {
    const { client } = recording({}, { resolve: () => new Promise(() => undefined) })
    expect(await troubleAt(client, 'http://slow.test/', { timeoutMs: 20 })).toBe('timeout')
    expect(await troubleAt(client, 'http://slow.test/', { signal: AbortSignal.abort() })).toBe('aborted')
  })
})

describe('the connection', () => {
  it('goes to the address that was checked, and keeps the name for the certificate', async () => {
    const { dialled, resolved, trouble } = recording()
    expect(await trouble('https://Example.com./x')).toBe('network')
    expect(resolved).toEqual(['example.com'])
    expect(dialled).toEqual([{ address: PUBLIC, port: 443, secureFor: 'example.com' }])
    expect(await trouble('http://example.com:8080/x')).toBe('network')
    expect(dialled[1]).toEqual({ address: PUBLIC, port: 8080, secureFor: null })
  })

  it('is not moved by a name that answers something else a moment later', async () => {
    let asked = 0
    const rebinding = async () => (asked++ === 0 ? [PUBLIC] : ['127.0.0.1'])
    const { dialled, trouble } = recording({}, { resolve: rebinding })
    expect(await trouble('http://rebind.test/')).toBe('network')
    expect([asked, dialled.map(({ address }) => address)]).toEqual([1, [PUBLIC]])
    expect(await trouble('http://rebind.test/')).toBe('refused')
    expect(dialled).toHaveLength(1)
  })

  it('is tried at the next address when one does not answer, at four at most', async () => {
    const { dialled, trouble } = recording({ 'many.test': ['1.1.1.1', '1.1.1.2', '1.1.1.3', '1.1.1.4', '1.1.1.5'] })
    expect(await trouble('http://many.test/')).toBe('network')
    expect(dialled.map(({ address }) => address)).toEqual(['1.1.1.1', '1.1.1.2', '1.1.1.3', '1.1.1.4'])
  })

  it('is not made to a name without an address, or with too many', async () => {
    const { dialled, trouble } = recording({ 'none.test': [], 'crowd.test': Array.from({ length: 65 }, () => PUBLIC) })
    expect([await trouble('http://none.test/'), await trouble('http://crowd.test/')]).toEqual(['unknown-host', 'unknown-host'])
    expect(dialled).toEqual([])
  })
})

describe('own services', () => {
  const ownServices = [
    { host: '127.0.0.1', port: 6060 },
    { host: 'database.test', port: 5432 },
    { host: '0.0.0.0', port: 7700 },
  ]
  const inside = { 'database.test': ['10.0.0.7'], 'alias.test': ['10.0.0.7'], 'here.test': ['127.0.0.9'] }

  it('stay closed on their exact host and port when the operator has opened everything', async () => {
    const { dialled, trouble } = recording(inside, { blockedHosts: [], ownServices })
    for (const url of [
      'http://127.0.0.1:6060/',
      'http://[::ffff:127.0.0.1]:6060/',
      'http://0.0.0.0:6060/',
      'http://0x7f.1:6060/',
      'http://database.test:5432/',
      'http://alias.test:5432/',
      'http://here.test:7700/',
      'http://[::1]:7700/',
    ])
      expect([url, await trouble(url)]).toEqual([url, 'refused'])
    expect(dialled).toEqual([])
    for (const url of ['http://127.0.0.1:6061/', 'http://alias.test:5433/', 'http://example.com:6060/'])
      expect([url, await trouble(url)]).toEqual([url, 'network'])
  })

  it('are known by whatever their address is written as', async () => {
    for (const host of ['::', '[::]', '0', '0.0.0.0', '::ffff:0.0.0.0', '']) {
      const { trouble } = recording({}, { blockedHosts: [], ownServices: [{ host, port: 6060 }] })
      for (const url of ['http://127.0.0.1:6060/', 'http://127.1.2.3:6060/', 'http://[::1]:6060/', 'http://0.0.0.0:6060/'])
        expect([host, url, await trouble(url)]).toEqual([host, url, 'refused'])
    }
    for (const host of ['::ffff:127.0.0.1', '[::ffff:7f00:1]', '127.0.0.1', 'LOCALHOST']) {
      const { trouble } = recording(INSIDE, { blockedHosts: [], ownServices: [{ host, port: 6060 }] })
      expect([host, await trouble('http://127.0.0.1:6060/'), await trouble('http://127.0.0.1:6061/')]).toEqual([host, 'refused', 'network'])
    }
  })

  it('that listen everywhere are closed on every address of this machine', async () => {
    const { trouble } = recording({}, { blockedHosts: [], ownServices: [{ host: '0.0.0.0', port: 6060 }] })
    for (const address of localAddresses()) {
      const host = address.includes(':') ? `[${address}]` : address
      expect([host, await trouble(`http://${host}:6060/`), await trouble(`http://${host}:6061/`)]).toEqual([host, 'refused', 'network'])
    }
  })

  it('may be added while fetching goes on', async () => {
    const growing: OwnService[] = []
    const { trouble } = recording({}, { blockedHosts: [], ownServices: growing })
    expect(await trouble('http://127.0.0.1:6060/')).toBe('network')
    growing.push({ host: '127.0.0.1', port: 6060 })
    expect(await trouble('http://127.0.0.1:6060/')).toBe('refused')
  })

  it('stay closed when their place is opened for an instance', async () => {
    const { trouble } = recording(inside, { ownServices, openHosts: ['alias.test:5432'] })
    expect(await trouble('http://127.0.0.1:6060/', { open: ['127.0.0.1:6060'] })).toBe('refused')
    expect(await trouble('http://alias.test:5432/')).toBe('refused')
  })
})

describe('a list of the operator', () => {
  it('that names everything turns fetching off', async () => {
    const { dialled, trouble } = recording({ 'six-only.test': ['2606:4700::1111'] }, { blockedHosts: ['0.0.0.0/0', '::/0'] })
    for (const url of ['https://example.com/', 'http://six-only.test/', 'http://8.8.8.8/', 'http://[2606:4700::1111]/'])
      expect([url, await trouble(url)]).toEqual([url, 'refused'])
    expect(dialled).toEqual([])
  })

  it('closes names and ports by themselves, whatever they resolve to', async () => {
    const blockedHosts = ['closed.test', '*.wild.test', 'half.test:8080', '[2606:4700::1111]:8083', '9.9.9.9:81']
    const { resolved, trouble } = recording({ 'six.test': ['2606:4700::1111'], 'nine.test': ['9.9.9.9'] }, { blockedHosts })
    for (const url of ['http://closed.test/', 'http://CLOSED.test.:99/', 'http://a.wild.test/', 'http://half.test:8080/'])
      expect([url, await trouble(url)]).toEqual([url, 'refused'])
    expect(resolved).toEqual([])
    for (const url of ['http://six.test:8083/', 'http://nine.test:81/', 'http://[2606:4700::1111]:8083/'])
      expect([url, await trouble(url)]).toEqual([url, 'refused'])
    for (const url of [
      'http://wild.test/',
      'http://a.b.wild.test/',
      'http://half.test/',
      'http://six.test/',
      'http://nine.test/',
      'http://10.0.0.1/',
    ])
      expect([url, await trouble(url)]).toEqual([url, 'network'])
  })
})

describe('places that are opened', () => {
  it('can be fetched from although a range closes them: exactly that host and port', async () => {
    const { dialled, trouble } = recording({ 'intern.test': ['10.0.0.9'] }, { openHosts: ['intern.test:8080'] })
    expect(await trouble('http://intern.test:8080/')).toBe('network')
    expect(await trouble('http://intern.test/')).toBe('refused')
    expect(await trouble('http://10.0.0.9:8080/')).toBe('refused')
    expect(await trouble('http://10.0.0.9:8080/', { open: ['10.0.0.9:8080'] })).toBe('network')
    expect(dialled).toHaveLength(2)
    const { client } = recording()
    expect(() => client.check('http://10.0.0.9:8080/', ['10.0.0.9:8080'])).not.toThrow()
    expect(() => client.check('http://10.0.0.9:8081/', ['10.0.0.9:8080'])).toThrow(FetchFailure)
    expect(() => new GuardedFetch({ openHosts: ['intern.test'] })).toThrow('host with its port')
  })
})
