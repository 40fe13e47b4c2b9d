import { describe, expect, it } from 'vitest';
import { Turns } from './turns.ts';

/** Evaluations that note who was under way with whom, each a few turns of the event loop long. */
function stage(room: number) {
  const turns = new Turns(room);
  const seen: string[][] = [];
  let under: string[] = [];
  const evaluate = async (name: string, length: number) => {
    if (under.length === 0) {
      under = [];
      seen.push(under);
    }
    under.push(`${name}:${length}`);
    const own = under;
    for (let i = 0; i < 3; i++) await new Promise((next) => setImmediate(next));
    if (under === own) under = [];
  };
  return {
    seen,
    prompt: (name: string, least: number, most: number) =>
      turns.prompt(least, most, (length) => evaluate(name, length)),
    reply: (name: string) => turns.reply(() => evaluate(name, 1)),
    failing: () => turns.reply(() => Promise.reject(new Error('no'))),
  };
}

describe('Turns', () => {
  it('makes prompts that are read together equally long', async () => {
    const { seen, prompt } = stage(100);
    await Promise.all([prompt('a', 3, 20), prompt('b', 12, 20), prompt('c', 5, 20)]);
    expect(seen).toEqual([['b:12', 'c:12', 'a:12']]);
  });

  it('reads a prompt that cannot be as long in a turn of its own', async () => {
    const { seen, prompt } = stage(100);
    await Promise.all([prompt('short', 4, 9), prompt('long', 12, 20), prompt('other', 2, 12)]);
    expect(seen).toEqual([['long:12', 'other:12'], ['short:4']]);
  });

  it('reads no more together than there is room for, and a longer prompt all the same', async () => {
    const { seen, prompt } = stage(24);
    await Promise.all([prompt('a', 10, 50), prompt('b', 10, 50), prompt('c', 8, 50), prompt('d', 30, 50)]);
    expect(seen).toEqual([['d:30'], ['a:10', 'b:10'], ['c:8']]);
  });

  it('never evaluates a token of a reply beside a prompt, and lets replies go on first', async () => {
    const { seen, prompt, reply } = stage(100);
    const first = reply('a');
    await Promise.all([first, prompt('p', 4, 9), reply('b').then(() => reply('b'))]);
    expect(seen).toEqual([['a:1', 'b:1'], ['b:1'], ['p:4']]);
  });

  it('reads all prompts that have begun to be read before a reply goes on', async () => {
    const { seen, prompt, reply } = stage(10);
    await Promise.all([prompt('p', 8, 9).then(() => reply('p')), prompt('q', 7, 9).then(() => reply('q'))]);
    expect(seen).toEqual([['p:8'], ['q:7'], ['p:1', 'q:1']]);
  });

  it('goes on after an evaluation that fails', async () => {
    const { seen, reply, failing } = stage(10);
    await Promise.all([expect(failing()).rejects.toThrow('no'), reply('a')]);
    await reply('b');
    expect(seen).toEqual([['a:1'], ['b:1']]);
  });
});
