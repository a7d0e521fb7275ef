// What keeps an embedded part from starting and an operator can set right: a taken port, a directory in use, a platform
// without a binary. The message is the whole story, so programs print it without a stack.

/** The message says what is wrong and what to do about it. */
export class StartError extends Error {
  override readonly name = 'StartError'
}
