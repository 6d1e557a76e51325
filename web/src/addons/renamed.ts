import { useEffect, useRef } from 'react'

let name: string | undefined

/** Its page is made anew under the new name. */
export function renamedTo(newName: string): void {
  name = newName
}

/** The heading that tells the new name has the focus then. */
export function useRenamedHeading(shown: string) {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    if (name !== shown) return
    name = undefined
    heading.current?.focus({ preventScroll: true })
  }, [shown])
  return heading
}
