/** A PDF of one page that is filled by one JPEG: five objects that never vary, for which a library would be a hundred times as much. */
export interface Page {
  readonly width: number
  readonly height: number
  readonly gray: boolean
  readonly dpi: number
}

export function onePagePdf(jpeg: Uint8Array, { width, height, gray, dpi }: Page): Buffer {
  const [across, down] = [width, height].map((pixels) => ((pixels * 72) / dpi).toFixed(2))
  const draw = `q ${across} 0 0 ${down} 0 0 cm /Image Do Q`
  const image =
    `<< /Type /XObject /Subtype /Image /Width ${width} /Height ${height} /ColorSpace /${gray ? 'DeviceGray' : 'DeviceRGB'} ` +
    `/BitsPerComponent 8 /Filter /DCTDecode /Length ${jpeg.length} >>`
  const objects = [
    Buffer.from('<< /Type /Catalog /Pages 2 0 R >>'),
    Buffer.from('<< /Type /Pages /Kids [3 0 R] /Count 1 >>'),
    Buffer.from(`<< /Type /Page /Parent 2 0 R /MediaBox [0 0 ${across} ${down}] /Contents 4 0 R /Resources << /XObject << /Image 5 0 R >> >> >>`),
    Buffer.from(`<< /Length ${draw.length} >>\nstream\n${draw}\nendstream`),
    Buffer.concat([Buffer.from(`${image}\nstream\n`), jpeg, Buffer.from('\nendstream')]),
  ]
  return joined(objects)
}

function joined(objects: Buffer[]): Buffer {
  // The bytes of the comment tell programs that this is not text.
  const parts = [Buffer.from('%PDF-1.4\n%\u00e2\u00e3\u00cf\u00d3\n', 'latin1')]
  let at = (parts[0] as Buffer).length
  const offsets: number[] = []
  for (const [place, object] of objects.entries()) {
    const part = Buffer.concat([Buffer.from(`${place + 1} 0 obj\n`), object, Buffer.from('\nendobj\n')])
    offsets.push(at)
    at += part.length
    parts.push(part)
  }
  const table = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('')
  const count = objects.length + 1
  parts.push(Buffer.from(`xref\n0 ${count}\n0000000000 65535 f \n${table}trailer\n<< /Size ${count} /Root 1 0 R >>\nstartxref\n${at}\n%%EOF\n`))
  return Buffer.concat(parts)
}
