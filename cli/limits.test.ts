import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeServer } from '../policies/models/server/fake-server.test-support.ts';
import { json, understudy } from './run.test-support.ts';

let workspace: string;
let server: FakeServer;
beforeEach(async () => {
  workspace = mkdtempSync(join(tmpdir(), 'understudy-limits-'));
  server = await FakeServer.start();
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(workspace, { recursive: true, force: true });
});

const run = (verb: string, ...args: string[]) => understudy(...verb.split(' '), '--workspace', workspace, ...args);

describe('limits on the command line', () => {
  it('end a data set, which goes on from there and then says what was spent', async () => {
    const teacher = ['--teacher', `server:http://${server.host}#gemma`, '--elicit', 'greedy', '--size', '30'];
    const first = await run('dataset', ...teacher, '--max-questions', '20');
    expect(first.code).toBe(1);
    expect(first.stderr).toMatch(/dataset: --max-questions 20 is reached: 20 questions, .* goes on from there/);
    const planned = json(await run('plan dataset', ...teacher, '--json'));
    expect(planned.questions).toEqual({ open: 10, remembered: 20, probed: 0 });
    expect(json(await run('dataset', ...teacher, '--plan', '--json'))).toEqual(planned);
    const second = await run('dataset', ...teacher, '--max-questions', '20');
    expect(second.code).toBe(0);
    expect(second.stderr).toMatch(/spent on teachers: 10 questions, \d+ \+ \d+ tokens/);
  });

  it('end a sweep at the first run that cannot be paid', async () => {
    const policy = `server:http://${server.host}#gemma`;
    const sweep = ['--policy', policy, '--agents', '20', '--days', '1', '--replications', '3', '--processes', '2'];
    const { code, stderr } = await run('sweep', ...sweep, '--max-questions', '3');
    expect(code).toBe(1);
    expect(stderr).toMatch(/sweep: --max-questions 3 is reached/);
    expect(stderr).toContain('played one after the other');
  });

  it('are refused where they cannot be', async () => {
    expect((await run('dataset', '--max-questions', '0')).code).toBe(2);
    expect((await run('stability', '--max-cost', '-1')).stderr).toContain('--max-cost must be a number of at least');
    const oracle = await run('dataset', '--teacher', 'oracle', '--size', '50', '--max-questions', '20');
    expect(oracle.stderr).toContain('Its answers cost nothing and are not kept: leave out the limit');
    expect((await run('plan nonsense')).stderr).toContain('unknown verb to plan: nonsense (known: dataset, stability');
    const teacher = `server:http://${server.host}#gemma`;
    const money = await run('dataset', '--teacher', teacher, '--size', '10', '--max-cost', '1');
    expect(money.code).toBe(2);
    expect(money.stderr).toContain('--prices FILE');
  });
});
