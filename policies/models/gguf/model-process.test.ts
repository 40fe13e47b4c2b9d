import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { ModelProcess } from './model-process.ts';

const script = new URL('./fake-child.test-support', import.meta.url);
const work = { script, restarts: 2, left: (open: number) => `${open} questions are open` };
const ended = new Error('ended');

let lines: string[] = [];
const running: { end(reason: Error): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of running.splice(0)) await one.end(ended);
  lines = [];
});

function processOf(model = 'fake') {
  const start = { type: 'open', model, gpu: false, threads: 1 } as const;
  const process = new ModelProcess(work, start, 'fake', (line) => lines.push(line));
  running.push(process);
  return process;
}
const questions = (n: number, from = 0) => ({ questions: Array.from({ length: n }, (_, i) => ({ id: from + i })) });
const until = async (holds: () => boolean, ms = 20_000) => {
  for (const end = Date.now() + ms; !holds(); await new Promise((next) => setTimeout(next, 5)))
    if (Date.now() > end) throw new Error(`not within ${ms} ms`);
};
const alive = (pid: number) => {
  try {
    // A process that ended and was not waited for yet still has its number.
    return process.kill(pid, 0) && !/^State:\s*Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' && process.platform !== 'linux';
  }
};

describe('the process of a model', () => {
  it('answers every question once, though it crashes in the middle', async () => {
    const model = processOf();
    await model.open();
    const heard: number[] = [];
    await model.ask(questions(60), ({ id }) => {
      heard.push(id);
      if (heard.length === 20) process.kill(model.pid!, 'SIGSEGV');
    });
    expect(heard.sort((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, i) => i));
    expect(lines).toEqual([expect.stringMatching(/^fake: its process ended \(SIGSEGV.*\); starting it again$/)]);
  });

  it('starts again with the next question after it crashed while nothing was asked', async () => {
    const model = processOf();
    await model.open();
    process.kill(model.pid!, 'SIGABRT');
    await until(() => model.pid === undefined);
    expect(lines).toEqual(['fake: its process ended (SIGABRT); the next question starts a new one']);
    const heard: number[] = [];
    await model.ask(questions(2), ({ id }) => heard.push(id));
    expect(heard).toEqual([0, 1]);
  });

  it('gives up after three crashes without an answer, keeps the answers before them, and can be asked again', async () => {
    const model = processOf();
    await model.open();
    const heard: number[] = [];
    const pids = new Set<number>();
    const killer = setInterval(() => {
      if (heard.length < 5 || model.pid === undefined || pids.has(model.pid)) return;
      pids.add(model.pid);
      process.kill(model.pid, 'SIGSEGV');
    }, 1);
    // The last 50 are never answered.
    const asked = model.ask({ questions: [...questions(5).questions, ...questions(50, -50).questions] }, ({ id }) =>
      heard.push(id),
    );
    const error = await asked.catch((thrown) => thrown).finally(() => clearInterval(killer));
    expect(error.code).toBe('TEACHER_CRASHED');
    expect(error.message).toMatch(
      /^fake crashed 3 times without an answer in between \(SIGSEGV.*\); 50 questions are open$/,
    );
    expect(heard).toEqual([0, 1, 2, 3, 4]);
    await model.ask(questions(1), ({ id }) => heard.push(id));
    expect(heard).toHaveLength(6);
  });

  it('stops asking with the reason when it is told to, and answers others', async () => {
    const model = processOf();
    await model.open();
    const controller = new AbortController();
    const reason = new Error('enough');
    const stopped = model.ask(questions(500), () => controller.abort(reason), controller.signal);
    const others: number[] = [];
    await Promise.all([expect(stopped).rejects.toBe(reason), model.ask(questions(3), ({ id }) => others.push(id))]);
    expect(others).toEqual([0, 1, 2]);
  });

  it('is gone when it has been ended, with the reason for who waits and who comes later', async () => {
    const model = processOf();
    await model.open();
    const pid = model.pid!;
    const waiting = model.ask(questions(500), () => {}).catch((error) => error);
    await model.end(ended);
    expect(alive(pid)).toBe(false);
    expect(await waiting).toBe(ended);
    await expect(model.ask(questions(1), () => {})).rejects.toBe(ended);
  });

  it('says what a model that cannot be loaded lacks', async () => {
    await expect(processOf('aborting').open()).rejects.toThrow(
      /^aborting cannot be loaded: llama\.cpp gave up on it \(SIGABRT.*\); it is damaged, cut off, or of a kind/,
    );
    await expect(processOf('refused').open()).rejects.toThrow(
      'refused: its chat template cannot be used: no template; take a file of the model with a template that runs, or let a server run it and ask it as server:URL#MODEL',
    );
  });
});

describe('a program that asked a model', () => {
  /** Runs a script in a Node process of its own. */
  function program(body: string) {
    const source = `
      import { ModelProcess } from ${JSON.stringify(new URL('./model-process.ts', import.meta.url).href)};
      const work = { script: new URL(${JSON.stringify(script.href)}), restarts: 2, left: String };
      const model = new ModelProcess(work, { type: 'open', model: 'fake', gpu: false, threads: 1 }, 'fake', () => {});
      await model.open();
      await model.ask({ questions: [{ id: 1 }] }, () => {});
      console.log(model.pid);
      ${body}`;
    const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
    const child = spawn(process.execPath, ['--import', tsx, '--input-type=module', '-e', source], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    child.stdout.on('data', (text) => {
      said += text;
    });
    const exit = new Promise<number | null>((resolve) => child.on('exit', resolve));
    return { child, exit, modelPid: () => Number(said.trim()) };
  }

  it('is not kept running by an idle model that it did not dispose of', async () => {
    const { exit, modelPid } = program('');
    expect(await exit).toBe(0);
    expect(modelPid()).toBeGreaterThan(0);
    await until(() => !alive(modelPid()));
  });

  it('takes the model with it, even when it is killed', async () => {
    const { child, exit, modelPid } = program('setInterval(() => {}, 1000);');
    await until(() => modelPid() > 0);
    expect(alive(modelPid())).toBe(true);
    child.kill('SIGKILL');
    await exit;
    await until(() => !alive(modelPid()));
  });
});
