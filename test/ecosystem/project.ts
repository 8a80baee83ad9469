/** A real project of an ORM, with a database: what is held of every ORM that ambix reads. */
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { expect, test } from 'vitest'
import { folderOf } from '../support/folder.ts'
import { describeLive } from '../support/live.ts'
import { features, seen, seenSql } from './seen.ts'

export interface Change {
  readonly name: string
  /** Texts of the models, each there exactly once, and what they become. */
  readonly edits: readonly (readonly [from: string, to: string])[]
  readonly hints?: readonly object[]
}

export interface Project {
  /** The folder under fixtures/. */
  readonly name: string
  readonly models: string
  readonly changes: readonly Change[]
  /** False where the ORM has no program that runs here. */
  readonly runs?: boolean
  readonly tables: number
}

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

export const installed = existsSync(here('./node_modules'))

/** Runs command lines of ambix in a folder, one after the other; all must succeed. Gives what they said on stderr. */
export function runLines(dir: string, lines: readonly (readonly string[])[]): string {
  const done = spawnSync(process.execPath, [here('./run.mts'), 'ambix', JSON.stringify(lines)], {
    cwd: dir,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1', NODE_NO_WARNINGS: '1' },
  })
  expect(done.stdout.trim().split('\n').at(-1), done.stderr).toBe(
    JSON.stringify(lines.map((line) => `${line.join(' ')}: 0`)),
  )
  return done.stderr
}

/** The list of issue 13: no difference on the database that the ORM made; each change up, down and up; rows through the ORM after each. */
export function holdProject(project: Project): void {
  describeLive(`${project.name}, a project of ${project.tables} tables`, (server) => {
    test('starts on the database of its own tool, and goes through every change', async () => {
      expect(installed, 'run `npm run test:ecosystem`, which installs the packages').toBe(true)
      const [made, own] = [await server.createDatabase(), await server.createDatabase()]
      try {
        const dir = folderOf({ 'package.json': '{ "type": "module" }' })
        cpSync(here(`./fixtures/${project.name}`), dir, { recursive: true })
        symlinkSync(here('./node_modules'), join(dir, 'node_modules'))
        const run = (who: 'ambix' | 'orm', steps: readonly unknown[], url: string): readonly unknown[] => {
          const done = spawnSync(process.execPath, [here('./run.mts'), who, JSON.stringify(steps)], {
            cwd: dir,
            encoding: 'utf8',
            env: { ...process.env, DB: url, NO_COLOR: '1', NODE_NO_WARNINGS: '1' },
          })
          const last = done.stdout.trim().split('\n').at(-1)!
          expect(last.startsWith('['), `${who} ${JSON.stringify(steps)}\n${done.stderr}${done.stdout}`).toBe(true)
          const results = JSON.parse(last) as unknown[]
          if (who === 'ambix') {
            const good = (steps as readonly string[][]).map((line) => `${line.join(' ')}: 0`)
            expect(results, `${done.stderr}${done.stdout}`).toEqual(good)
          }
          return results
        }
        const ambix = (url: string, ...lines: readonly (readonly string[])[]): void => void run('ambix', lines, url)
        const orm = (url: string, ...steps: readonly string[]): readonly unknown[] => run('orm', steps, url)
        const runs = project.runs !== false

        // The database that the ORM's own tool made has no difference: not to the ORM, and not to ambix.
        if (runs) {
          expect(orm(made.url, 'make', 'difference')).toEqual([null, []])
          ambix(made.url, ['check'])
        }

        ambix(own.url, ['revision', '--autogenerate', '-m', 'start'], ['upgrade', 'head'], ['check'])
        const client = new pg.Client(own.url)
        await client.connect()
        const { rows: facts } = await client.query<Record<string, boolean>>(seenSql)
        await client.end()
        expect(Object.keys(features).filter((name) => facts[0]![name])).toEqual(seen[project.name])
        // The other way round: what ambix made has none to the ORM.
        if (runs) expect(orm(own.url, 'difference')).toEqual([[]])

        for (const [n, change] of project.changes.entries()) {
          const file = join(dir, project.models)
          let text = readFileSync(file, 'utf8')
          for (const [from, to] of change.edits) {
            expect(text.split(from).length, `${change.name}: ${from}`).toBe(2)
            text = text.replace(from, () => to)
          }
          writeFileSync(file, text)
          const hints = change.hints === undefined ? [] : ['--hints', 'hints.json']
          if (change.hints !== undefined) writeFileSync(join(dir, 'hints.json'), JSON.stringify(change.hints))
          // Up, compared, down, compared and up again in a scratch database before the file is written.
          const revision = ['revision', '--autogenerate', '-m', change.name, '--rev-id', `c${n}`, ...hints]
          ambix(own.url, revision, ['upgrade', 'head'], ['check'])
          if (!runs) continue
          const [difference, rows] = orm(own.url, 'difference', 'rows')
          expect(difference, change.name).toEqual([])
          const { expected } = (await import(here(`./fixtures/${project.name}/expected.mjs`))) as { expected: unknown }
          expect(rows, change.name).toEqual(expected)
        }
        ambix(own.url, ['downgrade', `-${project.changes.length}`], ['upgrade', 'head'], ['check'])
      } finally {
        await made.drop()
        await own.drop()
      }
    }, 900_000)
  })
}
