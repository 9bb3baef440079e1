import os from 'node:os';
import { defineConfig } from 'vitest/config';

const shared = {
  ...{ pool: 'forks', testTimeout: 60_000, hookTimeout: 120_000 },
  // What is waited for comes late on a busy machine; the default is a second.
  expect: { poll: { timeout: 30_000 } },
} as const;

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...shared,
          name: 'programs',
          include: ['test/**/*.test.ts'],
          exclude: ['test/vscode/**'],
          // Two on two cores: those that start processes wait for them most of the time.
          maxWorkers: Math.max(2, os.availableParallelism() - 1),
        },
      },
      {
        test: {
          ...shared,
          name: 'vscode',
          include: ['test/vscode/**/*.test.ts'],
          globalSetup: 'test/vscode/support/globalSetup.ts',
          // One real editor at a time, after everything else: it is slow when it has to share the machine.
          maxWorkers: 1,
          testTimeout: 150_000,
          hookTimeout: 240_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
