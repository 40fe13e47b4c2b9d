/** Serves a town for ServedTown (served-town.ts), which starts this as a process. */
import { iceCream } from '../scenarios/ice-cream-v1/scenario.ts';
import { serve } from '../sim-ui/server/serve.ts';
import type { Usage } from './served-town.ts';

const { workspace, agents } = JSON.parse(process.argv[2]!) as { workspace: string; agents: number };
const serving = await serve({
  ...{ scenario: iceCream, agents, policy: 'student:mlp', teacher: 'oracle', seed: 7, workspace },
  ...{ port: 0, autoplay: false },
});

process.on('message', async (message) => {
  if (message !== 'usage') {
    await serving.close();
    process.exit(0);
  }
  const { user, system } = process.cpuUsage();
  globalThis.gc?.();
  const { heapUsed, external, rss } = process.memoryUsage();
  process.send!({ cpuMs: (user + system) / 1000, heapBytes: heapUsed + external, rssBytes: rss } satisfies Usage);
});
process.on('disconnect', () => process.exit(0));
process.send!({ url: serving.url });
