/**
 * Addresses as numbers, and what an address can stand for: several forms of IPv6 carry an IPv4 address that a packet may end
 * up at, and the address of nowhere leads to the machine itself. A rule holds for an address when it holds for one reading.
 */
export interface Address {
  readonly family: 4 | 6
  readonly value: bigint
}

export interface Range {
  readonly family: 4 | 6
  readonly first: bigint
  readonly bits: number
}

const V4 = /^(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})$/
const V6 = /^[0-9a-f:.]*:[0-9a-f:.]*$/i
const sizeOf = (family: 4 | 6) => (family === 4 ? 32 : 128)

/** Plain notations only; undefined for everything else, a zone id included. */
export function parseAddress(text: string): Address | undefined {
  const v4 = V4.exec(text)?.slice(1).map(Number)
  if (v4) return v4.every((part) => part < 256) ? { family: 4, value: v4.reduce((sum, part) => sum * 256n + BigInt(part), 0n) } : undefined
  if (!V6.test(text) || !URL.canParse(`http://[${text}]/`)) return undefined
  // The platform knows all spellings and answers one without dots.
  const [head = '', tail] = new URL(`http://[${text}]/`).hostname.slice(1, -1).split('::')
  const front = head === '' ? [] : head.split(':')
  const back = tail === undefined || tail === '' ? [] : tail.split(':')
  const groups = [...front, ...Array.from({ length: 8 - front.length - back.length }, () => '0'), ...back]
  return { family: 6, value: groups.reduce((sum, group) => sum * 65_536n + BigInt(`0x${group}`), 0n) }
}

export function parseRange(text: string): Range | undefined {
  const [, start, length] = /^(.+)\/(\d{1,3})$/.exec(text) ?? []
  const address = start === undefined ? undefined : parseAddress(start)
  const bits = Number(length)
  if (!address || bits > sizeOf(address.family)) return undefined
  // A range of mapped addresses is a range of IPv4.
  if (bits >= 96 && isIn(address, MAPPED)) return { family: 4, first: low32(address.value), bits: bits - 96 }
  return { family: address.family, first: address.value, bits }
}

export const rangeOf = (address: Address): Range => ({ family: address.family, first: address.value, bits: sizeOf(address.family) })

export function isIn({ family, value }: Address, range: Range): boolean {
  const rest = BigInt(sizeOf(family) - range.bits)
  return family === range.family && value >> rest === range.first >> rest
}

export const sameAddress = (a: Address, b: Address) => a.family === b.family && a.value === b.value

/** The address itself, and all others it may lead to. */
export function readingsOf(address: Address): Address[] {
  if (address.family === 4) return address.value >> 24n === 0n ? [address, LOOPBACK_4] : [address]
  const { value } = address
  const readings = [address]
  const embedded = (v4: bigint) => readings.push(...readingsOf({ family: 4, value: low32(v4) }))
  if (value === 0n) readings.push(LOOPBACK_6, LOOPBACK_4)
  else if (value > 1n && TAILED.some((range) => isIn(address, range))) embedded(value)
  if (isIn(address, SIX_TO_FOUR)) embedded(value >> 80n)
  if (isIn(address, TEREDO)) {
    embedded(value >> 64n)
    embedded(~value & LOW_32)
  }
  if (ISATAP.includes((value >> 32n) & LOW_32)) embedded(value)
  return readings
}

const LOW_32 = 0xffff_ffffn
const low32 = (value: bigint) => value & LOW_32
const known = (text: string): Range => ({
  family: 6,
  first: (parseAddress(text.split('/')[0] ?? '') as Address).value,
  bits: Number(text.split('/')[1]),
})
const LOOPBACK_4: Address = { family: 4, value: 0x7f00_0001n }
const LOOPBACK_6: Address = { family: 6, value: 1n }
const MAPPED = known('::ffff:0:0/96')
/** Mapped, compatible, translated, and both prefixes of translators between IPv6 and IPv4: the last 32 bits are the address. */
const TAILED = [MAPPED, known('::/96'), known('::ffff:0:0:0/96'), known('64:ff9b::/96'), known('64:ff9b:1::/48')]
const SIX_TO_FOUR = known('2002::/16')
const TEREDO = known('2001::/32')
const ISATAP = [0x0000_5efen, 0x0200_5efen]
