import { describe, expect, it } from 'vitest';
import { readDecisions } from '../../workspace/decisions.ts';
import { column, csv, mixed, type Row, tables } from './import-table.test-support.ts';

const { table, imported } = tables();

describe('a table from elsewhere', () => {
  /** Choices between three trips: only flights cost more than 100, and a car is never waited for. */
  const trips = Array.from({ length: 120 }, (_, i) =>
    ['air', 'bus', 'car'].map((mode, side) => [
      3 * i + side + 1,
      Math.floor(i / 4),
      i % 4,
      mode,
      side === 0 ? 100 + 25 * mixed(i, 4) : 10 + 25 * mixed(i + side, 3),
      side === 2 ? 0 : 30 * (1 + mixed(i + side, 3)),
      ['low', 'medium', 'high'][Math.floor(i / 4) % 3]!,
      mixed(i, 3) === side ? 1 : 0,
    ]),
  ).flat();
  const header = ',person,task,mode,price,wait,income,chosen';

  it('with a row for each alternative, numbered anew for each person, says so, and reads as choices by its key', async () => {
    const { report } = await imported(csv(header, trips), { label: 'chosen' });
    expect(report.notes.join('\n')).toContain('--key person,task');
    await expect(imported(csv(header, trips), { label: 'chosen', key: 'task' })).rejects.toThrow(
      /most choices have 90 rows, .*--key person,task$/,
    );
    const joined = await imported(csv(header, trips), { label: 'chosen', key: ['person', 'task'] });
    expect(joined.report.actions).toEqual(['air', 'bus', 'car']);
    expect(joined.report.table).toMatchObject({
      unit: 'person',
      choices: { alternative: 'mode' },
      rows: { read: 360 },
    });
    // No level of one alternative is another's, and neither the number of a row nor what is constant is a level.
    const phrases = (name: string) => column(joined.report, name)?.phrases;
    expect(phrases('air price')).toEqual(['100', '125', '150', '175'].map((price) => `air: price ${price}`));
    expect(phrases('bus price')).toEqual(['10', '35', '60'].map((price) => `bus: price ${price}`));
    expect(joined.report.table.dropped).toContainEqual({ name: 'car wait', why: 'always "0"' });
    expect(joined.report.table.columns.map(({ name }) => name)).toEqual([
      ...['income', 'air price', 'air wait', 'bus price', 'bus wait', 'car price'],
    ]);
    // A further table of the form has the same key.
    const further = csv(header, trips.slice(0, 6));
    expect((await readDecisions(table(further), joined.vocabulary)).rows).toHaveLength(2);
  });

  it('with a row for each alternative in any order has them by their names, and says what is not a yes or no', async () => {
    const pairs = Array.from({ length: 60 }, (_, i) => {
      const rows = ['A', 'B'].map((alt, side) => [i, alt, mixed(i + side, 3), mixed(i, 2) === side ? 1 : 0]);
      return mixed(i + 5, 2) ? rows : rows.reverse();
    }).flat();
    const { report, train } = await imported(csv('set,alt,price,pick', pairs), { label: 'pick', key: 'set' });
    expect(report.table.choices).toMatchObject({ alternative: 'alt', alternatives: ['A', 'B'], attributes: ['price'] });
    expect(train[0]!.context).toEqual([expect.stringMatching(/^A: price/), expect.stringMatching(/^B: price/)]);
    const ranked = pairs.map(([set, alt, price, pick]) => [set!, alt!, price!, 2 - Number(pick)]);
    await expect(imported(csv('set,alt,price,rank', ranked), { label: 'rank', key: 'set' })).rejects.toThrow(
      /the label rank is to say yes or no of each row .*, got "2" \(line \d\)/,
    );
  });

  it('with columns named after what can be chosen has them as alternatives, whatever order the actions are in', async () => {
    const rows = Array.from({ length: 90 }, (_, i) => {
      const [train, bus] = [mixed(i, 3), mixed(i + 1, 3)];
      const taken = bus <= train ? 1 : 2;
      return [train, bus, mixed(i + 2, 4), mixed(i + 3, 4), taken, ['bus', 'train'][taken - 1]!];
    });
    const names = 'price.train,price.bus,time.train,time.bus,code,mode';
    const { report, train } = await imported(csv(names, rows), {
      label: 'mode',
      drop: ['code'],
      actions: ['train', 'bus'],
    });
    expect(report.actions).toEqual(['train', 'bus']);
    expect(report.table.columns.every(({ as }) => as === 'contexts')).toBe(true);
    // Whoever has a bus that costs no more than the train takes it.
    const price = (row: Row, mode: string) =>
      Number(row.context.find((one) => one.startsWith(`${mode}: price`))!.at(-1));
    for (const row of train) expect(row.action).toBe(price(row, 'bus') <= price(row, 'train') ? 'bus' : 'train');
    const coded = await imported(csv(names, rows), { label: 'code', drop: ['mode'], actions: ['1=bus', '2=train'] });
    expect(coded.vocabulary.contexts).toContain('bus: price 0');
  });

  it('keeps weights, answers of models and identifiers out of what people are, and names the flags', async () => {
    const rows = Array.from({ length: 200 }, (_, i) => [
      `r${i % 40}`,
      ['Disagree', 'Agree', 'Strongly agree'][mixed(i, 3)]!,
      [1, 2, 3, -99][mixed(i + 1, 4)]!,
      (50 + mixed(i, 100)) / 100,
      mixed(i + 2, 100) / 100,
      mixed(i + 3, 2),
    ]);
    const { report, vocabulary } = await imported(csv('rater,view,trust,weight,gpt4_prob,granted', rows), {
      label: 'granted',
    });
    expect(vocabulary.phrases).toEqual([
      ...['view: Disagree', 'view: Agree', 'view: Strongly agree'],
      ...['trust: -99', 'trust: 1', 'trust: 2', 'trust: 3'],
    ]);
    expect(report.table.unit).toBe('rater');
    const notes = report.notes.join('\n');
    for (const flag of ['--weight weight', '--compare gpt4_prob', '--unit none', '--missing trust=-99'])
      expect(notes).toContain(flag);
    const asked = await imported(csv('rater,view,trust,weight,gpt4_prob,granted', rows), {
      label: 'granted',
      weight: 'weight',
      kinds: { gpt4_prob: 'bins' },
    });
    expect(column(asked.report, 'gpt4_prob')?.kind).toBe('bins');
    expect(asked.train[0]!.weight).toBeGreaterThan(0);
  });

  it('without a header is told from one with a wrong label', async () => {
    await expect(imported('77,f,0,1\n30,m,1,0\n', { label: 'y' })).rejects.toThrow(
      /its first line looks like data \(77, f, 0, 1/,
    );
    await expect(imported('1,f,1,0\n30,m,1,0\n', { label: 'f' })).rejects.toThrow(
      /two columns named "1" \(1 and 3\); its first line looks like data/,
    );
    await expect(imported('age,p\n1,0.5\n2,0.25\n', { label: 'p', missing: ['agee=1'] })).rejects.toThrow(
      /has no column "agee", did you mean age\?/,
    );
  });

  it('with a second header among its rows is refused', async () => {
    const rows = Array.from({ length: 40 }, (_, i) => [['18-29', '30+'][mixed(i, 2)]!, ['Yes', 'No'][i % 2]!]);
    const second = csv('age,buys', [['Response', 'Response'], ...rows]);
    await expect(imported(second, { label: 'buys' })).rejects.toThrow(
      /line 2 does not hold what all other rows do \(age, buys\)/,
    );
    expect((await imported(second, { label: 'buys', skip: 1 })).report.actions).toEqual(['no', 'yes']);
  });

  it('of a survey tool has its questions for names', async () => {
    const rows = Array.from({ length: 40 }, (_, i) => [
      i + 60,
      ['Never', 'Often', 'Always'][mixed(i, 3)]!,
      mixed(i, 2),
    ]);
    const { report, vocabulary } = await imported(
      csv('Duration,Q1,Q2', [
        ['Duration', 'How often? - Selected Choice', 'Would you?'],
        ['"{""ImportId"":""d""}"', '"{""ImportId"":""QID1""}"', '"{""ImportId"":""QID2""}"'],
        ...rows,
      ]),
      { label: 'Q2' },
    );
    expect(vocabulary.traits).toEqual(['How often? Never', 'How often? Often', 'How often? Always']);
    expect(vocabulary.prompt.paraphrases[0]).toBeDefined();
    expect(report.table.dropped).toEqual([{ name: 'Duration', why: 'recorded by the survey tool' }]);
  });
});
