/**
 * What a stage gives to another one stands here, packed: all that is mounted from a stage is read by BuildKit to name the
 * result, and the whole of a stage takes it longer than a build does.
 */
const GIVEN_DIRECTORY = '/run/paas-given'
/** Where the other stage sees it. */
const TAKEN_DIRECTORY = '/run/paas/build'
const ARCHIVE = 'files.tar'
/** Whatever changed after this file was made, the build has changed. */
const MOMENT = '/tmp/.paas-moment'

/** Marks the instruction in BuildKit's own report, as stepMark does. */
export const ADD_MARK = 'paas-add'

/** For a shell: remembers that now everything is there that a build begins with. */
export const NOW = `touch ${MOMENT}`

/** Packs all that a stage has but what stands below directories of this name, and of that what changed. */
export function giveWithout(directories: string): string[] {
  return give(`'(' ! -path "*/$1/*" -o -cnewer ${MOMENT} ')'`, directories)
}

/** Packs what a stage has made, but nothing below directories of this name. */
export function giveMade(directories: string): string[] {
  return give(`-name "$1" -prune -o -cnewer ${MOMENT}`, directories)
}

/** COPY can leave nothing out on older engines, and root alone reads every file. */
function give(files: string, directories: string): string[] {
  const pack = `tar --create --null --no-recursion --files-from=- --file=${GIVEN_DIRECTORY}/${ARCHIVE}`
  const text = `mkdir ${GIVEN_DIRECTORY} && cd /app && find . -mindepth 1 ${files} -print0 | ${pack}`
  return ['USER 0:0', `RUN ${JSON.stringify(['bash', '-o', 'pipefail', '-c', text, 'paas-give', directories])}`]
}

/** Unpacks in the app what the stage gives, over what is there. Wants to be root where owners are others. */
export function addGiven(stage: string): string {
  const mount = `--mount=type=bind,from=${stage},source=${GIVEN_DIRECTORY},target=${TAKEN_DIRECTORY}`
  const unpack = `exec tar --extract --preserve-permissions --same-owner --directory=/app --file=${TAKEN_DIRECTORY}/${ARCHIVE}`
  return `RUN ${mount} ${JSON.stringify(['sh', '-c', unpack, ADD_MARK])}`
}
