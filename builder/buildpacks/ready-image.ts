import type { BuildPlan } from '../plan.ts'
import type { Source } from '../source.ts'
import { dockerfile } from './dockerfile.ts'

/** An image that somebody else has built. What it starts, and on which port, is its own to say. */
export function readyImage(source: Source, image: string): BuildPlan {
  return { ...dockerfile.plan(source, image), buildpack: 'image', title: 'Ready image' }
}
