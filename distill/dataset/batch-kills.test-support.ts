import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { FakeBatches } from '../../policies/models/batch/fake-batches.test-support.ts';
import { compiled } from '../../tools/compiled.ts';

const child = compiled(new URL('./batch-child.test-support.ts', import.meta.url));

/**
 * Makes data sets in batches whose process is ended by SIGKILL at random moments after it has reached the server, until one ends by
 * itself; then the next, until there were enough kills.
 * @returns kills, data sets, and the most that a question was paid for
 */
export async function killBatches(shape: 'openai' | 'anthropic' | 'gemini', kills: number, random: () => number) {
  let [killed, sets, most] = [0, 0, 0];
  while (killed < kills) {
    const workspace = mkdtempSync(join(tmpdir(), 'understudy-kills-'));
    await using server = await FakeBatches.start({
      ...{ shape, looks: 3 },
      fate: (nth, place) => (nth === 1 && place % 4 === 0 ? 'expired' : 'ok'),
    });
    for (let ended = false; !ended; ) {
      const reached = server.requests;
      const process_ = spawn(process.execPath, [child, workspace, server.teacher], {
        env: { ...process.env, ...server.env },
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      let said = '';
      process_.stderr.on('data', (chunk) => (said += chunk));
      const over = new Promise<number | null>((resolve) => process_.on('close', resolve));
      if (killed < kills) {
        while (process_.exitCode === null && server.requests === reached) await setTimeout(1);
        await setTimeout(400 * random());
        if (process_.exitCode === null && process_.kill('SIGKILL')) killed++;
      }
      const code = await over;
      if (code !== null && code !== 0) throw new Error(`the process ended with ${code}: ${said.slice(-400)}`);
      ended = code === 0;
    }
    sets++;
    if (server.billed.size !== 30) throw new Error(`${server.billed.size} of 30 questions were answered`);
    most = Math.max(most, ...server.billed.values());
    rmSync(workspace, { recursive: true });
  }
  return { killed, sets, most };
}
