import { allSteps, type BuildPlan, type BuildStep, type Cache } from './plan.ts'

/**
 * For an engine without layers that stand side by side: one row of steps. What a step would do aside is done at the end of
 * the last one of the build; steps for assets come first, and the image has the whole tree that they leave.
 */
export function foldedPlan(plan: BuildPlan): BuildPlan {
  const { assetSteps, ...rest } = plan
  return { ...rest, steps: foldedSteps(allSteps(plan)), outputs: assetSteps ? ['.'] : plan.outputs }
}

/** Of steps in a row. */
export function foldedSteps(steps: BuildStep[]): BuildStep[] {
  const aside = steps.filter((step) => step.aside !== undefined)
  const others = steps.filter((step) => step.aside === undefined)
  const index = others.findLastIndex((step) => !step.inRunImage)
  const last = others[index]
  if (!last || aside.length === 0) return others
  const commands = [...last.commands, ...aside.flatMap((step) => step.commands)]
  const caches = new Map([last, ...aside].flatMap((step) => step.caches).map((cache) => [keyOf(cache), cache]))
  return others.with(index, { ...last, commands, caches: [...caches.values()] })
}

function keyOf(cache: Cache): string {
  return `${cache.id} ${'path' in cache ? cache.path : cache.variable}`
}
