// Foreign text for a terminal: nothing in it may move the cursor, change colours, begin a line of its own or turn the direction of
// what stands beside it.

const UNSAFE = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu

/** A text in which every such character is shown as a dot. */
export const plain = (text: string): string => text.replace(UNSAFE, '·')

/** The same for what is laid out already, piece by piece: line breaks and tabs are its own. */
export const plainLayout = (text: string): string =>
  text.replace(UNSAFE, sign => (sign === '\n' || sign === '\t' ? sign : '·'))

/** The same for texts of several lines. */
export const plainLines = (text: string): string => text.split(/\r?\n/).map(plain).join('\n')
