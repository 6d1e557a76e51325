import type { AppRecord } from '../../apps/apps.ts'
import { PaasError } from '../../errors.ts'
import { SYSTEM } from '../../people/actor.ts'
import type { AddonRecord } from '../addon-records.ts'
import type { Addons } from '../addons.ts'
import type { NewAddon } from '../openings.ts'

/** A new addon that `fill` brings data into while nobody uses it. Leaves nothing when it throws. */
export async function newAddon(
  addons: Pick<Addons, 'create' | 'settled' | 'findById' | 'destroy'>,
  app: AppRecord,
  wish: NewAddon,
  fill: (addon: AddonRecord) => Promise<void>,
): Promise<{ name: string }> {
  const { id } = await addons.create(SYSTEM, app, wish)
  const made = await addons.settled(id)
  try {
    if (made?.state !== 'available') throw notMade(made)
    await fill(made)
    return { name: made.name }
  } catch (error) {
    const left = addons.findById(id)
    if (left) addons.destroy(SYSTEM, left, { backup: false })
    throw error
  }
}

function notMade(addon: AddonRecord | undefined): PaasError {
  const reason = addon?.reason ?? 'it was destroyed meanwhile'
  return new PaasError('failed', 'addon.not-made', `The new addon could not be made: ${reason}.`)
}
