import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const tests = [
  '{env,workspace,stats,policies,scenarios,sim,measure,distill,report,sim-ui,queue,cli,tools,deploy}/**/*.test.ts',
  'index.test.ts',
];
/** Replace a module for themselves, which those that share a process would get too. */
const replacing = ['sim-ui/server/stage.test.ts'];

export default defineConfig({
  test: {
    // A test that hangs is found; one on a busy machine is given its time.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 60_000 } },
    // Native teachers and the browser take threads of their own: two files at a time are plenty.
    maxWorkers: 2,
    pool: 'forks',
    globalSetup: 'tools/compiled.ts',
    // What a student answered before must not hide what it answers now, nor a test leave anything in a home folder.
    env: { UNDERSTUDY_CACHE: '' },
    alias: [
      {
        find: /^.*\/child-process\.ts$/,
        replacement: fileURLToPath(new URL('policies/child-process.test-support.ts', import.meta.url)),
      },
    ],
    projects: [
      // Files share two processes, so that each library is loaded twice and not once a file.
      { extends: true, test: { name: 'shared', include: tests, exclude: replacing, isolate: false } },
      { extends: true, test: { name: 'alone', include: replacing } },
    ],
  },
});
