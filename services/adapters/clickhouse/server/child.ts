// The process that becomes the engine: it sets up a terminal and the sandbox, then calls into the engine's library, which
// does not return while it serves. Started by engine.ts only.
//
// Terminal: with a plain input the engine installs a handler under which any exception in a connection's thread, such as
// a wrong password or a port scan, aborts the whole process. With a terminal it counts as interactive and does not.
// Lifeline: standard input is a pipe from the parent. Its end means that the parent is gone or wants us to stop; then
// Ctrl-D is typed at the terminal, which ends the engine in good order.
// Threads: the engine's call blocks one thread, so it runs on libuv's pool while the JS thread watches the lifeline. The
// parent sets the pool's size to 1, because Landlock must restrict that very thread.
import { writeSync } from 'node:fs'
import { Socket } from 'node:net'
import { loadFfi } from '../../native/ffi.ts'
import { loadLibc } from '../../native/libc.ts'
import { openPty } from '../../native/pty.ts'
import { BOOT_VARIABLE, type Boot, sandboxLine } from './boot.ts'
import { dropFileCapabilities } from './capabilities.ts'
import { restrictPool } from './landlock.ts'
import { keepPipesSealed } from './pipes.ts'

const CTRL_D = '\x04'

const die = (): void => {
  process.kill(process.pid, 'SIGKILL')
}

function watchLifeline(fd: number, onEnd: () => void): void {
  let ended = false
  const end = () => {
    if (!ended) onEnd()
    ended = true
  }
  new Socket({ fd, readable: true, writable: false }).on('error', end).on('end', end).resume()
}

/** Runs the engine to its end. @returns its error, if it ended with one */
async function runEngine(library: string, argv: readonly string[]): Promise<string | undefined> {
  const { DataType, load, open } = loadFfi()
  open({ library: 'chdb', path: library })
  const result = await load({
    library: 'chdb',
    funcName: 'chdb_query_cmdline',
    retType: DataType.External,
    paramsType: [DataType.I32, DataType.StringArray],
    paramsValue: [argv.length, argv],
    runInNewThread: true,
  })
  const error = {
    library: 'chdb',
    funcName: 'chdb_result_error',
    paramsType: [DataType.External],
    paramsValue: [result],
  }
  const address = load({ ...error, retType: DataType.I64 })
  return address === 0 ? undefined : load({ ...error, retType: DataType.String })
}

async function main(boot: Boot): Promise<void> {
  const libc = loadLibc()
  const { master, terminal } = openPty(libc)
  const lifeline = libc.call('dup', 0).value
  libc.call('dup2', terminal, 0)
  watchLifeline(lifeline, () => {
    writeSync(master, CTRL_D)
    setTimeout(die, boot.graceMs)
  })
  if (boot.sandbox) {
    const abi = await restrictPool(libc, boot.sandbox)
    if (abi > 0) {
      await dropFileCapabilities(libc)
      keepPipesSealed(boot.runDir)
    }
    process.stdout.write(sandboxLine(abi))
  }

  const error = await runEngine(boot.library, boot.argv)
  if (error) process.stderr.write(`${error}\n`)
  process.exit(error ? 1 : 0)
}

main(JSON.parse(process.env[BOOT_VARIABLE] ?? '') as Boot).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`, die)
})
