import { Transform, type TransformCallback } from 'node:stream'
import { PaasError } from '../../errors.ts'

const NEWLINE = 10
/** With `C`, `A`, `/` or `-` begin lines that may be of interest; those of data begin with a bracket or INSERT. */
const BEGINNINGS = [...'CA/-'].map((character) => character.charCodeAt(0))
/** A line that is longer is data or the text of a routine. */
const LONGEST = 64 * 1024

const NAME = '`(?:[^`]|``)*`'
/** `CREATE DEFINER=..`, `/*!50013 DEFINER=..`, `/*!50003 CREATE*` `/ /*!50017 DEFINER=..` */
const DEFINER = new RegExp(`^(CREATE |/\\*!\\d+ (?:CREATE\\*/ /\\*!\\d+ )?)DEFINER=${NAME}@${NAME}`)
const ALTERED = new RegExp(`^((?:/\\*!\\d+ )?ALTER DATABASE )${NAME} `)
const END = '-- Dump completed'

/**
 * A dump of mariadb-dump for another database: whoever brings it back becomes the one with whose rights views, triggers,
 * routines and events act, because the logins that made them may be nowhere; and what alters the database alters that one.
 * Ends with an error when the dump has no end.
 */
export class DumpLines extends Transform {
  /** Of a line that is not decided yet. */
  #begun: Buffer = Buffer.alloc(0)
  /** In the middle of a line that passes as it is. */
  #passes = false
  #isWhole = false

  override _transform(chunk: Buffer, _encoding: string, done: TransformCallback): void {
    let rest = this.#begun.length > 0 ? Buffer.concat([this.#begun, chunk]) : chunk
    this.#begun = Buffer.alloc(0)
    while (rest.length > 0) {
      const end = rest.indexOf(NEWLINE) + 1
      if (!this.#passes && this.#isOfInterest(rest) && end === 0 && rest.length < LONGEST) {
        this.#begun = rest
        break
      }
      const line = end === 0 ? rest : rest.subarray(0, end)
      this.push(this.#passes ? line : this.#taken(line))
      this.#passes = end === 0
      rest = rest.subarray(line.length)
    }
    done()
  }

  override _flush(done: TransformCallback): void {
    if (this.#begun.length > 0) this.push(this.#taken(this.#begun))
    done(this.#isWhole ? null : cutOff())
  }

  #isOfInterest(line: Buffer): boolean {
    return BEGINNINGS.includes(line[0] ?? 0)
  }

  #taken(line: Buffer): Buffer {
    if (line[0] === NEWLINE) return line
    this.#isWhole = line.subarray(0, END.length).toString('latin1') === END
    if (!this.#isOfInterest(line) || line.length >= LONGEST) return line
    const text = line.toString('latin1')
    return Buffer.from(text.replace(DEFINER, '$1').replace(ALTERED, '$1'), 'latin1')
  }
}

function cutOff(): PaasError {
  return new PaasError('failed', 'addon.dump', 'The dump is cut off: its end is missing.', {
    fix: 'Take another backup.',
    command: 'paas backups',
  })
}
