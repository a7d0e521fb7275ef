// How many cells of a terminal a text takes: a letter of Chinese and most emoji take two, an accent none. A line that is counted
// by characters wraps, and a table that wraps cannot be read.

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })

/** Emoji, and the blocks that Unicode calls wide (https://www.unicode.org/reports/tr11/). */
const WIDE =
  /\p{Emoji_Presentation}|\ufe0f|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{20000}-\u{3fffd}]/u

const ASCII = /^[\x20-\x7e]*$/

const signsOf = (text: string): string[] => Array.from(graphemes.segment(text), ({ segment }) => segment)

const cellsOf = (sign: string): number => (WIDE.test(sign) ? 2 : 1)

export const widthOf = (text: string): number =>
  ASCII.test(text) ? text.length : signsOf(text).reduce((sum, sign) => sum + cellsOf(sign), 0)

/** The text in at most `width` cells: what makes a name one of many stands at its ends as often as not. */
export function cutMiddle(text: string, width: number): string {
  if (widthOf(text) <= width) return text
  if (width < 1) return ''
  const signs = signsOf(text)
  const front = fitting(signs, Math.ceil((width - 1) / 2))
  const back = fitting(signs.reverse(), width - 1 - widthOf(front.join('')))
  return [...front, '…', ...back.reverse()].join('')
}

/** As many of the first signs as fit. */
function fitting(signs: readonly string[], width: number): string[] {
  let taken = 0
  const end = signs.findIndex(sign => {
    taken += cellsOf(sign)
    return taken > width
  })
  return signs.slice(0, end < 0 ? signs.length : end)
}
