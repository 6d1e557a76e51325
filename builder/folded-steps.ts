import type { BuildStep, Cache } from './plan.ts'

/** For an engine without layers that stand side by side: what a step would do aside is done at the end of the last one. */
export function foldedSteps(steps: BuildStep[]): BuildStep[] {
  const aside = steps.filter((step) => step.aside !== undefined)
  const others = steps.filter((step) => step.aside === undefined)
  const last = others.at(-1)
  if (!last || aside.length === 0) return others
  const commands = [...last.commands, ...aside.flatMap((step) => step.commands)]
  const caches = new Map([last, ...aside].flatMap((step) => step.caches).map((cache) => [keyOf(cache), cache]))
  return [...others.slice(0, -1), { ...last, commands, caches: [...caches.values()] }]
}

function keyOf(cache: Cache): string {
  return `${cache.id} ${'path' in cache ? cache.path : cache.variable}`
}
