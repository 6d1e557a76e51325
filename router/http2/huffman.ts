/**
 * The code of RFC 7541 appendix B. It is canonical: symbols in the order of their code's length, then of their value,
 * have consecutive codes; so the lengths alone say it all. 256 is the end of a string (EOS).
 */
const LENGTHS: readonly (readonly [length: number, symbols: string])[] = [
  [5, '48-50 97 99 101 105 111 115-116'],
  [6, '32 37 45-47 51-57 61 65 95 98 100 102-104 108-110 112 114 117'],
  [7, '58 66-87 89 106-107 113 118-122'],
  [8, '38 42 44 59 88 90'],
  [10, '33-34 40-41 63'],
  [11, '39 43 124'],
  [12, '35 62'],
  [13, '0 36 64 91 93 126'],
  [14, '94 125'],
  [15, '60 96 123'],
  [19, '92 195 208'],
  [20, '128 130-131 162 184 194 224 226'],
  [21, '153 161 167 172 176-177 179 209 216-217 227 229-230'],
  [22, '129 132-134 136 146 154 156 160 163-164 169-170 173 178 181 185-187 189-190 196 198 228 232-233'],
  [23, '1 135 137-141 143 147 149-152 155 157-158 165-166 168 174-175 180 182-183 188 191 197 231 239'],
  [24, '9 142 144-145 148 159 171 206 215 225 236-237'],
  [25, '199 207 234-235'],
  [26, '192-193 200-202 205 210 213 218-219 238 240 242-243 255'],
  [27, '203-204 211-212 214 221-223 241 244-248 250-254'],
  [28, '2-8 11-12 14-21 23-31 127 220 249'],
  [30, '10 13 22 256'],
]
const EOS = 256
const NIBBLE_BITS = 4
/** Flags of a step: a symbol is complete; the string may end here; this is no code at all. */
const EMITS = 1 << 16
const ACCEPTS = 1 << 17
const FAILS = 1 << 18
const STATE_SHIFT = 8

/** A node of the code's tree: its two children, each a node or, from `LEAF` on, a symbol. */
type Node = [zero: number, one: number]
const LEAF = 1_000

/** `[state * 16 + nibble]`: the flags, the next state, and the symbol. Made by the first visitor who needs it. */
let table: Int32Array | null = null
export const BROKEN = -1

/**
 * Decodes a string into `target`, which must hold 8/5 of its bytes. Returns the number of bytes written, or BROKEN: a
 * padding longer than 7 bits or not of ones, or EOS (section 5.2).
 */
export function decodeHuffman(bytes: Uint8Array, start: number, end: number, target: Uint8Array): number {
  table ??= steps(tree())
  const entries = table
  let state = 0
  let size = 0
  let step = ACCEPTS
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number
    step = entries[(state << NIBBLE_BITS) | (byte >> NIBBLE_BITS)] as number
    if (step & EMITS) target[size++] = step & 0xff
    state = (step >> STATE_SHIFT) & 0xff
    const failed = step & FAILS
    step = entries[(state << NIBBLE_BITS) | (byte & 15)] as number
    if (step & EMITS) target[size++] = step & 0xff
    if ((failed | step) & FAILS) return BROKEN
    state = (step >> STATE_SHIFT) & 0xff
  }
  return step & ACCEPTS ? size : BROKEN
}

function tree(): Node[] {
  const nodes: Node[] = [[0, 0]]
  let code = 0
  let before = 0
  for (const [length, ranges] of LENGTHS) {
    code <<= length - before
    before = length
    for (const symbol of symbolsOf(ranges)) addCode(nodes, code++, length, symbol)
  }
  return nodes
}

function symbolsOf(ranges: string): number[] {
  return ranges.split(' ').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number)
    return Array.from({ length: last - first + 1 }, (_, index) => first + index)
  })
}

function addCode(nodes: Node[], code: number, length: number, symbol: number): void {
  let at = 0
  for (let bit = length - 1; bit > 0; bit--) {
    const node = nodes[at] as Node
    const side = (code >> bit) & 1
    if (node[side] === 0) node[side] = nodes.push([0, 0]) - 1
    at = node[side] as number
  }
  const last = nodes[at] as Node
  last[code & 1] = LEAF + symbol
}

/** A code has 5 bits at least, so four bits complete one symbol at most. */
function steps(nodes: Node[]): Int32Array {
  const table = new Int32Array(nodes.length << NIBBLE_BITS)
  const accepting = acceptingStates(nodes)
  for (let state = 0; state < nodes.length; state++) {
    for (let nibble = 0; nibble < 1 << NIBBLE_BITS; nibble++) {
      let at = state
      let entry = 0
      for (let bit = NIBBLE_BITS - 1; bit >= 0; bit--) {
        const next = (nodes[at] as Node)[(nibble >> bit) & 1] as number
        at = next >= LEAF ? 0 : next
        if (next === LEAF + EOS) entry |= FAILS
        else if (next >= LEAF) entry |= EMITS | (next - LEAF)
      }
      table[(state << NIBBLE_BITS) | nibble] = entry | (at << STATE_SHIFT) | (accepting.has(at) ? ACCEPTS : 0)
    }
  }
  return table
}

/** Between two symbols, or up to 7 ones after the last: a prefix of EOS. */
function acceptingStates(nodes: Node[]): Set<number> {
  const states = new Set([0])
  let at = 0
  for (let ones = 0; ones < 7; ones++) {
    at = (nodes[at] as Node)[1]
    states.add(at)
  }
  return states
}
