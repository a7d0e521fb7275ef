// Foreign text for a terminal: nothing in it may move the cursor, change colours or begin a line of its own.

/** A text in which every control character is shown as a dot. */
export const plain = (text: string): string => text.replace(/\p{Cc}/gu, '·')

/** The same for texts of several lines. */
export const plainLines = (text: string): string => text.split(/\r?\n/).map(plain).join('\n')
