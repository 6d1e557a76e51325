import { PaasError } from '../../errors.ts'

/** Throws `image.no-command`: a directory, unlike a container image, starts nothing by itself. */
export function commandOf(command: string[] | null, process: string): string[] {
  if (command && command.length > 0) return command
  throw new PaasError('invalid', 'image.no-command', `Nothing says how ${process} is started`, {
    fix: `Add a line for it to the Procfile, such as "web: node server.js", and push again.`,
  })
}
