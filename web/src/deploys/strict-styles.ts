import type { Terminal } from '@xterm/xterm'

/**
 * Opens a terminal where the policy allows no inline styles. xterm writes style elements and style attributes, which would
 * stay without effect: the first become sheets of the document here, the second go through the object model, as styles that
 * a script of our own sets. What is returned takes both away again.
 */
export function openStrictly(terminal: Terminal, frame: HTMLElement): () => void {
  const sheets: CSSStyleSheet[] = []
  document.createElement = ((name: string) => {
    return name === 'style' ? sheetElement(sheets) : made(name)
  }) as typeof document.createElement
  try {
    terminal.open(frame)
  } finally {
    delete (document as Partial<Document>).createElement
  }
  HTMLSpanElement.prototype.setAttribute = setSpanAttribute
  return () => {
    delete (HTMLSpanElement.prototype as Partial<HTMLSpanElement>).setAttribute
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((sheet) => !sheets.includes(sheet))
  }
}

const made = (name: string): HTMLElement => Document.prototype.createElement.call(document, name)

/** Whose text is the text of a sheet. */
function sheetElement(sheets: CSSStyleSheet[]): HTMLElement {
  const sheet = new CSSStyleSheet()
  sheets.push(sheet)
  document.adoptedStyleSheets.push(sheet)
  const element = made('span')
  element.hidden = true
  Object.defineProperty(element, 'textContent', { set: (text: string) => sheet.replaceSync(text) })
  return element
}

function setSpanAttribute(this: HTMLSpanElement, name: string, value: string): void {
  if (name === 'style') this.style.cssText = value
  else Element.prototype.setAttribute.call(this, name, value)
}
