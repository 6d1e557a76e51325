import { Empty } from '../ui/empty.tsx'
import { Link } from './router.tsx'

export function Nothing({ path }: { path: string }) {
  return (
    <Empty title={`There is nothing at ${path}`}>
      <p>
        <Link to="/">All apps</Link>
      </p>
    </Empty>
  )
}
