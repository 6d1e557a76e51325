import type { Channel } from './channel.ts'

/** Shows where the work stands; on a terminal only, so that a log gets one line. */
export type Step = (text: string) => void

const CLEAR_LINE = '\r\u001b[2K'

/** `Setting FOO and restarting shop... done, v10`: the title at once, its end when the work has ended. */
export async function progress<T>(
  channel: Channel,
  title: string,
  work: (step: Step) => Promise<T>,
  ending: (result: T) => string = () => '',
): Promise<T> {
  const opening = `${title}... `
  channel.write(opening)
  // A title that wraps cannot be rewritten: the cursor is a line below its beginning.
  const rewind = channel.isTTY && opening.length < channel.columns ? CLEAR_LINE + opening : ''
  const step: Step = (text) => {
    if (rewind && opening.length + text.length < channel.columns) channel.write(rewind + channel.style('dim', text))
  }
  try {
    const result = await work(step)
    channel.write(`${rewind}done${ending(result)}\n`)
    return result
  } catch (error) {
    channel.write(`${rewind}${channel.style('red', '!')}\n`)
    throw error
  }
}
