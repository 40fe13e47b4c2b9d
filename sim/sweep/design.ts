import { UnderstudyError } from '../../env/error.ts';
import type { Vocabulary } from '../../env/scenario.ts';
import { suggestion } from '../../env/suggestion.ts';
import { grid, latinHypercube, saltelli } from '../../stats/designs.ts';
import { sobol } from '../../stats/sobol.ts';

export const designs = ['grid', 'lhs', 'sobol', 'saltelli'] as const;
export type Design = (typeof designs)[number];

/** The settings of one parameter: values that are listed, or all from one to another, both included. */
export type Settings = readonly number[] | { readonly from: number; readonly to: number };

/** One point of a design. */
export interface Point {
  readonly parameters: Readonly<Record<string, number>>;
  /** What a design file says beside parameters. */
  readonly policy?: string;
  readonly agents?: number;
  readonly population?: string;
  readonly seed?: number;
}

export interface DesignOptions {
  /** By name of a parameter. */
  readonly parameters: Readonly<Record<string, Settings>>;
  /** Default `grid`. */
  readonly design?: Design;
  /** Points of a Latin hypercube or a Sobol' sequence, pairs of points of `saltelli`, levels of a range in a grid. */
  readonly samples?: number;
  readonly seed: number;
}

const wrong = (message: string) => new UnderstudyError('SIMULATION_ARGUMENT', message);

const isRange = (settings: Settings): settings is { readonly from: number; readonly to: number } => 'from' in settings;

/**
 * The points of a design over a scenario's parameters.
 * @throws {UnderstudyError} SIMULATION_ARGUMENT for a parameter that the scenario does not have, naming those that it has; a
 *   value outside its range, or named twice; settings that do not fit the design, or none
 */
export function designOf(scenario: Vocabulary, { parameters, design = 'grid', samples, seed }: DesignOptions): Point[] {
  const names = Object.keys(parameters);
  for (const name of names) {
    requireParameter(scenario, name);
    const settings = parameters[name]!;
    const values = isRange(settings) ? [settings.from, settings.to] : settings;
    if (values.length === 0) throw wrong(`the design is empty: ${name} has no value`);
    for (const value of values) requireInRange(scenario, name, value);
    const twice = values.find((value, i) => values.indexOf(value) < i);
    if (twice !== undefined && !isRange(settings)) throw wrong(`${name}=${twice} is there twice; name each value once`);
    if (isRange(settings) && settings.from > settings.to)
      throw wrong(`${name}=${settings.from}..${settings.to} goes down; write ${settings.to}..${settings.from}`);
  }
  if (design === 'grid') {
    const levels = names.map((name) => levelsOf(scenario, name, parameters[name]!, samples));
    return grid(levels).map((row) => ({ parameters: named(names, row) }));
  }
  const ranges = names.filter((name) => isRange(parameters[name]!));
  if (samples === undefined) throw wrong(`${design} draws points: say how many with --samples`);
  if (ranges.length === 0)
    throw wrong(`${design} draws from ranges: give at least one parameter as a range, like ${names[0] ?? 'NAME'}=1..5`);
  if (design === 'saltelli' && ranges.length < names.length)
    throw wrong(
      `saltelli needs a range for each parameter; ${names.find((name) => !ranges.includes(name))} has values`,
    );
  const draw = { lhs: latinHypercube, sobol, saltelli }[design];
  const others = names.filter((name) => !ranges.includes(name));
  const unit = within(() => draw(samples, ranges.length, { seed }));
  return grid(others.map((name) => parameters[name] as readonly number[])).flatMap((row) =>
    unit.map((point) => ({
      parameters: {
        ...named(others, row),
        ...named(
          ranges,
          point.map((u, i) => {
            const { from, to } = parameters[ranges[i]!] as { from: number; to: number };
            return from + u * (to - from);
          }),
        ),
      },
    })),
  );
}

/** Sizes that a design cannot have are wrong use. */
function within<T>(draw: () => T): T {
  try {
    return draw();
  } catch (error) {
    if (error instanceof RangeError) throw wrong(error.message);
    throw error;
  }
}

const named = (names: readonly string[], values: readonly number[]) =>
  Object.fromEntries(names.map((name, i) => [name, values[i]!]));

/** Values of a range in a grid: as many as were asked for, at equal distances, otherwise by the parameter's step, or by 1. */
function levelsOf({ parameters }: Vocabulary, name: string, settings: Settings, samples?: number): readonly number[] {
  if (!isRange(settings)) return settings;
  const { from, to } = settings;
  if (samples !== undefined) {
    if (!Number.isInteger(samples) || samples < 1) throw wrong(`expected 1 or more samples, got ${samples}`);
    return samples === 1
      ? [from]
      : Array.from({ length: samples }, (_, i) => tidy(from + (i / (samples - 1)) * (to - from)));
  }
  const step = parameters[name]!.step ?? 1;
  return Array.from({ length: Math.floor((to - from) / step + 1e-9) + 1 }, (_, i) => tidy(from + i * step));
}

/** .30000000000000004 as .3 */
const tidy = (value: number): number => Number(value.toPrecision(12));

/** @throws {UnderstudyError} SIMULATION_ARGUMENT naming the parameters that there are */
export function requireParameter({ id, parameters }: Vocabulary, name: string, where = ''): void {
  if (Object.hasOwn(parameters, name)) return;
  const known = Object.keys(parameters);
  const near = suggestion(name, known);
  throw wrong(
    `${where}${id} has no parameter ${name} (${known.length > 0 ? `it has ${known.join(', ')}` : 'it has none'})${near ? `; did you mean ${near}?` : ''}`,
  );
}

/** @throws {UnderstudyError} SIMULATION_ARGUMENT with the range */
export function requireInRange({ parameters }: Vocabulary, name: string, value: number, where = ''): void {
  const { min, max } = parameters[name]!;
  if (!(value >= min && value <= max)) throw wrong(`${where}${name}=${value} is outside its range, ${min} to ${max}`);
}
