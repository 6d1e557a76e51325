import { Transform } from 'node:stream'

/** Passes on what comes, and tells how many bytes; what `tell` throws ends the stream. */
export function counted(tell: (bytes: number) => void): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      try {
        tell(chunk.length)
        done(null, chunk)
      } catch (error) {
        done(error as Error)
      }
    },
  })
}

/** Lets so many bytes pass; more end the stream with the failure. */
export function atMost(maxBytes: number, failure: () => Error): Transform {
  let sum = 0
  return counted((bytes) => {
    sum += bytes
    if (sum > maxBytes) throw failure()
  })
}
