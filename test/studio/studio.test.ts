/** Issue 14, item 5: the page in a real browser, drawn from a real database; nothing leaves the machine, and axe finds nothing serious. */
import { spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import axe from 'axe-core'
import { chromium, type Browser, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sandbox } from '../cli/sandbox.ts'
import type { Sandbox } from '../cli/sandbox.ts'
import { server } from '../support/live.ts'

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
)
const built = existsSync(fileURLToPath(new URL('../../dist/studio.html', import.meta.url)))
const shots = fileURLToPath(new URL('../../coverage/studio/', import.meta.url))

/** A busy machine takes its time to draw. */
const patient = { timeout: 60_000 }

const models = `import { table, enumType, integer, text } from 'ambix/schema'
export const state = enumType('state', ['open', 'paid'])
export const users = table('users', { id: integer().primaryKey(), email: text().notNull() })
export const orders = table('orders', { id: integer().primaryKey(), userId: integer().named('user_id').references(() => users.id), state: state() })
`

const body = async (browser: Browser): Promise<{ page: Page; requests: string[]; errors: string[] }> => {
  const page = await browser.newPage({ viewport: { width: 1400, height: 900 }, reducedMotion: 'reduce' })
  const requests: string[] = []
  const errors: string[] = []
  page.on('request', (r) => requests.push(r.url()))
  page.on('pageerror', (e) => errors.push(e.message))
  return { page, requests, errors }
}

const missing =
  server === undefined
    ? 'no PostgreSQL'
    : executablePath === undefined
      ? 'no Chromium in /usr/bin'
      : built
        ? undefined
        : 'not built'

if (missing !== undefined && process.env['AMBIX_TEST_CHROMIUM_REQUIRED'] !== undefined)
  throw new Error(`the tests of the page were asked for, and there is ${missing}`)

describe.skipIf(missing !== undefined)(
  `ambix studio and ambix report${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  () => {
    let browser: Browser
    let project: Sandbox
    let kept: string
    let drop: () => Promise<void>

    beforeAll(async () => {
      const database = await server!.createDatabase()
      drop = () => database.drop()
      mkdirSync(shots, { recursive: true })
      kept = mkdtempSync(join(tmpdir(), 'ambix-studio-'))
      browser = await chromium.launch({
        executablePath: executablePath!,
        args: [
          '--no-sandbox',
          '--disable-gpu',
          '--disable-quic',
          '--no-first-run',
          '--disable-background-networking',
          '--disable-component-update',
          '--disable-sync',
        ],
      })
      urlOf = database.url
    })
    let urlOf: string
    afterAll(async () => {
      await browser.close()
      await drop()
      rmSync(kept, { recursive: true, force: true })
    })

    test('shows the history, a revision, the schema and the drift', async () => {
      project = sandbox({ url: urlOf, files: { 'src/schema.ts': models } })
      for (const words of [
        ['revision', '--autogenerate', '-m', 'first tables', '--rev-id', 'a1'],
        ['upgrade', 'head'],
      ])
        expect((await project.run(...words)).code).toBe(0)
      project.write(
        'src/schema.ts',
        models
          .replace('email: text().notNull()', 'email: text().notNull(), name: text()')
          .replace("['open', 'paid']", "['open', 'paid', 'sent']"),
      )
      expect((await project.run('revision', '--autogenerate', '-m', 'names and a label', '--rev-id', 'b2')).code).toBe(
        0,
      )
      expect((await project.run('report', '--html', 'page.html')).code).toBe(0)
      // The project's folder goes with this test; the others look at a copy.
      cpSync(project.dir, kept, { recursive: true })

      const { page, requests, errors } = await body(browser)
      await page.goto(`file://${project.dir}/page.html`)
      // The one that is applied is open; the other is chosen by keyboard.
      await expect.poll(() => page.getByRole('heading', { level: 2 }).textContent(), patient).toContain('first tables')
      expect(await page.getByRole('option').count()).toBe(2)
      await page.screenshot({ path: `${shots}revision.png` })
      await page.getByRole('listbox', { name: 'Revisions' }).focus()
      await page.keyboard.press('ArrowUp')
      await expect
        .poll(() => page.getByRole('heading', { level: 2 }).textContent(), patient)
        .toContain('names and a label')
      expect(await page.locator('pre').allTextContents()).toEqual(
        expect.arrayContaining([
          expect.stringContaining("ALTER TYPE state ADD VALUE 'sent'"),
          expect.stringContaining('ADD COLUMN name text'),
        ]),
      )

      await page.getByRole('button', { name: 'Schema' }).click()
      expect(await page.locator('svg .table').count()).toBe(2)
      expect(await page.locator('.enums').textContent()).toContain('open · paid · sent')
      await page.getByLabel('Compare with').selectOption('a1')
      expect(await page.locator('.legend .changed').allTextContents()).toEqual([
        'changed: enum state',
        'changed: table users',
      ])
      await page.screenshot({ path: `${shots}schema.png` })
      await page.getByLabel('Find a table or column').fill('user_id')
      await expect.poll(() => page.locator('svg .table .title').allTextContents(), patient).toEqual(['orders'])
      await page.locator('svg .table').first().click()
      await expect.poll(() => page.getByRole('cell', { name: 'user_id' }).count(), patient).toBe(1)

      await page.getByRole('button', { name: /Drift/ }).click()
      await expect.poll(() => page.locator('pre').textContent(), patient).toContain("op.addColumn('users', 'name'")
      await page.screenshot({ path: `${shots}drift.png` })
      expect(errors).toEqual([])
      expect(requests).toEqual([`file://${project.dir}/page.html`])
      await page.close()
    })

    test.each(['Revision', 'Schema', 'Drift'])('axe finds nothing serious in the view %s', async (name) => {
      const { page } = await body(browser)
      await page.goto(`file://${kept}/page.html`)
      await page.getByRole('button', { name: new RegExp(`^${name}`) }).click()
      await page.evaluate(axe.source)
      const found = (await page.evaluate('axe.run()')) as {
        violations: { id: string; impact: string; nodes: { html: string }[] }[]
      }
      const serious = found.violations.filter((v) => v.impact === 'serious' || v.impact === 'critical')
      expect(serious.map((v) => `${v.id}: ${v.nodes[0]?.html}`)).toEqual([])
      await page.close()
    })

    test('studio answers on the loopback address, to those who have the token', async () => {
      const program = fileURLToPath(new URL('../cli/program.mjs', import.meta.url))
      const child = spawn(process.execPath, [program, 'studio'], {
        cwd: kept,
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      try {
        const url = await new Promise<string>((done, fail) => {
          let said = ''
          child.stdout.on('data', (chunk: Buffer) => {
            said += chunk.toString()
            const found = /http:\S+/.exec(said)?.[0]
            if (found !== undefined) done(found)
          })
          child.once('exit', () => fail(new Error(said)))
        })
        expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]{32}$/)
        const { page, requests } = await body(browser)
        await page.goto(url)
        await expect
          .poll(() => page.getByRole('heading', { level: 2 }).textContent(), patient)
          .toContain('first tables')
        expect(requests.every((r) => r === url || r.endsWith('/favicon.ico'))).toBe(true)
        await page.close()
        const status = async (to: string, init?: RequestInit): Promise<number> => (await fetch(to, init)).status
        expect(await status(url.replace(/token=.*/, 'token=wrong'))).toBe(403)
        expect(await status(url, { method: 'POST' })).toBe(404)
      } finally {
        child.kill('SIGINT')
      }
    })

    test('the page is one file of at most 600 kB that names no other host', () => {
      const html = readFileSync(fileURLToPath(new URL('../../dist/studio.html', import.meta.url)), 'utf8')
      expect(Buffer.byteLength(html)).toBeLessThan(600 * 1024)
      expect([...html.matchAll(/\b(?:src|href)=["']?https?:[^"'\s>]+/g)].map((m) => m[0])).toEqual([])
    })
  },
)
