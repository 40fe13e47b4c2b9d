import { type ChildProcess, spawn } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compiled } from '../tools/compiled.ts';
import { helpOf, overview } from './help.ts';
import { allVerbs } from './loaders.ts';
import { main } from './main.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
let workspace: string;
beforeEach(() => {
  workspace = mkdtempSync(join(tmpdir(), 'understudy-cli-'));
});
afterEach(() => rmSync(workspace, { recursive: true }));

const command = compiled(new URL('./understudy.ts', import.meta.url));

/** Runs the command line as a child. */
function start(args: readonly string[], env: Record<string, string> = {}) {
  const child: ChildProcess = spawn(process.execPath, [command, ...args], {
    cwd: root,
    env: { ...process.env, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const out = { stdout: '', stderr: '' };
  child.stdout!.on('data', (chunk) => (out.stdout += chunk));
  child.stderr!.on('data', (chunk) => (out.stderr += chunk));
  const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, ...out }));
  });
  return { child, ended };
}
const verbs = await allVerbs();
const understudy = (...args: string[]) => start(args).ended;
const lastLine = (text: string) => JSON.parse(text.trimEnd().split('\n').at(-1)!);

describe('help', () => {
  it('lists every verb, quickly: it loads nothing that trains, asks, draws or serves', async () => {
    const { code, stdout, stderr } = await start(['--help'], { NODE_V8_COVERAGE: workspace }).ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const { name } of verbs) expect(stdout).toMatch(new RegExp(`^  ${name} `, 'm'));
    const loaded = readdirSync(workspace).map((file) => readFileSync(join(workspace, file), 'utf8'));
    expect(loaded.join()).toContain('cli/main.js');
    expect(loaded.join()).not.toMatch(/node_modules\/(@tensorflow|node-llama-cpp|vega|onnxruntime|fastify|socket\.io)/);
  });

  it.each(verbs.map((verb) => [verb.name, verb] as const))('%s tells its flags and gives examples', (name, verb) => {
    const help = helpOf(verb);
    expect(verb.examples.length).toBeGreaterThan(0);
    for (const flag of [...Object.keys(verb.options), 'workspace', 'seed', 'json', 'verbose'])
      expect(help).toContain(`--${flag}`);
    for (const [command] of verb.examples) expect(command).toMatch(new RegExp(`^understudy ${name}\\b`));
    for (const line of `${help}\n${overview(verbs)}`.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80);
  });
});

describe('wrong use', () => {
  /** Runs a command line in this process. */
  const typed = async (...args: string[]) => {
    const said = { stdout: '', stderr: '' };
    const code = await main(args, {
      stdout: { write: (text) => (said.stdout += text) },
      stderr: { write: (text) => (said.stderr += text) },
    });
    return { code, ...said };
  };

  it.each([
    [['simulat'], /unknown verb: simulat, did you mean simulate\? \(known: new, import, check, pull, plan, stability/],
    [['--agents', '5'], /the verb comes first/],
    [['simulate', '--agent', '5'], /unknown flag: --agent, did you mean --agents\? \(known: --policy/],
    [['simulate', '--seed', '1', '--seed', '2'], /--seed is given twice, as "1" and "2"; give it once/],
    [['simulate', '--agents', 'ten'], /--agents must be an integer of at least 1, got "ten"/],
    [['simulate', '--policy', 'unifrom'], /unknown policy: .*unifrom.*uniform/],
    [['simulate', '--policy', 'student:gru'], /unknown student: gru \(known: logistic, mlp, encoder, decoder/],
    [['simulate', '--policy', 'uniform', '--days', '1', '--swap', '15:uniform'], /the run has ticks 0 to 14/],
    [['simulate', '--policy', 'uniform', '--twin', 'uniform', '--cohorts'], /--twin compares single agents/],
    [['simulate', '--swap', '5@10%:uniform', '--cohorts'], /a share is of single agents, and --cohorts has none/],
    [['simulate', '--swap', '5@10:uniform@x', '--rollback', '2'], /--rollback must be a number from 0 to 1, got "2"/],
    [['simulate', '--rollback', '.1'], /--rollback is about canaries: add a swap for a part of the agents/],
    [['simulate', '--shadow-share', '1%'], /--shadow-share is about a shadow audit: add --shadow TEACHER/],
    [
      ['simulate', '--shadow', 'oracle', '--shadow-share', '0%'],
      /--shadow-share must be a share above 0, at most 100%/,
    ],
    [['simulate', '--agents', '1e12'], /--agents must be an integer of at least 1, got "1e12"/],
    [['simulate', '--agents', '1.5'], /--agents must be an integer of at least 1, got "1.5"/],
    [['simulate', '--agents=-1'], /--agents must be an integer of at least 1, got "-1"/],
    [['simulate', '--agents', 'NaN'], /--agents must be an integer of at least 1, got "NaN"/],
    [['simulate', '--agents', '9'.repeat(20)], /--agents must be an integer from 1 to 9007199254740991, got "9{20}"/],
    [['simulate', '--policy', 'uniform', '--ticks', '1000000000000'], /at most 4294967295 ticks, got 1000000000000/],
    [['simulate', '--policy', 'uniform', '--days', '9007199254740991'], /at most 4294967295 ticks, got/],
    [['simulate', '--policy', 'uniform', '--cohorts', '--no-cohorts'], /--cohorts and --no-cohorts contradict/],
    [
      ['simulate', '--policy', 'uniform', '--agents', '1000000000000', '--no-cohorts'],
      /at most .*simulate cohorts \(--cohorts\)/,
    ],
    [['simulate', '--policy', 'uniform', '--panel', '5'], /--panel is part of a recording: add --record DIR/],
    [['replay', 'nowhere', 'else'], /replay takes DIR, got one more: "else"/],
    [['simulate', '--policy', 'recorded:'], /recorded: names no file; write recorded:FILE/],
    [['train'], /train\.jsonl does not exist; make it with understudy dataset/],
    [['train', '--student', 'gru'], /--student must be one of logistic, mlp, encoder, decoder, rules, all, got "gru"/],
    [['evaluate'], /test\.jsonl does not exist; make it with understudy dataset/],
    [['dataset', '--sampling', 'all', '--size', '10'], /sampling all takes every state, not 10/],
    [['dataset', '--teacher', 'tinny'], /unknown teacher: tinny.*tiny/],
    [['dataset', '--size', '20000'], /has 16992 observations/],
    [['pull', 'gemma'], /unknown model: gemma \(known: tiny, gemma-3-4b, /],
  ])('%j exits with 2 and says why in a line or two', async (args, message) => {
    const { code, stdout, stderr } = await typed(...args, ...(args.length > 1 ? ['--workspace', workspace] : []));
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(stderr.trimEnd().split('\n').length).toBeLessThanOrEqual(2);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });

  it('refuses a workspace that is a file', async () => {
    const file = join(workspace, 'file');
    writeFileSync(file, '');
    expect(await typed('visualize', '--workspace', file)).toEqual({
      code: 2,
      stdout: '',
      stderr: `understudy visualize: --workspace ${file} is a file; name a folder\nSee understudy visualize --help.\n`,
    });
  });

  it('draws nothing of a workspace that is not there', async () => {
    const nowhere = join(workspace, 'nowhere');
    const { code, stderr } = await typed('visualize', '--workspace', nowhere);
    expect(code).toBe(2);
    expect(stderr).toContain(`--workspace ${nowhere} does not exist`);
    expect(existsSync(nowhere)).toBe(false);
  });

  it('without a verb shows what there is', async () => {
    expect(await typed()).toEqual({ code: 2, stdout: `${overview(verbs)}\n`, stderr: '' });
  });

  it('has its stack with --verbose', async () => {
    const { code, stderr } = await typed('simulate', '--policy', 'nobody', '--verbose');
    expect(code).toBe(2);
    expect(stderr).toMatch(/\n\s+at /);
  });

  it('a failure that the command is not to blame for exits with 1', async () => {
    const { code, stderr } = await typed('simulate', '--policy', `recorded:${join(workspace, 'nothing.jsonl')}`);
    expect(stderr).toMatch(/nothing\.jsonl/);
    expect(code).toBe(1);
  });
});

describe('simulate', () => {
  const run = (...args: string[]) =>
    understudy(
      'simulate',
      '--policy',
      'constant:0.25',
      '--agents',
      '200',
      '--days',
      '2',
      '--workspace',
      workspace,
      ...args,
    );

  it('prints its summary as the last line with --json and everything else to standard error', async () => {
    const { code, stdout, stderr } = await run('--seed', '7', '--twin', 'uniform', '--json');
    expect(code).toBe(0);
    expect(stdout.split('\n')).toHaveLength(2);
    expect(lastLine(stdout)).toMatchObject({
      agents: 200,
      ticks: 30,
      actions: { skip: expect.any(Number), buy: expect.any(Number) },
      measures: { sales: expect.any(Number) },
      meanProbabilities: { skip: 0.75, buy: 0.25 },
      agentStepsPerSecond: expect.any(Number),
      stateHash: expect.stringMatching(/^[0-9a-f]+$/),
      disagreement: expect.any(Number),
      twin: 'uniform:2',
      gap: { sales: expect.any(Number), reward: expect.any(Number) },
    });
    expect(stderr).toContain('simulating');
  });

  it('prints it for people without', async () => {
    expect((await run()).stdout).toMatch(
      /^ {2}agents +200\n {2}ticks +30\n {2}skip[\s\S]*engine +single agents \(200 agents cost less one by one than counted\)[\s\S]*state hash +[0-9a-f]+/,
    );
  });

  it('swaps, simulates cohorts and records', async () => {
    const directory = join(workspace, 'run');
    const { stdout } = await run('--swap', '10:uniform', '--cohorts', '--record', directory, '--json');
    expect(lastLine(stdout).swaps).toEqual([{ tick: 10, from: expect.any(String), to: expect.any(String) }]);
    expect(readFileSync(join(directory, 'ticks.csv'), 'utf8').trimEnd().split('\n')).toHaveLength(31);
    expect(JSON.parse(readFileSync(join(directory, 'run.json'), 'utf8'))).toMatchObject({ ticks: 30 });
  });

  it('says which flag helps where the policy has no answer', async () => {
    const file = join(workspace, 'few.jsonl');
    writeFileSync(file, `${JSON.stringify({ traits: ['cheap'], context: ['hungry'], probability_LLM: 0.1 })}\n`);
    const { code, stderr } = await understudy('simulate', '--policy', `recorded:${file}`, '--workspace', workspace);
    expect(code).toBe(1);
    expect(stderr).toMatch(/gave no probability for [\s\S]*--on-failure skip/);
  });

  it.runIf(existsSync('/dev/full'))('fails where its result cannot be written', async () => {
    const full = openSync('/dev/full', 'w');
    const child = spawn(process.execPath, [command, '--help'], {
      cwd: root,
      stdio: ['ignore', full, 'pipe'],
    });
    closeSync(full);
    let stderr = '';
    child.stderr!.on('data', (chunk) => (stderr += chunk));
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect(stderr).toMatch(/the result could not be written to standard output: ENOSPC/);
    expect(code).toBe(1);
  });

  it('ends quietly when nobody reads what it prints', async () => {
    const { child, ended } = start(['--help']);
    child.stdout!.destroy();
    expect(await ended).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('Ctrl-C', () => {
  it('ends a dataset with 130; the same command goes on and asks nothing twice', async () => {
    const args = ['dataset', '--size', '120', '--elicit', 'greedy', '--explain', '--workspace', workspace];
    const labelled = () => {
      const path = join(workspace, 'data', 'labels.jsonl');
      return existsSync(path) ? readFileSync(path, 'utf8') : '';
    };
    const first = start(args);
    while (labelled().split('\n').length < 10 && first.child.exitCode === null)
      await new Promise((wait) => setTimeout(wait, 20));
    first.child.kill('SIGINT');
    const stopped = await first.ended;
    expect(stopped).toMatchObject({ code: 130, stdout: '' });
    expect(stopped.stderr).toContain('stopped; the same command resumes where it stopped');
    const labels = labelled();
    expect(readdirSync(join(workspace, 'data'))).not.toContain('train.jsonl');

    const { code, stdout } = await understudy(...args, '--json');
    expect(code).toBe(0);
    expect(lastLine(stdout).files).toMatchObject({ train: { rows: 96 }, test: { rows: 24 } });
    expect(labelled().startsWith(labels)).toBe(true);
    const keys = labelled()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).key);
    expect(new Set(keys).size).toBe(keys.length);
  });
});
