import { isPlatformImage } from '../platform-images.ts'

/** As docker names images. */
const IMAGE =
  /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::\d{1,5})?\/)?[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*(?::\w[\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$/
export const LONGEST_NAME = 200

/** Why no build may stand on an image of this name, which somebody else has written; undefined where it may. */
export function nameMistake(name: string): string | undefined {
  if (name.length > LONGEST_NAME || !IMAGE.test(name)) return 'it is no name of an image'
  return isPlatformImage(name) ? 'it belongs to another app or to the platform' : undefined
}
