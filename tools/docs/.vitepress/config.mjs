/** The site: what `build.mjs` staged in .src, with search, dark mode, a sidebar and tabs. Nothing is asked of another host. */
import { readFileSync } from 'node:fs'
import { defineConfig } from 'vitepress'

const { sidebar } = JSON.parse(readFileSync(new URL('../.src/sidebar.json', import.meta.url), 'utf8'))

export default defineConfig({
  title: 'ambix',
  description: 'Schema migrations for TypeScript, the way Alembic does them for Python.',
  lang: 'en',
  srcDir: '.src',
  outDir: '../../site',
  cacheDir: 'node_modules/.cache/vitepress',
  base: process.env.AMBIX_DOCS_BASE ?? '/',
  cleanUrls: true,
  // The pages are plain Markdown, written for readers of files too: {{ }} in them means nothing.
  markdown: { config: (md) => plainText(md), anchor: { slugify: slug } },
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [
      { text: 'Enums', link: '/enums' },
      { text: 'Commands', link: '/commands' },
      { text: 'Coming from …', link: '/from/' },
      { text: 'API', link: '/api/' },
    ],
    sidebar,
  },
})

/** As GitHub makes anchors of headings, so that the pages link alike in both places. */
function slug(heading) {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(/\s/g, '-')
}

/** Text and code are taken as they stand; Vue would read `{{ x }}` as an expression. */
function plainText(md) {
  md.renderer.rules.text = (tokens, i) => escaped(md, tokens[i].content)
  const inline = md.renderer.rules.code_inline
  md.renderer.rules.code_inline = (tokens, i, options, env, self) => {
    tokens[i].attrSet('v-pre', '')
    return inline(tokens, i, options, env, self)
  }
}

const escaped = (md, text) => md.utils.escapeHtml(text).replaceAll('{{', '&#123;&#123;')
