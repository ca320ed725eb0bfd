import { describe, expect, it } from 'vitest'
import { parseAddress, parseRange, readingsOf, type Address } from './addresses.ts'
import { blockedHostsOf, blocksAddress, blocksName, parseBlockedHosts } from './blocked-hosts.ts'

const address = (text: string): Address => {
  const parsed = parseAddress(text)
  if (!parsed) throw new Error(`${text} is no address`)
  return parsed
}
const closes = (entries: readonly string[] | null, text: string, port = 80) => blocksAddress(blockedHostsOf(entries), address(text), port)

describe('entries of the list', () => {
  it('close ranges for all ports, of both kinds of addresses', () => {
    expect(closes(['10.0.0.0/8'], '10.255.0.1', 1)).toBe(true)
    expect(closes(['10.0.0.0/8'], '11.0.0.1')).toBe(false)
    expect(closes(['fc00::/7'], 'fdff::1')).toBe(true)
    expect(closes(['fc00::/7'], 'fe00::1')).toBe(false)
    expect(closes(['0.0.0.0/0', '::/0'], '8.8.8.8') && closes(['0.0.0.0/0', '::/0'], '2606:4700::1')).toBe(true)
  })

  it('close addresses, with a port for that port only', () => {
    expect(closes(['8.8.8.8'], '8.8.8.8', 9)).toBe(true)
    expect([8080, 8081].map((port) => closes(['8.8.8.8:8080'], '8.8.8.8', port))).toEqual([true, false])
    expect([8083, 8084].map((port) => closes(['[2606::1]:8083'], '2606::1', port))).toEqual([true, false])
    expect(closes(['[2606::1]'], '2606:0::0:1')).toBe(true)
    expect(closes(['2606::1'], '2606::1')).toBe(true)
  })

  it('close names whatever their case, and a star stands for one label', () => {
    const list = parseBlockedHosts(['Example.COM', '*.intern.test', 'host.test:8080', 'Bücher.test.'])
    expect(blocksName(list, 'example.com', 80)).toBe(true)
    expect(blocksName(list, 'a.example.com', 80)).toBe(false)
    expect(['a.intern.test', 'intern.test', 'a.b.intern.test'].map((name) => blocksName(list, name, 80))).toEqual([true, false, false])
    expect([8080, 80].map((port) => blocksName(list, 'host.test', port))).toEqual([true, false])
    expect(blocksName(list, 'xn--bcher-kva.test', 443)).toBe(true)
  })

  it('hold for IPv4 however the address is wrapped', () => {
    for (const wrapped of [
      '::ffff:10.1.2.3',
      '::10.1.2.3',
      '::ffff:0:10.1.2.3',
      '64:ff9b::10.1.2.3',
      '64:ff9b:1::10.1.2.3',
      '2002:a01:203::',
      '2001:0:a01:203::1',
    ])
      expect([wrapped, closes(['10.0.0.0/8'], wrapped)]).toEqual([wrapped, true])
    // The address of a Teredo client is stored upside down, and ISATAP keeps it in the interface id.
    expect(closes(['10.0.0.0/8'], '2001:0:808:808::f5fe:fdfc')).toBe(true)
    expect(closes(['10.0.0.0/8'], '2606::5efe:10.1.2.3')).toBe(true)
    expect(closes(['::ffff:10.0.0.0/104'], '10.9.9.9')).toBe(true)
    expect(closes(['::ffff:10.1.1.1'], '10.1.1.1')).toBe(true)
  })

  it('that close the machine itself close the address of nowhere as well', () => {
    expect(closes(['127.0.0.1'], '0.0.0.0')).toBe(true)
    expect(closes(['::1'], '::') && closes(['127.0.0.1'], '::')).toBe(true)
  })

  it('replace the built-in ranges, and an empty list closes nothing', () => {
    expect(closes(null, '10.0.0.1') && !closes(['192.168.0.0/16'], '10.0.0.1') && !closes([], '127.0.0.1')).toBe(true)
  })

  it('are refused when they are neither of these', () => {
    const wrong = [
      '10.0.0.0/33',
      '10.0.0.0/8:80',
      '10.0.0/8',
      'fc00::/129',
      'a b',
      '',
      '*',
      'a.*.test',
      '*.1.2.3.4',
      'host:0',
      'host:70000',
      '[::1',
      '[nonsense]:80',
      'http://x',
      'x@y',
      'fe80::1%eth0',
      // Numbers that are read in more than one way.
      '010.0.0.1',
      '127.1',
      '0x7f.0.0.1',
      '2130706433:80',
    ]
    for (const entry of wrong) expect(() => parseBlockedHosts([entry]), entry).toThrow('cannot be read')
  })
})

describe('built-in ranges', () => {
  it.each([
    ['127.0.0.1', '127.255.255.254', '10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', '169.254.169.254', '100.64.0.1', '100.127.255.255'],
    [
      '0.0.0.0',
      '0.1.2.3',
      '192.0.0.8',
      '192.0.2.1',
      '192.88.99.1',
      '198.18.0.1',
      '198.51.100.7',
      '203.0.113.9',
      '224.0.0.1',
      '239.1.1.1',
      '240.0.0.1',
      '255.255.255.255',
    ],
    [
      '::',
      '::1',
      'fe80::1',
      'fc00::1',
      'fd00:ec2::254',
      'ff02::1',
      'fec0::1',
      '::ffff:127.0.0.1',
      '64:ff9b::7f00:1',
      '2002:7f00:1::',
      '2001:db8::1',
      '100::1',
      '2001::1',
      '3fff::1',
      '5f00::1',
    ],
  ])('close what is not public: %s and its like', (...texts) => {
    for (const text of texts) expect([text, closes(null, text)]).toEqual([text, true])
  })

  it('leave public addresses alone', () => {
    for (const text of [
      '1.1.1.1',
      '8.8.8.8',
      '172.15.0.1',
      '172.32.0.1',
      '100.63.0.1',
      '192.0.1.1',
      '223.255.255.1',
      '2606:4700::1111',
      '2a00:1450:4001::200e',
      '2001:4860:4860::8888',
    ])
      expect([text, closes(null, text)]).toEqual([text, false])
  })
})

describe('addresses', () => {
  it('are read in plain notations only', () => {
    for (const text of [
      '010.0.0.1',
      '0x7f.0.0.1',
      '127.1',
      '2130706433',
      '1.2.3.256',
      '1.2.3',
      '1.2.3.4.5',
      ':::',
      '::1%lo',
      '1::2::3',
      '12345::',
      '',
    ])
      expect([text, parseAddress(text)]).toEqual([text, undefined])
    expect(parseAddress('::ffff:1.2.3.4')).toEqual(parseAddress('0:0:0:0:0:FFFF:0102:0304'))
    expect(parseRange('10.0.0.0/8')).toMatchObject({ family: 4, bits: 8 })
  })

  it('stand for themselves when nothing is inside', () => {
    expect(readingsOf(address('2606::1'))).toHaveLength(1)
    expect(readingsOf(address('8.8.8.8'))).toHaveLength(1)
  })
})
