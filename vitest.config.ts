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
    exclude: ['**/node_modules/**', '**/fixtures/**', 'test/long/**'],
    globalSetup: ['test/support/global-setup.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    coverage: { provider: 'v8', include: ['src/**'], reporter: ['text-summary', 'json-summary'] },
  },
})
