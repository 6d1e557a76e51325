import { decimal, duration, type Form, type Forms, onOff, plainSize, wholeNumberForm } from './setting-forms.ts'

const asText = (value: unknown) => String(value ?? 'default')
const path: Form = {
  read: (text) => text.replace(/^\.\/|\/+$/g, '') || undefined,
  write: asText,
  hint: 'a path from the top, such as apps/web',
}
/** Everything that `build:set` takes but arguments of Dockerfiles, in the order in which it is shown. */
export const BUILD_FORMS: Forms = {
  root: path,
  dockerfile: path,
  builder: {
    read: (text) => text || undefined,
    write: asText,
    hint: 'an image, such as paketobuildpacks/builder-jammy-base',
  },
  target: { read: (text) => text || undefined, write: asText, hint: 'the name of a stage' },
  procfile: path,
  watch: {
    read: (text) => (text === '' ? undefined : text.split(',').map((part) => part.trim().replace(/\/+$/, ''))),
    write: (value) => (value as string[]).join(',') || 'every push builds',
    hint: 'paths with commas between them, such as apps/web,packages',
  },
  submodules: onOff,
  lfs: onOff,
}

/** Everything that `builds:limits` takes. */
export const BUILD_LIMIT_FORMS: Forms = {
  memory: plainSize,
  cpus: decimal,
  time: duration,
  pids: wholeNumberForm,
  disk: plainSize,
}
