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
  },
})
