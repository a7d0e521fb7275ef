#!/usr/bin/env node
// The command. Plain JavaScript in old words, so that any Node can say which one is needed; everything else is in services/cli.

const [major, minor] = process.versions.node.split('.').map(Number)

if (major < 20 || (major === 20 && minor < 19)) {
  console.error(
    `spendledger needs Node.js 20.19 or newer, and this is ${process.version} (${process.execPath}).`,
  )
  process.exitCode = 2
} else {
  import('./load-typescript.js')
    .then(({ loadTypeScript }) => loadTypeScript())
    .then(() => import('../services/cli/main.ts'))
    .then(({ main }) => main())
}
