import { BuildFailure } from './errors.ts'
import { type Cause, LANGUAGE_CAUSES } from './explain-languages.ts'

export type FailedCommand = {
  /** As the user would type it. */
  command: string
  code: number | null
  signal: string | null
  /** Last lines of output, oldest first. */
  output: string[]
}

const RELOCK = 'npm install && git add package-lock.json && git commit -m "Update package-lock.json"'

/** Where the lock file of another package manager does not fit, what writes it anew. */
const LOCKS: { pattern: RegExp; file: string; command: string }[] = [
  {
    pattern: /ERR_PNPM_(?:OUTDATED_LOCKFILE|LOCKFILE_CONFIG_MISMATCH|LOCKFILE_BREAKING_CHANGE)/,
    file: 'pnpm-lock.yaml',
    command: 'pnpm install',
  },
  {
    pattern: /Your lockfile needs to be updated|YN0028|The lockfile would have been (?:modified|created)/,
    file: 'yarn.lock',
    command: 'yarn install',
  },
  { pattern: /lockfile had changes, but lockfile is frozen/, file: 'bun.lock', command: 'bun install' },
]

/** A shell's exit code for SIGXFSZ, and what programs say that live on. */
const TOO_LARGE_CODE = 153
const TOO_LARGE_LINE = /File too large|EFBIG|File size limit exceeded/

/** In order: the first that is found in the output is the cause. */
const CAUSES: Cause[] = [
  ...LOCKS.map(({ pattern, file, command }) => ({
    pattern,
    code: 'node.lock-out-of-step',
    message: () => `${file} does not fit package.json, so nothing was installed.`,
    fix: 'Bring the lock file up to date on your machine and commit it.',
    command: `${command} && git add ${file} && git commit -m "Update ${file}"`,
  })),
  {
    pattern: /ERR_PNPM_IGNORED_BUILDS/,
    code: 'node.ignored-scripts',
    message: () =>
      'pnpm runs install scripts of packages only where the app allows them, and some are not settled yet.',
    fix: 'Allow or refuse them on your machine and commit what pnpm writes.',
    command: 'pnpm approve-builds && git add -u && git commit -m "Settle install scripts"',
  },
  {
    pattern: /can only install (?:packages )?when your package\.json and .+ are in sync/,
    code: 'npm.lock-out-of-step',
    message: () => 'package-lock.json does not fit package.json, so nothing was installed.',
    fix: 'Bring the lock file up to date on your machine and commit it.',
    command: RELOCK,
  },
  {
    pattern: /npm (?:error|ERR!) (?:code EINTEGRITY|.*integrity checksum failed)/,
    code: 'npm.integrity',
    message: () => 'A package does not have the checksum that package-lock.json promises.',
    fix: 'Write the lock file anew on your machine and commit it.',
    command: `rm -rf node_modules package-lock.json && ${RELOCK}`,
  },
  {
    pattern: /npm (?:error|ERR!) code ERESOLVE/,
    code: 'npm.conflict',
    message: () => 'Two dependencies want versions of a package that exclude each other.',
    fix: 'Choose versions that fit, as npm says above, then commit package.json and package-lock.json.',
    command: RELOCK,
  },
  {
    pattern: /npm (?:error|ERR!) notarget No matching version found for ([^\s]+?)\.?$/m,
    code: 'npm.no-such-version',
    message: ([, wanted]) => `The registry has no such version: ${wanted}.`,
    fix: 'Correct the version in package.json, then commit package.json and package-lock.json.',
    command: RELOCK,
  },
  {
    pattern: /npm (?:error|ERR!) 404\s+'?([^'\s]+@[^'\s]+?)'? (?:is not in|could not be found)/,
    code: 'npm.no-such-package',
    message: ([, wanted]) => `The registry has no package ${wanted}, or does not show it to you.`,
    fix: 'Correct the name in package.json; for a private package, set its token as a config var and name it in .npmrc.',
  },
  {
    pattern: /npm (?:error|ERR!) Missing script: "([^"]+)"/,
    code: 'npm.missing-script',
    message: ([, script]) => `package.json has no script "${script}".`,
    fix: 'Add the script to package.json or correct the name.',
  },
  {
    pattern: /^npm (?:error|ERR!).*(?:SELF_SIGNED_CERT|UNABLE_TO_(?:GET_ISSUER_CERT|VERIFY_LEAF)|CERT_UNTRUSTED)/m,
    code: 'registry.untrusted',
    message: () => 'The package registry answers with a certificate that this machine does not trust.',
    fix: 'Behind a proxy with an authority of its own, an owner of the box names its PEM file: paas box:set certificates=@authority.pem.',
  },
  {
    pattern:
      /^npm (?:error|ERR!).*\b(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ENOTCACHED|E50[234])\b/m,
    code: 'registry.unreachable',
    message: () => 'The package registry could not be reached from this machine.',
    fix: 'Check the network of the machine, then push again.',
    command: 'npm ping',
    retryable: true,
  },
  {
    pattern: /ENOSPC|No space left on device/i,
    code: 'build.disk-full',
    message: () => 'The disk of the machine is full.',
    fix: 'Free some space on the machine, then push again.',
    command: 'df -h',
    retryable: true,
  },
  {
    pattern: /JavaScript heap out of memory/,
    code: 'build.out-of-memory',
    message: () => 'Node.js ran out of memory while it built the app.',
    fix: 'Let the build use less memory, or set NODE_OPTIONS=--max-old-space-size=<MB> as a config var.',
  },
  {
    pattern: /(?:sh: (?:\d+: )?|command not found: )([\w./@-]+): (?:not found|command not found)/,
    code: 'build.command-not-found',
    message: ([, tool]) => `${tool} is not there when the app is built.`,
    fix: 'Add the package that brings it to devDependencies and commit package.json and package-lock.json.',
    command: RELOCK,
  },
  {
    pattern: /Cannot find (?:module|package) '([^']+)'/,
    code: 'build.module-not-found',
    message: ([, module]) => `${module} cannot be found when the app is built.`,
    fix: 'Add it to dependencies, or check the path and its upper and lower case letters: they matter here.',
    command: RELOCK,
  },
]

/** Why a command of the build failed, with the way out, as far as its output tells. */
export function explain(failed: FailedCommand): BuildFailure {
  const output = failed.output.join('\n')
  const how = `\`${failed.command}\` ${ending(failed)}`
  if (isTooLarge(failed)) {
    return new BuildFailure('build.disk-limit', `${how}: a file became larger than all that a build may write.`, {
      fix: 'Let the build write less, or have an owner of the box raise the limit.',
      command: 'paas builds:limits disk=20gb',
    })
  }
  for (const { pattern, code, message, ...help } of [...LANGUAGE_CAUSES, ...CAUSES]) {
    const match = pattern.exec(output)
    if (match) return new BuildFailure(code, `${message(match)} ${how}.`, help)
  }
  if (failed.code === 137 || failed.signal === 'SIGKILL') {
    return new BuildFailure('build.out-of-memory', `${how}: it was killed, most likely because memory ran out.`, {
      fix: 'Let the build use less memory, or give the machine more.',
    })
  }
  return new BuildFailure('build.command-failed', `${how}.`, {
    fix: 'The lines above say why. Run the same command on your machine, correct it, commit and push again.',
  })
}

function isTooLarge({ code, signal, output }: FailedCommand): boolean {
  return code === TOO_LARGE_CODE || signal === 'SIGXFSZ' || output.some((line) => TOO_LARGE_LINE.test(line))
}

function ending({ code, signal }: FailedCommand): string {
  return signal ? `was ended by ${signal}` : `ended with exit code ${code}`
}

/** An argv as the user would type it; the texts of `sh -c` stand for themselves. */
export function typed(argv: string[]): string {
  if (argv[0] === 'sh' && argv[1] === '-c' && argv[2] !== undefined) return argv[2]
  return argv.join(' ')
}
