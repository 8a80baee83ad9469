/** How the tests run: two workers, one process each, and one PostgreSQL server for the whole run. */
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig({
  resolve: {
    // A test that imports the package by its name gets the source, the same instance as the other tests.
    alias: [
      { find: /^ambix$/, replacement: here('./src/index.ts') },
      { find: /^ambix\/(.+)$/, replacement: `${here('./src')}/$1.ts` },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    // `npm run test:long`, `test:pairs` and `test:ecosystem` run these, by their own environment variable.
    exclude: [
      '**/node_modules/**',
      '**/fixtures/**',
      ...(process.env['AMBIX_TEST_LONG'] === undefined ? ['test/long/**'] : []),
      ...(process.env['AMBIX_TEST_PAIRS'] === undefined ? ['test/pairs/**'] : []),
      ...(process.env['AMBIX_TEST_ECOSYSTEM'] === undefined ? ['test/ecosystem/**'] : []),
    ],
    globalSetup: ['test/support/global-setup.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 180_000,
    hookTimeout: 180_000,
    coverage: { provider: 'v8', include: ['src/**'], reporter: ['text-summary', 'json-summary'] },
  },
})
