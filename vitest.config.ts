import { globSync, readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

const lab = globSync('test/{lab,engine}/**/*.test.ts', { cwd: import.meta.dirname });
const bootsHosts = (file: string): boolean => /\bstart(Host|Guest)\b/.test(readFileSync(`${import.meta.dirname}/${file}`, 'utf8'));
const limits = { testTimeout: 120_000, hookTimeout: 300_000 };

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/lab/**', 'test/engine/**', 'test/browser/**'],
          isolate: false,
          testTimeout: 20_000,
        },
      },
      { test: { name: 'browser', include: ['test/browser/**/*.test.ts'], ...limits } },
      // The kernel has one set of audit rules, and two cores have no use for more engines at once.
      { test: { name: 'engine', include: lab.filter((file) => !bootsHosts(file)), fileParallelism: false, ...limits } },
      // Whole hosts have kernels of their own: test/run has these suites beside the others.
      { test: { name: 'host', include: lab.filter(bootsHosts), maxWorkers: 2, sequence: { groupOrder: 1 }, ...limits } },
    ],
    coverage: {
      provider: 'v8',
      include: ['checks/**', 'facts/**', 'agent/**'],
      thresholds: { 'checks/**': { lines: 95 }, 'facts/**': { lines: 95 } },
    },
  },
});
