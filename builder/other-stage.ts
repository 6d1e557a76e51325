/**
 * What a stage gives to another one stands here by itself: all that is taken from a stage is read by BuildKit to name the
 * result, and the whole of a stage takes it longer than a build does.
 */
const GIVEN_DIRECTORY = '/run/paas-given'
/** Names of directories, which are given with what stands in them or without. */
const DIRECTORIES = '/run/paas-directories'
/** Whatever changed after this file was made, the build has changed. */
const MOMENT = '/tmp/.paas-moment'

/** Marks the instruction in BuildKit's own report, as stepMark does. */
export const ADD_MARK = `${GIVEN_DIRECTORY}/`

/** For a shell: remembers that now everything is there that a build begins with. */
export const NOW = `touch ${MOMENT}`

/** Gives all that a stage has but what stands below directories of this name, and of that what changed. */
export function giveWithout(directories: string): string[] {
  return give(`'(' ! -path "*/$1/*" -o -cnewer ${MOMENT} ')'`, directories)
}

/** Gives what a stage has made, but nothing below directories of this name. */
export function giveMade(directories: string): string[] {
  return give(`-name "$1" -prune -o -cnewer ${MOMENT}`, directories)
}

/**
 * COPY can leave nothing out on older engines, and root alone reads every file. The directories that a file stands in come
 * with it as they are, for COPY gives those that are there already the mode of the new ones.
 */
function give(files: string, directories: string): string[] {
  const find = `find . -mindepth 1 ${files} '(' -type d -fprint0 ${DIRECTORIES} -o -print0 ')'`
  const copy = `xargs --null --no-run-if-empty cp --archive --parents --target-directory=${GIVEN_DIRECTORY} --`
  const pack = `tar --create --null --no-recursion --files-from=${DIRECTORIES}`
  const unpack = `tar --extract --preserve-permissions --directory=${GIVEN_DIRECTORY}`
  const text = `mkdir ${GIVEN_DIRECTORY} && cd /app && ${find} | ${copy} && ${pack} | ${unpack}`
  return ['USER 0:0', `RUN ${JSON.stringify(['bash', '-o', 'pipefail', '-c', text, 'paas-give', directories])}`]
}

/** Puts what the stage gives into the app, over what is there. No container has to be started for it. */
export function addGiven(stage: string, owner: string): string {
  return `COPY --from=${stage} --chown=${owner} ${JSON.stringify([ADD_MARK, '/app/'])}`
}
