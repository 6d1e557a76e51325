const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

/**
 * S3 answers in XML of the flattest kind: elements without attributes, lists as repeated elements. Reading those needs no
 * parser of XML, and none that could be led astray.
 */
export function textOf(xml: string, element: string): string | undefined {
  return blocksOf(xml, element)[0]
}

/** The content of every such element, in order; entities of plain text are decoded. */
export function blocksOf(xml: string, element: string): string[] {
  return [...xml.matchAll(new RegExp(`<${element}>([^]*?)</${element}>`, 'g'))].map(([, text = '']) =>
    text.includes('<') ? text : decode(text),
  )
}

/** The request that ends a multipart upload. */
export function completion(etags: readonly string[]): string {
  const parts = etags.map((etag, n) => `<Part><PartNumber>${n + 1}</PartNumber><ETag>${encode(etag)}</ETag></Part>`)
  return `<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`
}

function decode(text: string): string {
  return text.replace(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (whole, decimal, hex, name: string | undefined) => {
    if (name !== undefined) return ENTITIES[name] ?? whole
    return String.fromCodePoint(decimal ? Number(decimal) : Number.parseInt(hex, 16))
  })
}

function encode(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
}
