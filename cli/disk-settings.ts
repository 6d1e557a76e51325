import { type Forms, plainSize, wholeNumberForm } from '../server/contract/setting-forms.ts'

/** Everything that `disk:set` takes, in the order in which it is shown. */
export const DISK_FORMS: Forms = {
  'keep-releases': wholeNumberForm,
  'keep-builds': wholeNumberForm,
  'image-budget': plainSize,
  'cache-budget': plainSize,
}
