/** A list that is short by nature: all of it on one page. */
export function onePage<Item>(items: Item[]): { items: Item[]; next: null } {
  return { items, next: null }
}

/** The query as the wings take it: no `cursor` at all where none was sent. */
export function pageQuery({ limit, cursor }: { limit: number; cursor?: string | undefined }): {
  limit: number
  cursor?: string
} {
  return cursor === undefined ? { limit } : { limit, cursor }
}
