/** Where the files of the other stage are while something is taken from them. */
const OTHER_STAGE = '/run/paas/build'
/** Whatever changed after this file was made, the build has changed. */
const MOMENT = '/tmp/.paas-moment'

/** Marks the instruction in BuildKit's own report, as stepMark does. */
export const ADD_MARK = 'paas-add'

/** For a shell: remembers that now everything is there that a build begins with. */
export const NOW = `touch ${MOMENT}`

/** COPY can leave nothing out on older engines. */
function added(files: string): string {
  return `cd ${OTHER_STAGE}/app && find . -mindepth 1 ${files} -print0 | tar --create --null --no-recursion --files-from=- --file=- | tar --extract --preserve-permissions --same-owner --directory=/app --file=-`
}

/** All that the stage has but what stands below directories of this name, and of that what changed. Wants to be root. */
export function addWithout(stage: string, directories: string): string {
  return run(stage, added(`'(' ! -path "*/$1/*" -o -cnewer ${OTHER_STAGE}${MOMENT} ')'`), directories)
}

/** What the stage has made, but nothing below directories of this name. */
export function addMade(stage: string, directories: string): string {
  return run(stage, added(`-name "$1" -prune -o -cnewer ${OTHER_STAGE}${MOMENT}`), directories)
}

function run(stage: string, text: string, directories: string): string {
  const argv = ['bash', '-o', 'pipefail', '-c', text, ADD_MARK, directories]
  return `RUN --mount=type=bind,from=${stage},target=${OTHER_STAGE} ${JSON.stringify(argv)}`
}
