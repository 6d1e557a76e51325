import type { Source } from '../../source.ts'

/** What is looked at of a source: all of it, or one directory as if it were all. */
export type Tree = Pick<Source, 'has' | 'hasDirectory' | 'text'>

export function beneath(source: Tree, directory: string): Tree {
  const inside = (path: string) => `${directory}/${path}`
  return {
    has: (path) => source.has(inside(path)),
    hasDirectory: (path) => source.hasDirectory(inside(path)),
    text: (path) => source.text(inside(path)),
  }
}
