import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { serveParent } from '../policies/child-process.ts';
import type { FromJob, ToJob } from './job-process.ts';

/**
 * Stands in for a command in a test: `dataset --sleep MS --poison INDEX --crash INDEX` writes a shard that says which
 * it is, after a while, or fails, or kills its process; the diary of the environment has a line for each time that it was begun.
 */
const send = serveParent<ToJob, FromJob>(async ({ directory, args }) => {
  const after = (flag: string) => args[args.indexOf(flag) + 1]!;
  const has = (flag: string) => args.includes(flag);
  const [index, of] = after('--shard').split('/') as [string, string];
  appendFileSync(process.env.UNDERSTUDY_TEST_DIARY!, `${index}\n`);
  send({ progress: { stage: 'working', done: 0, of: 1 } });
  if (has('--sleep')) await setTimeout(Number(after('--sleep')));
  if (has('--crash') && after('--crash') === index) process.kill(process.pid, 'SIGKILL');
  if (has('--poison') && after('--poison') === index)
    return send({ ended: { code: 1, stdout: '', stderr: 'asking\nunderstudy dataset: the well is poisoned\n' } });
  const shards = join(directory, after('--workspace'), 'shards');
  mkdirSync(shards, { recursive: true });
  writeFileSync(join(shards, `dataset-00000000.${index}-of-${of}.jsonl`), `shard ${index} of ${of}\n`);
  send({ ended: { code: 0, stdout: '{}', stderr: '' } });
});
