import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { understudy } from '../cli/run.test-support.ts';
import * as package_ from '../index.ts';

const text = await readFile(new URL('../docs/environment.md', import.meta.url), 'utf8');
const block = (kind: string): string => new RegExp(`^\`\`\`${kind}[^\n]*\n([\\s\\S]*?)^\`\`\`$`, 'm').exec(text)![1]!;
const AsyncFunction = (async () => {}).constructor as new (
  ...parameters: string[]
) => (package_: object, console: Pick<Console, 'log'>) => Promise<void>;

it('the example of docs/environment.md runs as it stands', async () => {
  const code = block('js').replace(/^import (\{[^}]+\}) from 'understudy';$/m, 'const $1 = package_;');
  const printed: unknown[] = [];
  await new AsyncFunction('package_', 'console', `'use strict';\n${code}`)(package_, { log: (it) => printed.push(it) });
  expect(printed).toEqual([expect.any(Number)]);
});

it('the command of docs/environment.md writes what its programs read', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'environment-'));
  try {
    const [, , ...args] = block('sh').trim().split(' ');
    expect(args[0]).toBe('compile');
    const out = join(folder, args.at(-1)!);
    expect((await understudy(...args.slice(0, -1), out, '--workspace', folder)).code).toBe(0);
    expect(JSON.parse(await readFile(out, 'utf8'))).toHaveProperty('decisions');
  } finally {
    await rm(folder, { recursive: true });
  }
});
