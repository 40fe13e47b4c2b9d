import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readDecisions } from '../../workspace/decisions.ts';
import { column, csv, mixed, type Row, tables } from './import-table.test-support.ts';
import { type ImportOptions, importTable } from './import-table.ts';

const { table, imported } = tables();

describe('the columns of a table', () => {
  const rows = Array.from({ length: 200 }, (_, i) => [
    i,
    ['18-29', '30-44', '45+'][mixed(i, 3)]!,
    ['yes', 'no'][mixed(i + 1, 2)]!,
    ['tea; cars', 'tea', 'dogs; tea', ''][mixed(i + 2, 4)]!,
    mixed(i + 3, 40) === 0 ? 'NA' : 10_000 + 13 * mixed(i + 4, 5000),
    mixed(i + 5, 4),
    `2021-03-${10 + mixed(i, 20)}`,
    `free text ${i}`,
    'Paris',
    mixed(i + 6, 5) === 0 ? '' : mixed(i + 7, 2),
    i % 2,
  ]);
  const header = 'id,age,member,likes,income,cars,day,note,city,smoker,granted';

  it('become groups, phrases, lists and bins, and what says nothing is left out and said', async () => {
    const { report, vocabulary, train, test } = await imported(csv(header, rows), { label: 'granted' });
    expect(report.table.columns.map(({ name, kind }) => `${name} ${kind}`)).toEqual([
      'age levels',
      'member flag',
      'likes list',
      'income bins',
      'cars levels',
      'smoker levels',
    ]);
    expect(report.table.dropped.map(({ name }) => name)).toEqual(['id', 'day', 'note', 'city']);
    expect(vocabulary.groups.map(({ name, phrases }) => [name, phrases.length])).toEqual([
      ['age', 3],
      ['income', 5],
      ['cars', 4],
      ['smoker', 2],
    ]);
    expect(column(report, 'likes')!.phrases).toEqual(['likes: cars', 'likes: dogs', 'likes: tea']);
    // Every row is counted once in each group, or is missing there.
    for (const name of ['age', 'income', 'smoker']) {
      const { counts, missing } = column(report, name)!;
      expect(counts.reduce((sum, n) => sum + n, missing)).toBe(200);
    }
    expect(column(report, 'income')!.missing).toBe(rows.filter((row) => row[4] === 'NA').length);
    expect(train.length + test.length).toBe(200);
    expect(report.actions).toEqual(['not granted', 'granted']);
    expect(train[0]).toMatchObject({ scenario: 'table', action: expect.any(String) });
  });

  it('are what was said instead of what they look like', async () => {
    const { report } = await imported(csv(header, rows), {
      label: 'granted',
      kinds: { age: 'drop', income: 'drop', cars: 'bins', day: 'levels' },
      bins: 2,
      contexts: ['member'],
      levels: 5,
    });
    expect(report.table.columns.map(({ name, kind, as }) => `${name} ${kind} ${as}`)).toEqual([
      'member flag contexts',
      'likes list traits',
      'cars bins traits',
      'day levels traits',
      'smoker levels traits',
    ]);
    expect(column(report, 'day')).toMatchObject({ other: 'day: other', phrases: { length: 5 } });
  });

  it('have decimal commas by column; what may be thousands is asked about', async () => {
    const cells = Array.from({ length: 60 }, (_, i) => [
      `"${1 + mixed(i, 3)},5"`,
      `${1 + mixed(i + 1, 9)}.${100 + i}`,
      i % 2,
    ]);
    const content = csv('width,km,y', cells);
    await expect(imported(content, { label: 'y' })).rejects.toThrow(
      /^km: "\d\.\d{3}" \(line 2\) may be \d\.\d+ or \d{4}; .*--decimal km=point or km=comma$/,
    );
    const { report } = await imported(content, { label: 'y', decimal: { km: 'comma' } });
    expect(column(report, 'width')).toMatchObject({ values: ['1.5', '2.5', '3.5'], numbers: { decimal: 'comma' } });
    expect(column(report, 'km')).toMatchObject({ kind: 'bins', edges: [3100, 4150, 6100, 8100] });
  });

  it('have codes and missing values apart from amounts', async () => {
    const cells = Array.from({ length: 120 }, (_, i) => [mixed(i, 6) === 0 ? -99 : 100 + mixed(i + 1, 80), i % 2]);
    const codes = cells.filter(([n]) => n === -99).length;
    const { report } = await imported(csv('score,y', cells), { label: 'y' });
    expect(column(report, 'score')).toMatchObject({ codes: [-99], missing: 0 });
    expect(column(report, 'score')!.counts.at(-1)).toBe(codes);
    expect(report.notes).toEqual([expect.stringContaining('--missing score=-99')]);
    const again = await imported(csv('score,y', cells), { label: 'y', missing: ['score=-99'] });
    expect(column(again.report, 'score')).toMatchObject({ codes: [], missing: codes });
  });
});

describe('the label', () => {
  const of = (values: readonly (string | number)[]) =>
    csv(
      'age,y',
      values.map((value, i) => [mixed(i, 3), value]),
    );
  const repeat = (values: readonly (string | number)[]) =>
    Array.from({ length: 60 }, (_, i) => values[i % values.length]!);

  it('is a 0 or 1, a name, a code with a name, or a probability', async () => {
    const actions = async (values: readonly (string | number)[], options: Partial<ImportOptions> = {}) => {
      const { report } = await imported(of(values), { label: 'y', ...options });
      return [report.labels, ...report.actions];
    };
    expect(await actions(repeat([0, 1]))).toEqual(['choices', 'no', 'yes']);
    expect(await actions(repeat([0, 1]), { actions: ['walk', 'ride'] })).toEqual(['choices', 'walk', 'ride']);
    expect(await actions(repeat(['Ja', 'Nein']))).toEqual(['choices', 'nein', 'ja']);
    expect(await actions(repeat(['walk', 'none', 'bus']))).toEqual(['choices', 'none', 'bus', 'walk']);
    expect(await actions(repeat([1, 2, 3]), { actions: ['2=bus', '1=walk', '3=car'] })).toEqual([
      'choices',
      'bus',
      'walk',
      'car',
    ]);
    expect(await actions(repeat([0.1, 0.75, 1]))).toEqual(['probabilities', 'no', 'yes']);
    expect(await actions(repeat(['10%', '75%']))).toEqual(['probabilities', 'no', 'yes']);
    expect(await actions(repeat([10, 75]), { percent: true })).toEqual(['probabilities', 'no', 'yes']);
  });

  it('is in several columns the probability of each action', async () => {
    const rows = Array.from({ length: 40 }, (_, i) => [mixed(i, 20), 0.33, 0.33, 0.33, 1 + mixed(i, 3)]);
    const { report, train } = await imported(csv('age,p_walk,p_bus,p_car,w', rows), {
      label: ['p_walk', 'p_bus', 'p_car'],
      weight: 'w',
    });
    expect(report.actions).toEqual(['walk', 'bus', 'car']);
    expect(train[0]!.probabilities).toEqual({ walk: 0.333333, bus: 0.333333, car: 0.333333 });
    expect(train[0]!.weight).toBeGreaterThan(0);
  });

  it.each<[readonly (string | number)[], RegExp]>([
    [[...repeat([0, 1]), 7], /y: "7" \(line 62\) is not a probability from 0 to 1; .*--actions 0=NAME,1=NAME,7=NAME/],
    [
      repeat([20, 30.5, 90]),
      /y: "20" \(line 2\) is not a probability from 0 to 1; if it holds percent, give --percent/,
    ],
    [[0.5, 0.25, -0.1, 0.75], /y: "-0\.1" \(line 4\) is not a probability/],
    [repeat(['']), /none of its 60 rows has a value in y/],
    [repeat([1]), /y is always "1": there is nothing to learn/],
    [[...repeat(['walk', 'bus']), 'Bus'], /y: "bus" \(line 3\) and "Bus" \(line 62\) differ only in case/],
    [Array.from({ length: 60 }, (_, i) => `text ${i}`), /y has 60 different values; expected a probability, 0 or 1/],
    [['Was it granted?', ...repeat([0, 1])], /y is a number except in line 2: "Was it granted\?"; .*--skip 1/],
  ])('that is not one is refused with the row and what to give: %#', async (values, message) => {
    await expect(imported(of(values), { label: 'y' })).rejects.toThrow(message);
  });

  it('that is empty in some rows is passed over and counted', async () => {
    const { report, train, test } = await imported(of(repeat([0, 1, '', 'NA', 1])), { label: 'y' });
    expect(report.table.rows).toMatchObject({ read: 60, passedOver: { 'without a label': 24 } });
    expect(train.length + test.length).toBe(36);
  });

  it('may have another beside it', async () => {
    const rows = Array.from({ length: 60 }, (_, i) => [mixed(i, 3), i % 2, i / 100]);
    const { train } = await imported(csv('age,human,model', rows), { label: 'human', compare: ['model'] });
    expect(train.every((row) => typeof row.probability_model === 'number')).toBe(true);
    expect(train[0]).toMatchObject({ action: expect.stringMatching(/^(no|yes)$/) });
    const two = await imported(
      csv(
        'age,human,model',
        rows.map(([age, human], i) => [age!, human!, i % 3 === 0 ? 1 : 0]),
      ),
      {
        label: 'human',
        compare: ['model'],
      },
    );
    expect(two.train[0]).toMatchObject({ action_model: expect.stringMatching(/^(no|yes)$/) });
  });
});

describe('alternatives', () => {
  it('in columns of their own share levels and edges, and are contexts beside the person', async () => {
    const rows = Array.from({ length: 240 }, (_, i) => [
      `p${Math.floor(i / 6)}`,
      ['m', 'f'][Math.floor(i / 6) % 2]!,
      mixed(i, 4),
      'XY'[mixed(i + 1, 2)]!,
      mixed(i + 2, 4),
      'XYZ'[mixed(i + 3, 3)]!,
      mixed(i + 4, 2),
    ]);
    const header = 'person_id,gender,a_price,a_brand,b_price,b_brand';
    const { report, vocabulary, train, test } = await imported(csv(`${header},chose_b`, rows), { label: 'chose_b' });
    expect(report.actions).toEqual(['A', 'B']);
    expect(vocabulary.traits).toEqual(['gender: f', 'gender: m']);
    expect(vocabulary.contexts.filter((phrase) => phrase.includes('brand'))).toEqual(
      ['A', 'B'].flatMap((side) => ['X', 'Y', 'Z'].map((brand) => `${side}: brand ${brand}`)),
    );
    const units = (part: readonly Row[]) => new Set(part.map(({ unit }) => unit));
    expect([...units(train)].filter((unit) => units(test).has(unit))).toEqual([]);
    expect(units(test).size).toBe(8);
    // Whether 1 is A or B, a label named choice does not say.
    const unsaid = await imported(csv(`${header},choice`, rows), { label: 'choice' });
    expect(unsaid.report.actions).toEqual(['choice 0', 'choice 1']);
    expect(unsaid.report.notes[0]).toContain('--actions A,B');
  });

  it('with a row each are put together by their key', async () => {
    const rows = Array.from({ length: 80 }, (_, i) => {
      const taken = mixed(i, 2);
      const side = (name: string, chosen: number) => [
        i,
        name,
        `p${i % 10}`,
        i % 10 < 5 ? 'm' : 'f',
        mixed(i + name.length, 3),
        chosen,
      ];
      return [side('left', taken), side('right', 1 - taken)];
    }).flat();
    const content = `${csv('task,alt,person,gender,price,chosen', rows)}99,left,p1,m,1,1\n`;
    const { report, train } = await imported(content, {
      label: 'chosen',
      key: 'task',
      alternative: 'alt',
      unit: 'person',
    });
    expect(report.actions).toEqual(['left', 'right']);
    expect(report.table.rows).toMatchObject({ read: 161, passedOver: { 'of a choice without 2 rows': 1 } });
    expect(report.table.columns.map(({ name, as }) => `${name} ${as}`)).toEqual([
      'gender traits',
      'left price contexts',
      'right price contexts',
    ]);
    expect(train[0]!.context).toEqual([expect.stringMatching(/^left: price/), expect.stringMatching(/^right: price/)]);
  });
});

describe('an import', () => {
  const probabilities = csv(
    'age,city,p',
    Array.from({ length: 60 }, (_, i) => [mixed(i, 3), 'XYZW'[mixed(i + 1, 4)]!, mixed(i + 2, 100) / 100]),
  );

  it('puts repeats of an observation together, with their mean and spread', async () => {
    const rows = [...Array.from({ length: 6 }, (_, i) => [i, 0.5]), [0, 0.1], [0, 0.3]];
    const { train, test, report } = await imported(csv('age,p', rows), { label: 'p' });
    expect(report.observations).toBe(6);
    const [one] = [...train, ...test].filter(({ traits }) => traits[0] === 'age: 0');
    // Of .5, .1 and .3 the mean is .3 and the sample standard deviation .2.
    expect(one).toMatchObject({
      probabilities: { no: 0.7, yes: 0.3 },
      repeats: 3,
      weight: 3,
      spread: { no: 0.2, yes: 0.2 },
    });
  });

  it('does not take answers of different people for repeats of one', async () => {
    const rows = Array.from({ length: 90 }, (_, i) => [`p${Math.floor(i / 6)}`, i % 3, (1 + (i % 6)) / 10]);
    const { train, test, report } = await imported(csv('person,age,p', rows), { label: 'p' });
    // Each of 15 people was asked about each of 3 ages twice.
    expect([report.table.unit, report.observations, report.decisions]).toEqual(['person', 45, 90]);
    expect([...train, ...test].every(({ repeats, unit }) => repeats === 2 && unit !== undefined)).toBe(true);
    // All count the same, so there are no weights; .1 and .4 are .2121 apart as a standard deviation.
    expect(train[0]).toMatchObject({ probabilities: { yes: 0.25 }, spread: { yes: 0.212132 } });
    expect(train[0]).not.toHaveProperty('weight');
    // Each row of another person: nothing is put together.
    const each = rows.map(([, age, p], i) => [`p${i}`, age!, p!]);
    const apart = await imported(csv('person,age,p', each), { label: 'p' });
    expect(apart.report.observations).toBeUndefined();
    expect(apart.train.length + apart.test.length).toBe(90);
    expect(apart.report.notes.join()).toContain('each row is of another person');
  });

  it('of the same table is the same bytes, and replaces only what nothing was made of', async () => {
    const { report, workspace } = await imported(probabilities, { label: 'p' });
    const path = table(probabilities);
    const bytes = () => Object.values(report.files).map((file) => readFileSync(file, 'utf8'));
    const before = bytes();
    expect((await importTable({ table: path, workspace, label: 'p' })).unchanged).toBe(true);
    expect(bytes()).toEqual(before);
    expect((await importTable({ table: path, workspace, label: 'p', seed: 1 })).unchanged).toBe(false);
    expect(bytes()).not.toEqual(before);
    writeFileSync(report.files.train, `${readFileSync(report.files.train, 'utf8')}\n`);
    await expect(importTable({ table: path, workspace, label: 'p' })).rejects.toThrow(
      /data\/train\.jsonl was changed after it was imported and would be lost/,
    );
    writeFileSync(report.files.scenario, '{"id": "mine"}');
    await expect(importTable({ table: path, workspace, label: 'p' })).rejects.toThrow(
      /scenario\.json was not written by import/,
    );
  });

  it('lets further tables of its form be read as decisions, and says what does not belong', async () => {
    const { vocabulary } = await imported(probabilities, { label: 'p' });
    const read = (content: string | Uint8Array, name?: string) => readDecisions(table(content, name), vocabulary);
    const file = await read('city;age;p\nX;1;0.25\nY;2;0.5\n');
    expect(file.rows).toMatchObject([
      { traits: ['age: 1', 'city: X'], context: [] },
      { traits: ['age: 2', 'city: Y'], context: [] },
    ]);
    expect([...file.probabilities]).toEqual([0.75, 0.25, 0.5, 0.5]);
    expect((await read('{"age":1,"city":"X","p":0.25}\n', 'more.jsonl')).rows).toHaveLength(1);
    await expect(read('age,city,p\n1,Q,0.5\n')).rejects.toThrow(/line 2: city: expected one of W, X, Y, Z, got "Q"/);
    await expect(read('age,city,p\n1,X,5\n')).rejects.toThrow(/line 2: p: 5 is not a probability from 0 to 1/);
    await expect(read('age,p\n1,0.5\n')).rejects.toThrow(/has no column city; it has age, p/);
  });

  it('skips what a survey tool puts below the header', async () => {
    const rows = Array.from({ length: 40 }, (_, i) => [mixed(i, 3), i % 2]);
    const { report } = await imported(
      csv('Q1,Q2', [['How old?', 'Granted?'], ['"{""ImportId"":""QID1""}"', '"{""ImportId"":""QID2""}"'], ...rows]),
      { label: 'Q2' },
    );
    expect(report.table).toMatchObject({ skip: 2, rows: { read: 40 } });
  });

  it.each([
    ['age,Age,y\n1,2,0\n', {}, /"age" and "Age" \(1 and 2\) differ only in case/],
    ['age,age\u200b,y\n1,2,0\n', {}, /differ only in case, spaces or invisible characters/],
    ['age,age,y\n1,2,0\n', {}, /two columns named "age" \(1 and 2\)/],
    ['city,y\nParis,0\nparis,1\n', {}, /city: "Paris" \(line 2\) and "paris" \(line 3\) differ only in case.*--fold/],
    ['age,y\n1,0\n', { label: 'granted' }, /has no column "granted" \(it has age, y\)/],
    ['age,y\n1,0\n2,1\n', { drop: ['agee'] }, /has no column "agee", did you mean age\?/],
    ['city,y\nParis,0\nParis,1\n', {}, /no column beside the label says anything of use \(city: always "Paris"\)/],
    [
      `a,b,y\nhow old?,how much?,0\n${'1,2,0\n3,4,1\n'.repeat(5)}`,
      {},
      /line 2 does not hold what all other rows do \(a, b\); .*--skip 1/,
    ],
  ])('of a table that cannot be told is refused: %j', async (content, options, message) => {
    await expect(imported(content, { label: 'y', ...options })).rejects.toThrow(message);
  });
});
