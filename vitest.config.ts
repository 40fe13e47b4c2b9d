import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: [
      '{env,workspace,stats,policies,scenarios,sim,measure,distill,report,sim-ui,cli,tools}/**/*.test.ts',
      'index.test.ts',
    ],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Native teachers and the browser take threads of their own: two files at a time are plenty.
    maxWorkers: 2,
    pool: 'forks',
  },
});
