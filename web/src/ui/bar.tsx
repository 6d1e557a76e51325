/** How much of a whole, drawn; whoever cannot see it reads the figure beside it. */
export function Bar({ value, most, high = false }: { value: number; most: number; high?: boolean }) {
  return (
    <span className="amount" aria-hidden="true">
      <span className={high ? 'amount-high' : ''} style={{ width: `${Math.min(100, (100 * value) / most)}%` }} />
    </span>
  )
}
