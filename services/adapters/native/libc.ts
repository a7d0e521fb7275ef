// The few functions of the C library that Node does not offer: file locks, pseudo-terminals, raw system calls.
// Every argument is an integer or a buffer, so one way of calling serves them all.
import { loadFfi } from './ffi.ts'

/** An integer, or memory of ours that the function reads or fills during the call. */
export type Argument = number | Uint8Array

/** What the function returned; `errno` means something only when the value says that the call failed. */
export interface CallResult {
  readonly value: number
  readonly errno: number
}

export interface Libc {
  /** @throws Error when the C library has no function of that name. */
  call(name: string, ...args: readonly Argument[]): CallResult
  /** The same on a thread of libuv's pool, while the JS thread goes on. */
  callOnPool(name: string, ...args: readonly Argument[]): Promise<CallResult>
  /** A function that returns a C string. */
  callForText(name: string, ...args: readonly Argument[]): string
}

/** @throws StartError where there is no way to call native code. */
export function loadLibc(): Libc {
  const { DataType, load, open } = loadFfi()
  // The empty path is the program itself, which has the C library linked in, whatever its file is called.
  open({ library: 'libc', path: '' })

  const request = (funcName: string, args: readonly Argument[]) => ({
    library: 'libc',
    funcName,
    paramsType: args.map(arg => (typeof arg === 'number' ? DataType.I64 : DataType.U8Array)),
    paramsValue: [...args],
  })
  // Also right for the long that `syscall` returns: descriptors, counts and -1 fit into 32 bits.
  const integer = { retType: DataType.I32, errno: true } as const

  return {
    call(name, ...args) {
      const { value, errnoCode } = load({ ...request(name, args), ...integer })
      return { value, errno: errnoCode }
    },
    async callOnPool(name, ...args) {
      const { value, errnoCode } = await load({ ...request(name, args), ...integer, runInNewThread: true })
      return { value, errno: errnoCode }
    },
    callForText: (name, ...args) => load({ ...request(name, args), retType: DataType.String }),
  }
}
