import { useCall } from '../shell/api.ts'
import { Link } from '../shell/router.tsx'
import { sizeText } from '../ui/size.ts'
import { State } from '../ui/state.tsx'

const EVERY_MS = 10_000
/** Less than a tenth of the disk, or of the memory, is worth a word of warning. */
const LOW = 0.1

/** The machine in one line above the apps. */
export function BoxLine() {
  const { data: box } = useCall('box.info', undefined, { everyMs: EVERY_MS })
  if (!box) return <p className="box-line" aria-hidden="true" />
  const { disk, engine, memory, router } = box
  return (
    <p className="box-line">
      <Link to="/box">{box.baseDomain}</Link>
      <State
        state={engine.available ? 'up' : 'failed'}
        label={engine.available ? engine.name : `${engine.name} does not answer`}
      />
      <State
        state={router.available ? 'up' : 'failed'}
        label={router.available ? 'router' : 'router does not answer'}
      />
      <span className={disk.freeBytes < disk.totalBytes * LOW ? 'low' : ''}>disk {sizeText(disk.freeBytes)} free</span>
      <span className={memory.freeBytes < memory.totalBytes * LOW ? 'low' : ''}>
        memory {sizeText(memory.freeBytes)} free
      </span>
      <span>
        {box.instances} {box.instances === 1 ? 'instance' : 'instances'}
      </span>
    </p>
  )
}
