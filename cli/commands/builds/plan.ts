import { resolve } from 'node:path'
import type { BuildPlan, BuildStep } from '../../../builder/plan.ts'
import { inOurWords } from '../../build-failure.ts'
import { defineCommand, flag, maybe } from '../../command.ts'
import type { Context } from '../../context.ts'
import { CliError } from '../../errors.ts'
import { loadPlanner } from '../../load-planner.ts'
import { tableLines } from '../../table.ts'

export const command = defineCommand({
  about: 'show what a build of a folder would do and why; needs no box',
  args: { folder: maybe('default: the current one') },
  options: { dockerfile: flag('--dockerfile', 'print the Dockerfile instead, which any docker builds without paas') },
  examples: [
    { run: 'paas build:plan' },
    { run: 'paas build:plan apps/web --json | jq .processTypes' },
    { run: 'paas build:plan --dockerfile > Dockerfile' },
  ],
  async run(context, { args, options }) {
    const folder = resolve(args.folder ?? '.')
    const { planOf } = await loadPlanner()
    const { plan, declared, dockerfile } = await planOf(folder).catch((error: unknown) => {
      throw inOurWords(error)
    })
    if (context.json) return context.print(plan)
    if (!options.dockerfile) return show(context, plan, declared)
    if (dockerfile === null) throw onlyHere(plan)
    context.out.write(`${dockerfile.trimEnd()}\n`)
    if (plan.dockerfile !== undefined) context.err.line(`The app has a ${plan.dockerfile} of its own: this is it.`)
    else context.err.line('Beside it belongs a .dockerignore that names .git and node_modules.')
  },
})

function onlyHere({ classic = [], cloudNative }: BuildPlan): CliError {
  if (cloudNative) {
    const { builder } = cloudNative
    return new CliError(
      `No Dockerfile stands for the builder ${builder}: what its buildpacks need is known when it runs.`,
      {
        fix: 'Without paas, pack builds the same app by the same builder.',
        command: `pack build my-app --builder ${builder}`,
      },
    )
  }
  return new CliError(`No Dockerfile can stand for buildpacks: ${classic.join(', ')}.`, {
    fix: 'Without --dockerfile the plan itself is shown.',
    command: 'paas build:plan',
  })
}

function show({ out, err }: Context, plan: BuildPlan, declared: string[]): void {
  out.line(`${plan.title} app: ${plan.because} found`)
  section(out, 'Runtimes', ['NAME', 'VERSION', 'BECAUSE'], runtimes(plan))
  section(out, 'Steps', ['STEP', 'COMMAND', 'AGAIN WHEN'], [...(plan.assetSteps ?? []), ...plan.steps].flatMap(step))
  section(out, 'Processes', ['TYPE', 'COMMAND', 'FROM'], processes(plan, declared))
  const packages = [...plan.packages, ...(plan.buildPackages ?? []).map((name) => `${name} (build only)`)]
  if (packages.length > 0) out.line(`\nDebian packages: ${packages.join(', ')}`)
  if (plan.port !== undefined) out.line(`\nPort: ${plan.port}`)
  if (plan.dockerfile !== undefined) out.line(`\nBuilt by: ${plan.dockerfile}`)
  for (const line of asked(plan)) out.line(line)
  for (const note of plan.notes ?? []) out.line(`\n${note}`)
  for (const warning of plan.warnings) err.line(`Warning: ${warning}`)
}

/** What project.toml says of the build by a builder. */
function asked({ cloudNative }: BuildPlan): string[] {
  if (!cloudNative) return []
  const { builder, buildpacks, before, after, variables, include, exclude } = cloudNative
  const named = (packs: typeof buildpacks) =>
    packs.map(({ id, version }) => (version ? `${id} ${version}` : id)).join(', ')
  const rows: [string, string][] = [
    ['Builder', builder],
    ['Buildpacks', named(buildpacks) || 'those that the builder finds'],
    ['Before them', named(before)],
    ['After them', named(after)],
    ['Variables', Object.keys(variables).join(', ')],
    ['Sees only', include?.join(', ') ?? ''],
    ['Does not see', exclude.join(', ')],
  ]
  return ['', ...rows.flatMap(([name, text]) => (text === '' ? [] : [`${name}: ${text}`]))]
}

function section(out: Context['out'], title: string, headers: string[], rows: string[][]): void {
  if (rows.length === 0) return
  out.line(`\n${title}`)
  for (const line of tableLines(headers, rows)) out.line(`  ${line}`)
}

function runtimes({ runtimes }: BuildPlan): string[][] {
  return runtimes.map(({ name, version, because, only }) => [name, version, only ? `${because}; build only` : because])
}

function step({ name, commands, inputs }: BuildStep): string[][] {
  const again = inputs.includes('.') ? 'anything changes' : inputs.length > 0 ? `${inputs.join(', ')} change` : ''
  return commands.map((argv, index) => [index === 0 ? name : '', shown(argv), index === 0 ? again : ''])
}

/** `sh -c text` is what was typed. */
function shown(argv: string[]): string {
  return argv[0] === 'sh' && argv[1] === '-c' ? (argv[2] ?? '') : argv.join(' ')
}

function processes({ processTypes, title }: BuildPlan, declared: string[]): string[][] {
  return Object.entries(processTypes).map(([type, command]) => [
    type,
    command ?? 'what the image starts',
    declared.includes(type) ? 'Procfile' : title,
  ])
}
