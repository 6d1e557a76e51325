/**
 * Results in the order of the items. All actions end before the first error is thrown, so that nothing goes on behind the
 * caller's back.
 */
export async function parallel<T, R>(
  items: readonly T[],
  limit: number,
  action: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: PromiseSettledResult<R>[] = []
  const queue = items.entries()
  const worker = async () => {
    for (const [n, item] of queue) [results[n]] = await Promise.allSettled([action(item)])
  }
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker))
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason
    return result.value
  })
}
