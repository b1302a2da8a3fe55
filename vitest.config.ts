import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['test/**/*.test.ts'], exclude: ['test/lab/**', 'test/engine/**'], isolate: false } },
      {
        test: {
          name: 'engine',
          include: ['test/lab/**/*.test.ts', 'test/engine/**/*.test.ts'],
          // The kernel has one set of audit rules, and two cores have no use for more engines at once.
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 300_000,
        },
      },
    ],
    coverage: {
      provider: 'v8',
      include: ['checks/**', 'facts/**', 'agent/**'],
      thresholds: { 'checks/**': { lines: 95 }, 'facts/**': { lines: 95 } },
    },
  },
});
