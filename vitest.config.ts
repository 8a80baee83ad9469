/** How the tests run: three workers, and one PostgreSQL and one MariaDB server for the whole run. */
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import LongFirst from './test/support/long-first.ts'
import { listOwnFiles } from './test/support/own-process.ts'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

const resolve = {
  // A test that imports the package by its name gets the source, the same instance as the other tests.
  alias: [
    { find: /^ambix$/, replacement: here('./src/index.ts') },
    { find: /^ambix\/(.+)$/, replacement: `${here('./src')}/$1.ts` },
  ],
}

const always = ['**/node_modules/**', '**/fixtures/**']
const ownFiles = listOwnFiles()
/** `npm run test:more`, `test:long`, `test:pairs` and `test:ecosystem` run these, by their own environment variable. */
const elsewhere = ['more', 'long', 'pairs', 'ecosystem']
const isAsked = (part: string): boolean => process.env[`AMBIX_TEST_${part.toUpperCase()}`] !== undefined
/** Those of `more` leave their process as it was, as the usual ones do. */
const [apart, left] = [
  elsewhere.filter((part) => part !== 'more' && isAsked(part)),
  elsewhere.filter((part) => part !== 'more' || !isAsked(part)),
]
const common = {
  pool: 'forks',
  testTimeout: 180_000,
  hookTimeout: 180_000,
  setupFiles: 'test/support/setup.ts',
} as const

export default defineConfig({
  test: {
    globalSetup: ['test/support/global-setup.ts'],
    // One more than there are cores on the machine that counts: tests wait for locks, servers and processes that end.
    maxWorkers: 3,
    sequence: { sequencer: LongFirst },
    coverage: { provider: 'v8', include: ['src/**'], reporter: ['text-summary', 'json-summary'] },
    projects: [
      {
        resolve,
        test: {
          ...common,
          name: 'shared process',
          // What these load, and what is compiled of it as it runs, is most of what they cost.
          isolate: false,
          include: ['test/**/*.test.ts'],
          exclude: [...always, ...ownFiles, ...left.map((part) => `test/${part}/**`)],
        },
      },
      {
        resolve,
        test: {
          ...common,
          name: 'own process',
          include: [...ownFiles, ...apart.map((part) => `test/${part}/**/*.test.ts`)],
          exclude: always,
        },
      },
    ],
  },
})
