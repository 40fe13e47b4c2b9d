import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { json, understudy } from './run.test-support.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'understudy-audit-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const audit = (...args: string[]) => understudy('audit', '--workspace', folder, ...args);
const heat = ['cold winter day', 'hot summer day', '--outcome', 'p:buy', '--expect', 'more'];

describe('understudy audit', () => {
  it('shows a claim on one screen, and how to look at it again', async () => {
    const { code, stdout } = await audit(
      ...heat,
      '--teacher',
      'oracle?list:lines*hot summer day=-5',
      '--wordings',
      '12',
    );
    expect(code).toBe(0);
    expect(stdout).toMatch(/^P\(buy\) is more for hot summer day than for cold winter day: /);
    expect(stdout).toContain('12 specifications, 59 kinds of people asked');
    expect(stdout).toContain('o as claimed (more for B), x against');
    expect(stdout).toContain('Both are wrong: all people share what a wording\n  shifts');
    expect(stdout).toMatch(/The form of the list \(\d+ %\): commas/);
    expect(stdout).toContain("Again: understudy audit 'cold winter day' 'hot summer day' --outcome p:buy --expect more --teacher 'oracle?list:lines*hot summer day=-5' --wordings 12"); // biome-ignore format: one line
    expect(Math.max(...stdout.split('\n').filter((line) => !/^Again:|^ +\S+ +\d+\. /.test(line)).map(({ length }) => length))).toBeLessThanOrEqual(92); // biome-ignore format: one line
    expect(existsSync(join(folder, 'results', 'metrics', 'audit.csv'))).toBe(true);
  });

  it('audits settings of a parameter, and phrases that are joined', async () => {
    const town = ['--scenario', 'mobility-v1', '--teacher', 'oracle', '--wordings', '2', '--json'];
    const settings = await audit('fuel=1', 'fuel=6', '--outcome', 'reward', '--expect', 'less', '--agents', '20', '--ticks', '2', ...town); // biome-ignore format: one line
    expect(settings.stderr).not.toContain('understudy audit:');
    expect(json(settings)).toMatchObject({ way: 'simulated', specifications: 2, against: 0, replications: 2 });
    const rain = await audit(
      'leaving for work',
      'it is raining + leaving for work',
      '--outcome',
      'cycle',
      '--expect',
      'less',
      ...town,
    );
    expect(json(rain)).toMatchObject({ way: 'asked', against: 0, claim: { b: 'it is raining + leaving for work' } });
  });

  it.each([
    [['cold winter day'], 'audit needs two sides, A and B'],
    [heat.slice(0, 4), 'say what the claim expects of p:buy in hot summer day: --expect more or less'],
    [[...heat.slice(0, 2), '--expect', 'more'], 'say what the claim is about: --outcome'],
    [['price=1', 'price=2', ...heat.slice(2)], 'ice-cream-v1 has no parameter price (it has none)'],
    [[...heat, '--teacher', 'gemini'], 'unknown teacher: gemini'],
    [[...heat, '--list', 'tabs'], 'ice-cream-v1 has no list "tabs" of its prompt (known: commas'],
    [
      [...heat, '--elicit', 'greedily'],
      'names separated by commas, of greedy, expected, sample, choice, got "greedily"',
    ],
    [[...heat, '--wordings', '1'], 'one wording only'],
  ])('%j: %s', async (args, message) => {
    const { code, stderr } = await audit(...args);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });
});
