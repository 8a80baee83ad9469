/** Builds the page of `ambix studio` and `ambix report`: one HTML file with its script and style inside, which asks nobody. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { root } from './entries.mjs'

const most = 600 * 1024

/** @param {string} folder where `studio.html` is written */
export async function buildStudio(folder) {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [join(root, 'tools/studio/page.tsx')],
    bundle: true,
    write: false,
    minify: true,
    format: 'iife',
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    legalComments: 'inline',
    logLevel: 'warning',
  })
  const style = readFileSync(join(root, 'tools/studio/style.css'), 'utf8').replaceAll(/\s*\n\s*/g, '')
  const script = outputFiles[0].text.replaceAll('</script', '<\\/script')
  // The policy says what is true anyway: nothing is loaded from anywhere.
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:">
<title>ambix</title>
<style>${style}</style>
</head>
<body>
<div id="app"></div>
<script type="application/json" id="data">/*DATA*/</script>
<script>${script}</script>
</body>
</html>
`
  if (Buffer.byteLength(html) > most)
    throw new Error(`the page has ${Buffer.byteLength(html)} bytes, more than ${most}`)
  writeFileSync(join(folder, 'studio.html'), html)
  return Buffer.byteLength(html)
}
