/** Until then what was done is on the screen, and the button that did it there again. */
const WAIT_MS = 1_000

/**
 * A button that is disabled while it works, or goes with what it was about, leaves the focus to nobody. What this gives, called
 * when it is done, brings it back: to the button, or else to the heading of the part of the page that it was in.
 */
export function keptFocus(): () => void {
  const before = document.activeElement
  if (!(before instanceof HTMLElement)) return () => {}
  const part = before.closest<HTMLElement>('section, main')
  return () => {
    const begun = performance.now()
    const look = () => {
      if (document.activeElement !== document.body) return
      const here = before.isConnected && !before.matches(':disabled')
      if (here) before.focus({ preventScroll: true })
      else if (!before.isConnected || performance.now() - begun > WAIT_MS) focusHeading(part)
      else requestAnimationFrame(look)
    }
    requestAnimationFrame(look)
  }
}

/** Of a part of the page, or of the page where that has gone. */
function focusHeading(part: Element | null): void {
  const heading = part?.isConnected ? part.querySelector('h1, h2') : document.querySelector('main h1')
  if (!(heading instanceof HTMLElement)) return
  heading.tabIndex = -1
  heading.focus({ preventScroll: true })
}
