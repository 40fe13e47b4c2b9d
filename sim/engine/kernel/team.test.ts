import { spawnSync } from 'node:child_process';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { compiled } from '../../../tools/compiled.ts';
import { assemble, FunctionBody } from './assembler.ts';
import { Team } from './team.ts';
import { Memory, Module } from './web-assembly.ts';

/** A program that adds a number to the word at the address. */
function adding(number: number): object {
  const body = new FunctionBody(1);
  body.get(0).get(0).memory('i32.load').i32(number).op('i32.add').memory('i32.store');
  return new Module(assemble({ play: { parameters: 1, body } }));
}

describe.each([true, false])('a team whose helpers are awaited: %s', (awaited) => {
  it('plays each call of each program once, whoever has joined by then', async () => {
    const memory = new Memory({ initial: 1, maximum: 1, shared: true });
    const words = new Uint32Array(memory.buffer);
    const team = new Team(memory, 3, awaited);
    const [one, hundred] = [team.load(adding(1)), team.load(adding(100))];
    const calls = Array.from({ length: team.size }, (_, t) => 256 * (t + 1));
    let late: number | undefined;
    for (let play = 0; play < 200; play++) {
      team.play(one, calls);
      // Nothing to do for the last.
      team.play(hundred, [...calls.slice(0, -1), 0]);
      // Made when helpers may be there or not.
      if (play === 100) late = team.load(adding(10_000));
      if (late !== undefined) team.play(late, calls);
      if (play % 10 === 0) await setTimeout(2);
    }
    // 200 of the first program, 200 of the second, and from play 100 on the third.
    const last = 200 + 100 * 10_000;
    expect(calls.map((address) => words[address / 4])).toEqual([...calls.slice(1).map(() => last + 200 * 100), last]);
  });
});

describe('a helper', () => {
  it('that fails over its job is told of, once the others have done theirs', () => {
    const memory = new Memory({ initial: 1, maximum: 1, shared: true });
    const words = new Uint32Array(memory.buffer);
    const team = new Team(memory, 2, true);
    const one = team.load(adding(1));
    // Memory ends at 64 KiB.
    expect(() => team.play(one, [256, 2 ** 20])).toThrow(expect.objectContaining({ code: 'SIMULATION_THREAD' }));
    expect(() => team.play(one, [2 ** 20, 512])).toThrow('out of bounds');
    team.play(one, [256, 512]);
    expect([words[64], words[128]]).toEqual([2, 2]);
  });

  /** Plays in a process of its own, whose helper may end. */
  const elsewhere = (script: string, before = '') => {
    const of = (file: string) => JSON.stringify(compiled(new URL(file, import.meta.url)));
    const code = `${before}
      const { assemble, FunctionBody } = await import(${of('./assembler.ts')});
      const { Team } = await import(${of('./team.ts')});
      const body = new FunctionBody(1);
      body.get(0).get(0).memory('i32.load').i32(1).op('i32.add').memory('i32.store');
      let helper;
      const joined = new Promise((resolve) => process.on('worker', (worker) => resolve((helper = worker))));
      const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
      const team = new Team(memory, 2, true);
      const one = team.load(new WebAssembly.Module(assemble({ play: { parameters: 1, body } })));
      const play = () => {
        try {
          team.play(one, [256, 512]);
          return [...new Uint32Array(memory.buffer, 256, 1), ...new Uint32Array(memory.buffer, 512, 1)];
        } catch ({ code }) {
          return code;
        }
      };
      const said = [];
      ${script}
      console.log(JSON.stringify(said));`;
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
      cwd: fileURLToPath(new URL('.', import.meta.url)),
      timeout: 60_000,
      encoding: 'utf8',
    });
    return stdout === '' ? stderr : JSON.parse(stdout);
  };

  it('that ended between two plays is done without', () => {
    const script = 'said.push(play()); await joined; await helper.terminate(); said.push(play(), play());';
    expect(elsewhere(script)).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
  });

  it.runIf(process.platform === 'linux')('that is ended over its job is told of, and done without from then on', () => {
    expect(elsewhere('said.push(play()); await joined; void helper.terminate(); said.push(play(), play());')).toEqual([
      [1, 1],
      'SIMULATION_THREAD',
      [3, expect.any(Number)],
    ]);
  });

  it('that ends itself over its job is told of', () => {
    const dying = `
      const { createRequire, syncBuiltinESMExports } = await import('node:module');
      const threads = createRequire('/')('node:worker_threads');
      threads.Worker = class extends threads.Worker {
        constructor(code, options) {
          super('WebAssembly.Instance = function () { process.exit(7); };' + code, options);
        }
      };
      syncBuiltinESMExports();`;
    expect(elsewhere('said.push(play(), play());', dying)).toEqual(['SIMULATION_THREAD', [2, 1]]);
  });
});
