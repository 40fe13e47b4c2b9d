import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { json, understudy } from './run.test-support.ts';

const loans = fileURLToPath(new URL('../examples/loans.csv', import.meta.url));
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'import-cli-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('a study of a table, without code', () => {
  it('goes from a CSV to students, their evaluation, explanations and a report', async () => {
    const workspace = join(folder, 'loans');
    const about = ['--workspace', workspace];
    const imported = await understudy('import', loans, '--label', 'granted', '--unit', 'officer', ...about);
    expect(imported.code).toBe(0);
    expect(imported.stdout).toContain('1,000 rows read; 800 to train on, 200 held out by officer');
    expect(imported.stdout).toMatch(/arrears +levels: arrears: none \(\d+\), arrears: one month/);
    expect(imported.stdout).toMatch(/application +it counts the rows/);
    expect((await understudy('check', ...about)).stdout).toContain('Nothing found.');

    const training = ['train', '--student', 'logistic', ...about, '--json'];
    const trained = await understudy(...training);
    expect(json(trained)).toMatchObject({ rows: 800, students: [{ student: 'logistic' }] });
    const evaluated = await understudy('evaluate', ...about, '--json');
    expect(evaluated.code).toBe(0);
    const table = await readFile(join(workspace, 'results', 'metrics', 'evaluation.csv'), 'utf8');
    expect(table).toMatch(/^logistic,200,/m);
    // What was planted comes out: arrears of three months weigh most, unemployment next to it.
    const explained = json(
      await understudy('explain', '--policy', 'student:logistic', '--states', '40', ...about, '--json'),
    );
    const logOdds = new Map<string, number>(
      explained.coefficients.map(({ phrase, logOdds }: { phrase: string; logOdds: number }) => [phrase, logOdds]),
    );
    const lowest = [...logOdds]
      .filter(([phrase]) => phrase !== undefined)
      .sort(([, a], [, b]) => a - b)
      .map(([phrase]) => phrase);
    expect(lowest.slice(0, 2).sort()).toEqual(['arrears: three months', 'employment: unemployed']);
    const drawn = await understudy('visualize', ...about);
    expect([drawn.code, drawn.stdout]).toEqual([0, expect.stringContaining('report.html')]);

    // Further tables of the same form are rows to train and to test on.
    const more = join(folder, 'more.csv');
    await writeFile(more, (await readFile(loans, 'utf8')).split('\n').slice(0, 41).join('\n').replaceAll(',', ';'));
    expect(json(await understudy(...training, '--train', more)).rows).toBe(40);
    const again = await understudy('evaluate', ...about, '--test', more, '--json');
    expect(again.code).toBe(0);

    // What was made of an import is not written over, and the same import changes nothing.
    const other = await understudy('import', loans, '--label', 'granted', ...about);
    expect([other.code, other.stderr]).toEqual([1, expect.stringContaining('is a result of what was imported before')]);
    const same = await understudy('import', loans, '--label', 'granted', '--unit', 'officer', ...about);
    expect(same.stdout).toContain('The same was imported before; nothing was written.');
  }, 60_000);

  it('is asked of a teacher in a workspace of its own, by the scenario that was imported', async () => {
    const workspace = join(folder, 'asked');
    await understudy('import', loans, '--label', 'granted', '--workspace', join(folder, 'human'));
    await copyFile(join(folder, 'human', 'data', 'train.jsonl'), join(folder, 'recorded.jsonl'));
    const asked = await understudy(
      ...['dataset', '--teacher', `recorded:${join(folder, 'recorded.jsonl')}`, '--size', 'all', '--json'],
      ...['--scenario', join(folder, 'human', 'scenario.json'), '--workspace', workspace],
    );
    expect(asked.stderr).not.toContain('failed unexpectedly');
    expect(json(asked)).toMatchObject({ scenario: 'loans' });
  }, 60_000);

  it('needs a table and a label, and says how', async () => {
    expect(await understudy('import')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('import needs a table'),
    });
    const unlabelled = await understudy('import', loans);
    expect(unlabelled).toMatchObject({ code: 2, stderr: expect.stringContaining('import needs --label COLUMN') });
    const wrong = await understudy('import', loans, '--label', 'grantd', '--workspace', join(folder, 'none'));
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('did you mean granted?') });
    const absent = await understudy('import', join(folder, 'absent.csv'), '--label', 'y', '--workspace', folder);
    expect(absent).toMatchObject({ code: 1, stderr: expect.stringContaining('does not exist; name a table') });
  });
});
