import { describe, expect, it } from 'vitest';
import {
  choice,
  custom,
  flag,
  integer,
  integerOrAll,
  list,
  number,
  readArguments,
  text,
  UsageError,
  unknownName,
} from './options.ts';

const table = {
  agents: integer('How many.', { default: 10, min: 1 }),
  port: integer('Where.', { min: 0, max: 65_535 }),
  temperature: number('How warm.', { default: 1, min: 0 }),
  size: integerOrAll('How much.', { default: 100, min: 5 }),
  order: choice('Which way.', ['canonical', 'shuffled'], { default: 'canonical' }),
  policy: text('Who.', { default: 'uniform' }),
  swap: list(custom('When.', 'TICK:POLICY', (value) => (/^\d+:.+$/.test(value) ? value : undefined), 'like 100:tiny')),
  json: flag('As JSON.'),
  help: flag('Help.', { short: 'h' }),
};
const read = (...args: string[]) => readArguments('simulate', table, args).values;
const complaint = (...args: string[]) => {
  try {
    read(...args);
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return (error as Error).message;
  }
  throw new Error(`${args.join(' ')} was taken`);
};

describe('reading arguments', () => {
  it('gives the defaults where nothing is given', () => {
    expect(read()).toEqual({
      agents: 10,
      port: undefined,
      temperature: 1,
      size: 100,
      order: 'canonical',
      policy: 'uniform',
      swap: [],
      json: false,
      help: false,
    });
  });

  it('reads values after a space and after =, switches, short names and repeated flags', () => {
    expect(
      read('--agents', '5', '--temperature=0.7', '--size', 'all', '--swap', '1:a', '--swap=2:b:c', '--json', '-h'),
    ).toMatchObject({ agents: 5, temperature: 0.7, size: 'all', swap: ['1:a', '2:b:c'], json: true, help: true });
  });

  it('refuses a flag that is given twice, in any of its forms, unless it may be repeated', () => {
    expect(complaint('--agents', '5', '--agents', '6')).toBe('--agents is given twice, as "5" and "6"; give it once');
    expect(complaint('--policy=a', '--agents', '5', '--policy', 'a')).toBe(
      '--policy is given twice, as "a" and "a"; give it once',
    );
    expect(complaint('--json', '--json')).toBe('--json is given twice; give it once');
    expect(complaint('-hh')).toBe('--help is given twice; give it once');
    expect(complaint('-h', '--help')).toBe('--help is given twice; give it once');
  });

  it.each([
    ['+5', 5],
    ['-0', 0],
    ['007', 7],
  ])('reads the integer %s', (written, value) => {
    expect(readArguments('simulate', { offset: integer('Shift.', {}) }, [`--offset=${written}`]).values.offset).toBe(
      value,
    );
  });

  it.each([
    ['.5', 0.5],
    ['5.', 5],
    ['1e3', 1000],
    ['2.5E-1', 0.25],
    ['-0', 0],
  ])('reads the number %s', (written, value) => {
    expect(read(`--temperature=${written}`).temperature).toBe(value);
  });

  it.each(['0x10', ' 5', '5 ', '1_000', '1,5', 'NaN', 'Infinity', '1e999', '−1', '５', '-1', '', '0.5.1', 'e3'])(
    'refuses the number "%s"',
    (written) => {
      expect(complaint(`--temperature=${written}`)).toBe(
        `--temperature must be a number of at least 0, got "${written}"`,
      );
    },
  );

  it.each(['0x10', ' 5', '1_000', '10,000', 'NaN', 'Infinity', '5.0', '５'])('refuses the integer "%s"', (written) => {
    expect(complaint('--agents', written)).toBe(`--agents must be an integer of at least 1, got "${written}"`);
  });

  it.each([
    [['--agents', 'ten'], '--agents must be an integer of at least 1, got "ten"'],
    [['--agents', '1.5'], '--agents must be an integer of at least 1, got "1.5"'],
    [['--agents', '0'], '--agents must be an integer of at least 1, got "0"'],
    [['--agents=-3'], '--agents must be an integer of at least 1, got "-3"'],
    [
      ['--agents', '9007199254740993'],
      '--agents must be an integer from 1 to 9007199254740991, got "9007199254740993"',
    ],
    [['--agents', '1e3'], '--agents must be an integer of at least 1, got "1e3"'],
    [['--agents='], '--agents must be an integer of at least 1, got ""'],
    [['--port', '70000'], '--port must be an integer from 0 to 65535, got "70000"'],
    [['--temperature', 'warm'], '--temperature must be a number of at least 0, got "warm"'],
    [['--temperature='], '--temperature must be a number of at least 0, got ""'],
    [['--size', 'most'], '--size must be all or an integer of at least 5, got "most"'],
    [['--order', 'random'], '--order must be one of canonical, shuffled, got "random"'],
    [['--policy='], '--policy must be a name or value that is not blank, got ""'],
    [['--policy', ' '], '--policy must be a name or value that is not blank, got " "'],
    [['--agents', '-3'], '--agents must be an integer of at least 1, got "-3"'],
    [['--swap', 'tiny'], '--swap must be like 100:tiny, got "tiny"'],
    [['--agents'], '--agents needs a value: --agents N'],
    [['--policy', '--json'], '--policy needs a value: --policy NAME'],
    [['--json=yes'], '--json takes no value, got "yes"'],
    [['more'], 'simulate takes flags only, got "more"'],
  ])('%j is refused: %s', (args, message) => {
    expect(complaint(...args)).toBe(message);
  });

  it('names the known flags and the nearest for one that it does not know', () => {
    expect(complaint('--agent', '5')).toMatch(
      /^unknown flag: --agent, did you mean --agents\? \(known: --agents, --port/,
    );
    expect(complaint('--constructor')).toMatch(/^unknown flag: --constructor \(known/);
    expect(complaint('-x')).toMatch(/^unknown flag: -x \(known/);
    expect(complaint('-agents', '5')).toMatch(/^unknown flag: -agents, did you mean --agents\?/);
    expect(complaint('--temp', '5')).toMatch(/^unknown flag: --temp, did you mean --temperature\?/);
    expect(complaint('--Agents=5')).toMatch(/^unknown flag: --Agents, did you mean --agents\?/);
  });

  it('hands out arguments without a flag where the verb takes them, and no more', () => {
    const pull = (...args: string[]) => readArguments('pull', {}, args, ['MODEL']);
    expect(pull('tiny').positionals).toEqual(['tiny']);
    expect(pull().positionals).toEqual([]);
    expect(() => pull('tiny', 'gemma')).toThrow('pull takes MODEL, got one more: "gemma"');
  });
});

it('names what was typed, what was probably meant and what is known', () => {
  expect(unknownName('student', 'lgistic', ['logistic', 'mlp'])).toBe(
    'unknown student: lgistic, did you mean logistic? (known: logistic, mlp)',
  );
  expect(unknownName('student', 'gru', ['logistic', 'mlp'])).toBe('unknown student: gru (known: logistic, mlp)');
});
