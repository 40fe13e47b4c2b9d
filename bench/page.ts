import { join } from 'node:path';
import { iceCream } from '../scenarios/ice-cream-v1/scenario.ts';
import { helloOf } from '../sim-ui/server/hello.ts';
import { Stage } from '../sim-ui/server/stage.ts';
import { townPage } from '../sim-ui/server/town-page.ts';
import { ownPackage } from '../workspace/package.ts';

/**
 * Size of a run that is saved as one page, and what it costs to write. Needs the built viewer.
 * @param agents default 10,000
 * @param ticks default: the whole horizon, 210
 */
export async function page(agents = 10_000, ticks = iceCream.horizon): Promise<void> {
  const viewer = join(ownPackage().directory, 'dist', 'viewer');
  const stage = await Stage.open({ scenario: iceCream, agents, seed: 7, policy: 'student:mlp', teacher: 'oracle' });
  try {
    const began = process.cpuUsage();
    for (let tick = 0; tick < ticks; tick++) await stage.run.advance(new AbortController().signal);
    const played = process.cpuUsage(began);
    const hello = helloOf(stage.run, { version: '', boot: '', control: false, adjustable: false });
    const recording = await stage.record(0, hello);
    const { user, system } = process.cpuUsage(began);
    const html = await townPage(viewer, recording, 'bench');
    const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(2)} MB`;
    console.log(`\nA page of ${agents} agents × ${ticks} ticks, under student:mlp`);
    console.log(
      `  page ${megabytes(html.length)}, of which the recording ${megabytes(recording.length)} before base64`,
    );
    console.log(`  ${((recording.length * 8) / (agents * ticks)).toFixed(2)} bits an agent and tick`);
    console.log(
      `  CPU: played in ${((played.user + played.system) / 1e6).toFixed(1)} s, rebuilt and packed in ${((user + system - played.user - played.system) / 1e6).toFixed(1)} s`,
    );
  } finally {
    await stage.close();
  }
}
