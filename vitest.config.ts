import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['packages/*/src/**/*.test.ts', 'packages/*/test/**/*.test.ts', 'apps/*/{src,specs,test}/**/*.test.ts', 'scripts/**/*.test.ts'],
    // What needs a database finds one here; what only some database can show is left out of the second run by scripts/test.ts.
    globalSetup: ['packages/server/src/testing/global-setup.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: 'forks',
    maxWorkers: 2,
    // Some tests kill real processes and race real ones on whatever machine there is. On an integration machine a test that
    // fails is tried once more and the report says so; twice in a row is a failure, and at home nothing is forgiven.
    retry: process.env['CI'] ? 1 : 0,
  },
})
