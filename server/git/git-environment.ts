/**
 * Everything git may know of the machine it runs on: nothing. No system or user configuration, no prompts, no home; our
 * settings go in by GIT_CONFIG_COUNT, the one scope besides those files in which git honours safe.directory and
 * safe.bareRepository.
 */
const PATH = '/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin'

/** A pack that is larger is refused while it arrives. */
export const MAX_PUSH_BYTES = 512 * 1024 * 1024

export type GitSettings = { hooks: string; maxPushBytes: number }

/** Variables for a git command on the repository at `directory`. */
export function gitEnvironment(directory: string, settings: GitSettings): Record<string, string> {
  return {
    PATH,
    HOME: '/nonexistent',
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    ...configVariables(receiverConfig(directory, settings)),
  }
}

/** Branch deletion and non-fast-forwards are judged by push-plan.ts, which can explain itself; git's own switches are off. */
function receiverConfig(directory: string, { hooks, maxPushBytes }: GitSettings): Record<string, string> {
  return {
    'safe.directory': directory,
    'safe.bareRepository': 'explicit',
    'core.hooksPath': hooks,
    'core.fsync': 'committed,reference',
    'core.fsyncMethod': 'batch',
    'receive.fsckObjects': 'true',
    'receive.maxInputSize': String(maxPushBytes),
    'receive.shallowUpdate': 'true',
    'receive.denyDeletes': 'false',
    'receive.denyNonFastForwards': 'false',
    'receive.autogc': 'false',
    'transfer.hideRefs': 'refs/paas',
    'protocol.allow': 'never',
    'pack.threads': '1',
    'advice.detachedHead': 'false',
  }
}

function configVariables(config: Record<string, string>): Record<string, string> {
  const variables: Record<string, string> = { GIT_CONFIG_COUNT: String(Object.keys(config).length) }
  for (const [index, [key, value]] of Object.entries(config).entries()) {
    variables[`GIT_CONFIG_KEY_${index}`] = key
    variables[`GIT_CONFIG_VALUE_${index}`] = value
  }
  return variables
}
