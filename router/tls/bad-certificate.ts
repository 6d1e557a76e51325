/** Why a pair of PEM texts is of no use, and what to do about it; in words for whoever sent them. */
export class BadCertificate extends Error {
  readonly fix: string | undefined

  constructor(message: string, fix?: string) {
    super(message)
    this.fix = fix
  }
}

export function noCertificate(pem: string): BadCertificate {
  if (isBinary(pem)) {
    const fix = 'openssl x509 -inform der -in FILE -out FILE.pem (of a .pfx or .p12: openssl pkcs12 -in FILE -nodes)'
    return new BadCertificate('The certificate is a binary file, and has to be in PEM form.', fix)
  }
  if (/PRIVATE KEY/.test(pem)) {
    return new BadCertificate(
      'There is a private key where the certificate should be.',
      'Name the certificate first, then its key.',
    )
  }
  return new BadCertificate('There is no certificate in PEM form (BEGIN CERTIFICATE).')
}

export function noKey(pem: string): BadCertificate {
  if (isBinary(pem)) {
    return new BadCertificate(
      'The key is a binary file, and has to be in PEM form.',
      'openssl pkey -inform der -in KEY -out KEY.pem',
    )
  }
  if (/BEGIN CERTIFICATE/.test(pem)) {
    return new BadCertificate(
      'There is a certificate where its private key should be.',
      'Name the certificate first, then its key.',
    )
  }
  return new BadCertificate('The key cannot be read: it should be a private key in PEM form.')
}

/** Of DER or PKCS #12, perhaps after a reading as UTF-8. */
function isBinary(text: string): boolean {
  return text.includes('\0') || text.includes('\ufffd')
}
