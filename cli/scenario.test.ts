import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { json, understudy } from './run.test-support.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scenario-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('a scenario of your own', () => {
  it('is written by new, never over another file, and passes check as it stands', async () => {
    const file = join(folder, 'My Town.ts');
    expect((await understudy('new', file)).code).toBe(0);
    const text = await readFile(file, 'utf8');
    const again = await understudy('new', file);
    expect([again.code, await readFile(file, 'utf8')]).toEqual([1, text]);
    expect(again.stderr).toContain('exists already; choose another name');
    const checked = await understudy('check', file, '--json');
    expect(checked.code).toBe(0);
    expect(json(checked)).toMatchObject({
      scenario: 'my-town-v1',
      ok: true,
      findings: [],
      // 2 homes × 2^3 other traits; 3 skies × 2 × 2 contexts with each.
      sizes: {
        actions: 3,
        groups: 1,
        traitSets: 16,
        worldStates: 3,
        agentStates: 4,
        observations: 192,
        paraphrases: 2,
      },
      parameters: { fuel: { value: 2, min: 0, max: 5 } },
      policies: ['sporty'],
    });
    expect(json(checked).prompts[0]).toContain('Reply with JSON: {"ride":');
  });

  it('is named once: the workspace remembers it, and refuses another one before anything is written', async () => {
    const workspace = join(folder, 'study');
    const file = join(folder, 'commute.mjs');
    await understudy('new', file);
    const about = ['--workspace', workspace, '--json'];
    const simulate = ['simulate', '--policy', 'constant:0.2,0.3', '--agents', '50', ...about];
    const first = await understudy(...simulate, '--scenario', file);
    expect(json(first)).toMatchObject({
      scenario: 'commute-v1',
      ticks: 20,
      meanProbabilities: { walk: expect.any(Number), ride: expect.any(Number), drive: expect.any(Number) },
      measures: { 'car trips': expect.any(Number), 'rides in the rain': expect.any(Number) },
    });
    const remembered = JSON.parse(await readFile(join(workspace, 'study.json'), 'utf8'));
    expect(remembered).toEqual({
      scenario: 'commute-v1',
      file: join('..', 'commute.mjs'),
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      parameters: {},
    });
    // Only who owns a car may drive.
    expect(json(first).meanProbabilities.drive).toBeLessThan(0.29);
    expect(json(await understudy(...simulate)).stateHash).toBe(json(first).stateHash);
    const sporty = await understudy('simulate', '--policy', 'policy:sporty', '--agents', '50', ...about);
    expect(json(sporty).actions.drive).toBe(0);

    const other = await understudy('dataset', '--teacher', 'oracle', '--scenario', 'ice-cream-v1', ...about);
    expect(other.code).toBe(2);
    expect(other.stderr).toMatch(/holds a study of commute-v1 with tables [0-9a-f]{12}, and .*ice-cream-v1/);

    await writeFile(
      file,
      (await readFile(file, 'utf8')).replace('rain: 0.2', 'rain: 0.1').replace('sun: 0.3', 'sun: 0.4'),
    );
    const changed = await understudy(...simulate);
    expect(changed.code).toBe(2);
    expect(changed.stderr).toMatch(/commute\.mjs gives tables [0-9a-f]{12} now; it was changed since/);
    expect(JSON.parse(await readFile(join(workspace, 'study.json'), 'utf8'))).toEqual(remembered);
  });

  it('may have parameters, which are remembered and set by --set', async () => {
    const file = join(folder, 'priced.mjs');
    await understudy('new', file);
    const text = await readFile(file, 'utf8');
    await writeFile(
      file,
      text
        .replace('({ fuel = 2 } = {})', '({ fuel = 2, rain = 0.2 } = {})')
        .replace('parameters: {', 'parameters: { rain: { value: rain, min: 0, max: 0.5 },')
        .replace('{ cloud: 0.5, sun: 0.3, rain: 0.2 }', '{ cloud: 0.8 - rain, sun: 0.2, rain }'),
    );
    const hash = async (...set: string[]) => json(await understudy('check', file, '--json', ...set)).sha256;
    expect(await hash('--set', 'rain=0.2')).toBe(await hash());
    expect(await hash('--set', 'rain=0.3')).not.toBe(await hash());
    const workspace = join(folder, 'priced');
    const run = ['simulate', '--policy', 'uniform', '--agents', '5', '--workspace', workspace, '--json'];
    const set = await understudy(...run, '--scenario', file, '--set', 'rain=0.3');
    expect(json(await understudy(...run)).stateHash).toBe(json(set).stateHash);
    expect((await understudy(...run, '--set', 'rain=0.4')).code).toBe(2);
    const outside = await understudy('check', file, '--set', 'rain=0.6');
    expect([outside.code, outside.stderr]).toEqual([
      2,
      expect.stringContaining('parameter rain: 0.6 is outside its range, 0 to 0.5'),
    ]);
    expect((await understudy('check', file, '--set', 'rian=0.3')).stderr).toContain('did you mean rain?');
    await writeFile(file, text.replace('fuel = 2 } = {}', 'fuel = 9 } = {}'));
    expect((await understudy('check', file)).code).toBe(1);
    for (const wrong of ['rain', 'rain=', 'rain=much', '=3'])
      expect((await understudy('check', file, '--set', wrong)).code).toBe(2);
    expect((await understudy('check', 'ice-cream-v1', '--set', 'price=3')).stderr).toContain(
      'ice-cream-v1 has no parameters, got price',
    );
  });

  it('with something wrong ends check with 1 and says what', async () => {
    const file = join(folder, 'wrong.js');
    await understudy('new', file);
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace("tired: ({ rest }) => rest === 'tired'", 'tired: () => false'));
    const checked = await understudy('check', file);
    expect(checked.code).toBe(1);
    expect(checked.stdout.split('Prompt 2')[1]!.split('\n').slice(2).join('\n')).toMatch(
      /^\nFound: it should be that it shows every context in some state\n {2}never holds in a state that can be reached: tired\nFound: it should be that it reads every factor.*\n {2}nothing depends on rest; leave it out, or read it\n$/,
    );
    await writeFile(file, text.replace("'tired', 'fresh')", "Math.random() < 0.5 ? 'tired' : 'fresh', 'fresh')"));
    const impure = await understudy('check', file);
    expect([impure.code, impure.stderr]).toEqual([1, expect.stringMatching(/wrong\.js:\d+: .*Math\.random/)]);
  });

  it('whose laws use what the module took aside of chance is refused too', async () => {
    const file = join(folder, 'aside.js');
    await understudy('new', file);
    const text = await readFile(file, 'utf8');
    await writeFile(
      file,
      `const { random } = Math;\n${text.replace("start: 'fresh',", "start: () => (random() < 2 ? 'fresh' : 'tired'),")}`,
    );
    expect((await understudy('check', file)).stderr).toMatch(/aside\.js.*calls Math\.random/);
  });

  it('that is wrong at a trait says the trait in words', async () => {
    const file = join(folder, 'negative.js');
    await understudy('new', file);
    const text = await readFile(file, 'utf8');
    await writeFile(
      file,
      text.replace("action === 'drive' ? -fuel", "traits['owns a car'] ? Number.NaN : action === 'drive' ? -fuel"),
    );
    expect((await understudy('check', file)).stderr).toMatch(
      /reward at \{action: walk, .*"owns a car" holds.*\}: expected a finite number, got NaN/,
    );
  });

  it.each([
    ["traits.includes('lives far away')", "traits.includes('lives far awy')", 'did you mean lives far away?'],
    ['return { drive, ride:', 'return { drive, rid:', 'unknown action: rid'],
    ["{ ride: contexts.includes('it is raining') ?", "{ ride: contexts.indexOf('tird') > 0 ?", 'did you mean tired?'],
  ])('has rules of its own that check puts to every observation: %s', async (right, wrong, finding) => {
    const file = join(folder, 'ruled.mjs');
    await rm(file, { force: true });
    await understudy('new', file);
    const text = await readFile(file, 'utf8');
    expect(text).toContain(right);
    await writeFile(file, text.replace(right, wrong));
    const { code, stdout } = await understudy('check', file);
    expect([code, stdout]).toEqual([1, expect.stringContaining(finding)]);
  });

  it('that was moved is found where --scenario says once that it is', async () => {
    const [file, workspace] = [join(folder, 'here.mjs'), join(folder, 'moved')];
    await understudy('new', file);
    const simulate = ['simulate', '--policy', 'uniform', '--agents', '5', '--json', '--workspace', workspace];
    const before = json(await understudy(...simulate, '--scenario', file, '--set', 'fuel=3'));
    await rename(file, join(folder, 'there.mjs'));
    const lost = await understudy(...simulate);
    expect([lost.code, lost.stderr]).toEqual([
      2,
      expect.stringMatching(/its file .*here\.mjs is gone.*--scenario FILE/),
    ]);
    expect(json(await understudy(...simulate, '--scenario', join(folder, 'there.mjs'))).stateHash).toBe(
      before.stateHash,
    );
    expect(json(await understudy(...simulate)).stateHash).toBe(before.stateHash);
  });

  it('whose file is misspelt, or named without its ending, is answered with the file that is there', async () => {
    await understudy('new', join(folder, 'quarter.ts'));
    for (const [name, meant] of [
      ['quartre.ts', 'quarter.ts'],
      ['quarter', 'quarter.ts'],
    ]) {
      const { code, stderr } = await understudy('check', join(folder, name!));
      expect([code, stderr]).toEqual([2, expect.stringContaining(`did you mean ${join(folder, meant!)}?`)]);
    }
    expect((await understudy('check', join(folder, 'nothing-like-it.ts'))).stderr).toContain('understudy new');
  });

  it('that is unknown is answered with what was probably meant', async () => {
    const { code, stderr } = await understudy('simulate', '--scenario', 'ice-creem-v1', '--workspace', folder);
    expect(code).toBe(2);
    expect(stderr).toContain(
      'unknown scenario: ice-creem-v1 (known: ice-cream-v1, ice-cream-v2, mobility-v1, or a file such as ./town.ts); did you mean ice-cream-v1?',
    );
  });
});
