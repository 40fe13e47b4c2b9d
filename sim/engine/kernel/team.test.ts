import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
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
