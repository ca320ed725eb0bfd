/** ZIP archives for tests, byte by byte, so that they can say what no honest program writes. */
import { crc32, deflateRawSync } from 'node:zlib'

export interface ZipItem {
  readonly name: string
  readonly content?: string | Uint8Array
  readonly packed?: boolean
  readonly encrypted?: boolean
  /** What the directory says the size is, where that is a lie. */
  readonly toldSize?: number
}

const UTF8_NAMES = 0x0800
const ENCRYPTED = 0x0001
const ENCRYPTION_HEADER = 12
/** 2024-05-06 07:08:10 in the form of the format. */
const [TIME, DATE] = [(7 << 11) | (8 << 5) | 5, (44 << 9) | (5 << 5) | 6]

export function zip(items: readonly ZipItem[]): Uint8Array<ArrayBuffer> {
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const item of items) {
    const { local, central, data } = recordsOf(item, offset)
    parts.push(local, data)
    directory.push(central)
    offset += local.length + data.length
  }
  const listing = Buffer.concat(directory)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(items.length, 8)
  end.writeUInt16LE(items.length, 10)
  end.writeUInt32LE(listing.length, 12)
  end.writeUInt32LE(offset, 16)
  return new Uint8Array(Buffer.concat([...parts, listing, end]))
}

function recordsOf(item: ZipItem, offset: number): { local: Buffer; central: Buffer; data: Buffer } {
  const name = Buffer.from(item.name)
  const plain = Buffer.from(item.content ?? '')
  const packed = item.packed ? deflateRawSync(plain) : plain
  const data = item.encrypted ? Buffer.concat([Buffer.alloc(ENCRYPTION_HEADER), packed]) : packed
  const common = Buffer.alloc(26)
  common.writeUInt16LE(20, 0)
  common.writeUInt16LE(UTF8_NAMES | (item.encrypted ? ENCRYPTED : 0), 2)
  common.writeUInt16LE(item.packed ? 8 : 0, 4)
  common.writeUInt16LE(TIME, 6)
  common.writeUInt16LE(DATE, 8)
  common.writeUInt32LE(crc32(plain), 10)
  common.writeUInt32LE(data.length, 14)
  common.writeUInt32LE(item.toldSize ?? plain.length, 18)
  common.writeUInt16LE(name.length, 22)
  const rest = Buffer.alloc(14)
  rest.writeUInt32LE(offset, 10)
  return {
    local: Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), common, name]),
    central: Buffer.concat([Buffer.from('PK\x01\x02\x14\0', 'latin1'), common, rest, name]),
    data,
  }
}
