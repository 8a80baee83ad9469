/** Tabs, made from plain Markdown: one for each package manager where a page installs something, one for each block of a marked list. */

const managers = {
  npm: (line) => line,
  pnpm: (line) =>
    line
      .replace(/^npm install -D /, 'pnpm add -D ')
      .replace(/^npm install /, 'pnpm add ')
      .replace(/^npx /, 'pnpm exec '),
  yarn: (line) =>
    line
      .replace(/^npm install -D /, 'yarn add -D ')
      .replace(/^npm install /, 'yarn add ')
      .replace(/^npx /, 'yarn '),
  bun: (line) =>
    line
      .replace(/^npm install -D /, 'bun add -d ')
      .replace(/^npm install /, 'bun add ')
      .replace(/^npx /, 'bunx '),
}

export function withTabs(text) {
  return drivers(text).replaceAll(/^```sh\n((?:(?!```)[^\n]*\n)*?)```$/gm, (block, body) => {
    const lines = body.trimEnd().split('\n')
    if (!lines.some((l) => /^npm install /.test(l)) || !lines.every((l) => /^(?:npm install |npx |#|$)/.test(l)))
      return block
    const tabs = Object.entries(managers).map(
      ([name, say]) => `\`\`\`sh [${name}]\n${lines.map(say).join('\n')}\n\`\`\``,
    )
    return `::: code-group\n${tabs.join('\n')}\n:::`
  })
}

/** `<!-- tabs -->`, then blocks with a bold line before each, up to `<!-- /tabs -->`. */
function drivers(text) {
  return text.replaceAll(/<!-- tabs -->\n([\s\S]*?)<!-- \/tabs -->/g, (_, body) => {
    const blocks = [...body.matchAll(/\*\*(.+?)\*\*\n+```(\w+)[^\n]*\n([\s\S]*?)^```$/gm)]
    return `::: code-group\n${blocks.map(([, name, language, code]) => `\`\`\`${language} [${name}]\n${code}\`\`\``).join('\n')}\n:::`
  })
}
