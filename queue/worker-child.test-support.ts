import { serveParent } from '../policies/child-process.ts';
import { defaultScenario } from '../scenarios/default-scenario.ts';
import { work } from './worker.ts';

/** A worker in a process of its own, which a test can kill. */
serveParent<{ readonly queue: string; readonly name: string; readonly lostAfter: number }, never>((options) => {
  void work({
    ...options,
    concurrency: 1,
    scenario: defaultScenario,
    script: new URL('./job-child.test-support', import.meta.url),
    signal: new AbortController().signal,
  });
});
