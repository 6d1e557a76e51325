import { useEffect, useRef } from 'react'

/** A heading that has not come by then comes too late to take the focus from whoever has gone on. */
const WAIT_MS = 2_000

/** On another screen the focus goes to its heading, so that keys and screen readers begin there; not on the first one. */
export function useHeadingFocus(screen: string): void {
  const before = useRef(screen)
  useEffect(() => {
    if (before.current === screen) return
    before.current = screen
    const begun = performance.now()
    let frame = 0
    const look = () => {
      const heading = document.querySelector<HTMLElement>('main h1')
      const typing = document.activeElement?.matches('main :is(input, select, textarea)')
      if (typing || performance.now() - begun > WAIT_MS) return
      if (!heading || document.querySelector('dialog[open]')) {
        frame = requestAnimationFrame(look)
        return
      }
      heading.tabIndex = -1
      heading.focus({ preventScroll: true })
    }
    frame = requestAnimationFrame(look)
    return () => cancelAnimationFrame(frame)
  }, [screen])
}
