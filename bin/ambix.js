#!/usr/bin/env node
// Starts the command line; on a Node that is too old it says so, in words that such a Node can run.
// As a shell takes them: a word with a blank or another special character stands in quotes.
function typed() {
  return process.argv
    .slice(2)
    .map(function (word) {
      return /^[\w@%+=:,./-]+$/.test(word) ? word : "'" + word.replace(/'/g, "'\\''") + "'"
    })
    .join(' ')
}
var version = process.versions.node.split('.').map(Number)
if (version[0] < 22 || (version[0] === 22 && version[1] < 18)) {
  process.stderr.write(
    'ambix needs Node.js 22.18 or newer; this is ' +
      process.versions.node +
      '.\n' +
      'To give this project a newer one, without touching the machine:\n\n' +
      '  npm i -D node@24\n' +
      '  npx ambix ' +
      typed() +
      '\n',
  )
  process.exitCode = 1
} else if (typeof require('node:module').registerHooks !== 'function') {
  // What loads TypeScript and one copy of ambix for everything; Bun and Deno give themselves out as Node, and may lack it.
  var others = process.versions.bun
    ? 'Bun ' + process.versions.bun
    : process.versions.deno
      ? 'Deno ' + process.versions.deno
      : 'This runtime'
  process.stderr.write(
    others +
      ' has no module.registerHooks, which ambix loads the project with. Run it with Node.js 22.18 or newer: npx ambix ' +
      typed() +
      '\n',
  )
  process.exitCode = 1
} else {
  // Optimizing PGlite is half of what a command costs that opens one, and comes too late for it: the process waits at its end for
  // two functions that are compiled, half a second. A budget does not hold them back: a turn of their loops costs its length in
  // code. The driver takes the filter back where a folder is large (src/drivers/pglite.ts). So it is with JavaScript, a sixth of
  // what `check` costs: it waits for ten to thirty times the usual calls and turns. A version of V8 without a flag would complain aloud.
  // Said before the cache of compiled code, which is for these flags.
  if (version[0] <= 24 && !process.versions.bun && !process.versions.deno)
    require('node:v8').setFlagsFromString('--wasm-tier-up-filter=0')
  if (version[0] === 24 && !process.versions.bun && !process.versions.deno) {
    require('node:v8').setFlagsFromString('--invocation-count-for-maglev=12000')
    require('node:v8').setFlagsFromString('--invocation-count-for-maglev-osr=3000')
    require('node:v8').setFlagsFromString('--invocation-count-for-turbofan=30000')
    require('node:v8').setFlagsFromString('--invocation-count-for-osr=5000')
  }
  require('node:module').enableCompileCache()
  var end = require('./end.js').end
  require('../dist/cli.cjs')
    .main(process.argv.slice(2))
    .then(end)
    .catch(function (error) {
      process.stderr.write(String((error && error.stack) || error) + '\n')
      end(1)
    })
}
