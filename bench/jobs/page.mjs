/** The page of `ambix report` with 1,000 revisions and 500 tables in a real browser: until the history is there, until the diagram is, and while it is used. */
import { execFileSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { put, revisionText } from '../lib/fixture.mjs'
import { median } from '../lib/measure.mjs'

const browsers = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** By turns a table with a key to one before, and a column more. */
function write(folder, count) {
  put(folder, 'package.json', '{ "type": "module" }')
  put(folder, 'ambix.config.mjs', "export default { dialect: 'postgres', schema: './schema.sql' }\n")
  const id = (i) => (0x100000000000 + i * 0x9e3779b1).toString(16).slice(-12)
  for (let i = 0; i < count; i++) {
    const t = `thing_${i >> 1}`
    const key = i < 2 ? '' : `.references('thing_${i >> 3}', 'id')`
    const [up, down] =
      i % 2 === 0
        ? [
            `op.createTable('${t}', { id: integer().primaryKey().identity(), before_id: integer()${key}, name: varchar(80).notNull(), price: numeric(12, 2), open: boolean().notNull().default(true) }, (c) => [index('${t}_name_idx').on(c.name)])`,
            `op.dropTable('${t}')`,
          ]
        : [`op.addColumn('${t}', 'remark', text())`, `op.dropColumn('${t}', 'remark')`]
    put(
      folder,
      `migrations/${String(i).padStart(6, '0')}_${id(i)}.ts`,
      revisionText({
        id: id(i),
        message: i % 2 === 0 ? `create ${t}` : `add a remark to ${t}`,
        downRevision: i === 0 ? undefined : id(i - 1),
        imports: "import { boolean, index, integer, numeric, text, varchar } from 'ambix/schema'\n",
        up: `  ${up}`,
        down: `  ${down}`,
      }),
    )
  }
}

export async function page({ ambix, folder, quick, rounds }) {
  const executablePath = browsers.find((path) => existsSync(path))
  if (executablePath === undefined) return ['No Chromium in /usr/bin: not measured.']
  const count = quick ? 200 : 1000
  const made = folder()
  write(made, count)
  execFileSync(process.execPath, [ambix, 'report', '--offline', '--html', 'page.html'], { cwd: made, stdio: 'ignore' })
  const file = join(made, 'page.html')
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] })
  const samples = []
  try {
    for (let round = 0; round < Math.max(rounds, 3); round++) {
      const tab = await browser.newPage({ viewport: { width: 1400, height: 900 } })
      await tab.addInitScript(() => {
        globalThis.longest = 0
        new PerformanceObserver((list) => {
          for (const e of list.getEntries()) globalThis.longest = Math.max(globalThis.longest, e.duration)
        }).observe({ type: 'longtask', buffered: true })
      })
      const begun = performance.now()
      await tab.goto(`file://${file}`)
      await tab.getByRole('heading', { level: 2 }).first().waitFor()
      const opened = performance.now()
      await tab.getByRole('button', { name: 'Schema' }).click()
      await tab.locator('svg .table').first().waitFor()
      const drawn = performance.now()
      const tables = await tab.locator('svg .table').count()
      if (tables === 0) throw new Error('no table is drawn')
      await tab.evaluate(() => (globalThis.longest = 0))
      await tab.getByLabel('Find a table or column').fill('thing_12')
      await tab.getByRole('button', { name: /^Revision/ }).click()
      await tab.getByRole('listbox', { name: 'Revisions' }).focus()
      for (let i = 0; i < 20; i++) await tab.keyboard.press('ArrowUp')
      await tab.waitForTimeout(200)
      samples.push([opened - begun, drawn - opened, await tab.evaluate(() => globalThis.longest), tables])
      await tab.close()
    }
  } finally {
    await browser.close()
  }
  const of = (k) => samples.map((s) => s[k])
  const ms = (list) => `${Math.round(median(list))} (${Math.round(Math.min(...list))})`
  return [
    '| revisions | tables drawn | size of the page | open | diagram | longest task while it is used |',
    '|---|--:|--:|--:|--:|--:|',
    `| ${count} | ${samples[0][3]} | ${Math.round(statSync(file).size / 1024)} kB | ${ms(of(0))} ms | ${ms(of(1))} ms | ${ms(of(2))} ms |`,
    '',
    `Medians, the least in brackets; the goal is 2,000 ms to open.`,
  ]
}
