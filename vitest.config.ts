/** How the tests run: two workers, and one PostgreSQL and one MariaDB server for the whole run. */
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import LongFirst from './test/support/long-first.ts'
import { listPureFiles, listServerFiles } from './test/support/pure-files.ts'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

const resolve = {
  // A test that imports the package by its name gets the source, the same instance as the other tests.
  alias: [
    { find: /^ambix$/, replacement: here('./src/index.ts') },
    { find: /^ambix\/(.+)$/, replacement: `${here('./src')}/$1.ts` },
  ],
}

const always = ['**/node_modules/**', '**/fixtures/**']
const common = {
  pool: 'forks',
  testTimeout: 180_000,
  hookTimeout: 180_000,
  setupFiles: 'test/support/setup.ts',
} as const

export default defineConfig({
  test: {
    globalSetup: ['test/support/global-setup.ts'],
    maxWorkers: 2,
    sequence: { sequencer: LongFirst },
    coverage: { provider: 'v8', include: ['src/**'], reporter: ['text-summary', 'json-summary'] },
    projects: [
      {
        resolve,
        test: {
          ...common,
          name: 'own process',
          include: ['test/**/*.test.ts'],
          // `npm run test:more`, `test:long`, `test:pairs` and `test:ecosystem` run these, by their own environment variable.
          exclude: [
            ...always,
            ...listPureFiles(),
            ...listServerFiles(),
            ...(process.env['AMBIX_TEST_MORE'] === undefined ? ['test/more/**'] : []),
            ...(process.env['AMBIX_TEST_LONG'] === undefined ? ['test/long/**'] : []),
            ...(process.env['AMBIX_TEST_PAIRS'] === undefined ? ['test/pairs/**'] : []),
            ...(process.env['AMBIX_TEST_ECOSYSTEM'] === undefined ? ['test/ecosystem/**'] : []),
          ],
        },
      },
      {
        resolve,
        test: {
          ...common,
          name: 'one process',
          // What these load is most of what they cost.
          isolate: false,
          include: listPureFiles(),
          exclude: always,
        },
      },
      {
        resolve,
        test: {
          ...common,
          name: "the run's servers",
          isolate: false,
          include: listServerFiles(),
          exclude: always,
        },
      },
    ],
  },
})
