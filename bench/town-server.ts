/** Serves a town, or viewers of one, for ServedTown (served-town.ts), which starts this as a process. */
import { iceCream } from '../scenarios/ice-cream-v1/scenario.ts';
import { follow } from '../sim-ui/follow/follow.ts';
import { serve } from '../sim-ui/server/serve.ts';
import type { Served, Usage } from './served-town.ts';

const served = JSON.parse(process.argv[2]!) as Served;
const serving =
  'follow' in served
    ? await follow(served)
    : await serve({
        ...{ scenario: iceCream, policy: 'student:mlp', teacher: 'oracle', seed: 7, port: 0, autoplay: false },
        ...served,
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
