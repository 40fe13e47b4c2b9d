import { UnderstudyError } from '../../env/error.ts';
import { folded } from '../../workspace/folded.ts';
import { quoted } from '../../workspace/json-text.ts';
import type { LabelForm } from '../../workspace/table-form.ts';
import { numberIn, shapeOf } from '../../workspace/tables/numbers.ts';
import { truthOf } from '../../workspace/tables/truth.ts';
import { decimalOf, type KindOptions, requireVisible } from './kinds.ts';
import type { Profile } from './profile.ts';
import { type Sides, sideOf } from './sides.ts';
import { listArgument, readableName } from './words.ts';

export interface LabelOptions extends Pick<KindOptions, 'decimals' | 'typed' | 'fold'> {
  /** NAME or VALUE=NAME, the default action first. */
  readonly actions?: readonly string[];
  readonly percent: boolean;
}

/** What the label means. */
export interface UnderstoodLabel {
  readonly form: LabelForm;
  /** The default first. */
  readonly actions: readonly string[];
  readonly note?: string;
}

/** Names of actions that are told apart in a label. */
const MOST_ACTIONS = 24;
/** Names of label columns that say nothing of what was decided. */
const PLAIN =
  /^(y|label|target|p|prob|probability|probability[ _]llm|choice|chosen|choose|answer|response|decision|outcome|result|human|model|value)$/i;
/** Beginnings that say no more than that it is a label. */
const LEAD = /^(p|prob|probability|chose|chosen|choose|is|y|label|target)[ _.]+(?:of[ _.]+)?/i;
/** Words for doing nothing, or refusing. */
const DEFAULTS = [
  'no',
  'none',
  'neither',
  'nothing',
  'never',
  'reject',
  'rejected',
  'refuse',
  'refused',
  'deny',
  'denied',
];

const wrong = (message: string) => new UnderstudyError('DISTILL_ARGUMENT', message);

/**
 * What the label columns say: P of an action, P of each action, or which action was taken.
 * @throws {UnderstudyError} DISTILL_ARGUMENT naming the row and value that is not a label, and what to give
 */
export function understandLabel(
  profiles: readonly Profile[],
  sides: Sides | undefined,
  options: LabelOptions,
): UnderstoodLabel {
  if (profiles.length > 1) return severalColumns(profiles, options);
  const [profile] = profiles as [Profile];
  const { name, values, many } = profile;
  const given = options.actions?.map((action) => /^([^=]*)=(.+)$/.exec(action));
  if (given?.some(Boolean)) return byValue(profile, options);
  const distinct = [...values.keys()];
  if (!many && distinct.length === 1 && !profile.shapes.has('point'))
    throw wrong(`the label ${name} is always ${quoted(distinct[0]!)}: there is nothing to learn`);
  if (!many && distinct.every((value) => truthOf(value) !== undefined)) return yesOrNo(profile, sides, options);
  if (!many && sides && distinct.every((value) => sideOf(value, sides.tokens) >= 0)) {
    const actions = sides.named ? defaultFirst(sides.names) : sides.names;
    requireCount(options.actions, actions.length, name);
    const side = (value: string) => actions.indexOf(sides.names[sideOf(value, sides.tokens)]!);
    const places = options.actions?.map((action) =>
      side(action.toLowerCase()) < 0 ? actions.indexOf(action) : side(action),
    );
    // Names of the alternatives, in another order, stay with their alternatives.
    const known = places?.every((place) => place >= 0) && new Set(places).size === actions.length;
    const named = (known ? undefined : options.actions) ?? actions;
    return choices(
      name,
      options.actions ?? actions,
      distinct.map((value) => [value, known ? options.actions![places!.indexOf(side(value))]! : named[side(value)]!]),
    );
  }
  return profile.shapes.has('text') ? names(profile, options) : probability(profile, options);
}

const choices = (name: string, actions: readonly string[], taken: readonly (readonly [string, string])[]) => ({
  actions,
  form: { columns: [name], kind: 'choice' as const, actions: Object.fromEntries(taken) },
});

function requireCount(actions: readonly string[] | undefined, count: number, name: string): void {
  if (actions && actions.length !== count)
    throw wrong(`--actions names ${actions.length} actions, the label ${name} has ${count}`);
}

function severalColumns(profiles: readonly Profile[], options: LabelOptions): UnderstoodLabel {
  const columns = profiles.map(({ name }) => name);
  requireCount(options.actions, columns.length, columns.join(', '));
  const decimal = decimalOf(profiles.find(({ shapes }) => shapes.has('comma')) ?? profiles[0]!, options);
  const text = profiles.find(({ shapes }) => shapes.has('text'));
  if (text) {
    const { place, cell } = text.shapes.get('text')!;
    throw wrong(
      `${text.name}: ${place} has ${quoted(cell)}; several label columns hold the probability of an action each`,
    );
  }
  const single = profiles.every(
    ({ values, many }) => !many && [...values.keys()].every((value) => truthOf(value) !== undefined),
  );
  return {
    actions: options.actions ?? withoutShared(columns),
    form: {
      columns,
      kind: single ? 'choice' : 'probability',
      ...(options.percent && { percent: true }),
      numbers: { decimal },
    },
  };
}

/** Names without the words that all begin or end with: p_walk, p_bus → walk, bus. */
function withoutShared(columns: readonly string[]): string[] {
  const words = columns.map((name) => name.split(/[ _.-]+/));
  const shared = (at: (own: readonly string[]) => string | undefined) => new Set(words.map(at)).size === 1;
  while (words.every((own) => own.length > 1) && shared((own) => own[0])) for (const own of words) own.shift();
  while (words.every((own) => own.length > 1) && shared((own) => own.at(-1))) for (const own of words) own.pop();
  return words.map((own) => own.join(' '));
}

/** Actions by the label's values, as they were given. */
function byValue({ name, values, many }: Profile, { actions = [] }: LabelOptions): UnderstoodLabel {
  const pairs = actions.map((action) => {
    const [, value, taken] = /^([^=]*)=(.+)$/.exec(action) ?? [];
    if (value === undefined)
      throw wrong(`--actions: ${action} has no value; write VALUE=NAME for all of them, or for none`);
    return [value.trim(), taken!.trim()] as const;
  });
  const known = pairs.map(([value]) => value);
  const unknown = [...values].find(([value]) => !known.includes(value));
  if (many || unknown)
    throw wrong(
      `the label ${name} has ${quoted(unknown?.[0] ?? '')} (${unknown?.[1].place ?? ''}), which --actions does not name (${known.join(', ')}); name it, or --missing ${listArgument([`${name}=${unknown?.[0] ?? 'VALUE'}`])}`,
    );
  return choices(name, [...new Set(pairs.map(([, action]) => action))], pairs);
}

function yesOrNo({ name, values }: Profile, sides: Sides | undefined, options: LabelOptions): UnderstoodLabel {
  requireCount(options.actions, 2, name);
  const side =
    sides?.names.length === 2
      ? sides.tokens.findIndex((token) => new RegExp(`(^|[ _.-])${token}$`, 'i').test(name))
      : -1;
  const unsaid = sides !== undefined && side < 0;
  const actions =
    options.actions ??
    (side >= 0
      ? [sides!.names[1 - side]!, sides!.names[side]!]
      : unsaid
        ? [`${readableName(name)} 0`, `${readableName(name)} 1`]
        : (wordsIn(values.keys()) ?? namesOf(name)));
  return {
    ...choices(
      name,
      actions,
      [...values.keys()].map((value) => [value, actions[truthOf(value) ? 1 : 0]!]),
    ),
    ...(unsaid &&
      !options.actions && {
        note: `whether 1 means ${sides.names.join(' or ')} is not said; --actions ${sides.names.join(',')} says that 0 is ${sides.names[0]} and 1 is ${sides.names[1]}`,
      }),
  };
}

/** A no and a yes that are words of their own, not marks of truth. */
function wordsIn(values: Iterable<string>): readonly [string, string] | undefined {
  const ordered = [...values].sort((a, b) => Number(truthOf(a)) - Number(truthOf(b))).map((word) => word.toLowerCase());
  return ordered.some((word) => /^([01](\.0)?|true|false|t|f)$/.test(word)) ? undefined : [ordered[0]!, ordered[1]!];
}

/** The two actions of a column that says whether something was done. */
function namesOf(column: string): readonly [string, string] {
  const name = readableName(column);
  if (PLAIN.test(column)) return ['no', 'yes'];
  const action = name.replace(LEAD, '') || name;
  return [`not ${action}`, action];
}

function names(profile: Profile, options: LabelOptions): UnderstoodLabel {
  const { name, values, many, shapes } = profile;
  const { place, cell, count } = shapes.get('text')!;
  if (count === 1 && values.size > 2)
    throw wrong(
      `the label ${name} is a number except in ${place}: ${quoted(cell)}; if it is a second header, give --skip 1; if it is missing, --missing ${listArgument([cell])}`,
    );
  const written = [...values.keys()].filter((value) => shapeOf(value) !== undefined);
  const texts = [...values.keys()].filter((value) => shapeOf(value) === undefined);
  if (!options.actions && written.length > 2 && written.length > texts.length)
    throw wrong(
      `the label ${name} is a number in most rows and ${texts.slice(0, 3).map(quoted).join(', ')} in others (${place}); if these say that there is no answer, --missing ${listArgument(texts)}; if all are actions, name them with --actions`,
    );
  if (many || values.size > MOST_ACTIONS)
    throw wrong(
      `the label ${name} has ${many ? 'more than 1,000' : values.size} different values; expected a probability, 0 or 1, or the names of a few actions`,
    );
  requireVisible(profile, options.fold);
  const distinct = [...values.keys()].sort(new Intl.Collator('en', { numeric: true }).compare);
  if (options.fold)
    distinct.splice(0, distinct.length, ...new Map(distinct.map((value) => [folded(value), value])).values());
  const { actions } = options;
  if (actions) {
    const unknown = distinct.find((value) => !actions.some((action) => folded(action) === folded(value)));
    if (unknown !== undefined)
      throw wrong(
        `the label ${name} has ${quoted(unknown)} (${values.get(unknown)!.place}), which --actions does not name (${actions.join(', ')})`,
      );
    return choices(
      name,
      actions,
      distinct.map((value) => [value, actions.find((action) => folded(action) === folded(value))!]),
    );
  }
  const ordered = defaultFirst(distinct);
  return choices(
    name,
    ordered,
    ordered.map((value) => [value, value]),
  );
}

/** Names with that for doing nothing, if there is one, before the others. */
function defaultFirst(names: readonly string[]): readonly string[] {
  const first = names.find((name) => DEFAULTS.includes(name.toLowerCase()) || /^not? /i.test(name));
  return first === undefined ? names : [first, ...names.filter((name) => name !== first)];
}

function probability(profile: Profile, options: LabelOptions): UnderstoodLabel {
  const { name, values, many } = profile;
  requireCount(options.actions, 2, name);
  const decimal = decimalOf(profile, options);
  const most = options.percent ? 100 : 1;
  const numbers = [...values].map(([cell, { place }]) => ({ cell, place, number: numberIn(cell, decimal)! }));
  const outside = numbers.find(({ cell, number }) => number < 0 || number > (cell.includes('%') ? 100 : most));
  if (outside) {
    const integers = numbers.every(({ number }) => Number.isInteger(number));
    const largest = Math.max(...numbers.map(({ number }) => number));
    const hint =
      !many && integers && numbers.length <= MOST_ACTIONS && largest < 100
        ? `; if its numbers are actions, name them, the default first: --actions ${numbers
            .map(({ number }) => number)
            .sort((a, b) => a - b)
            .map((number) => `${number}=NAME`)
            .join(',')}`
        : outside.number > 1 && largest <= 100
          ? '; if it holds percent, give --percent'
          : '';
    throw wrong(
      `the label ${name}: ${quoted(outside.cell)} (${outside.place}) is not a probability from 0 to ${most}${hint}`,
    );
  }
  return {
    actions: options.actions ?? namesOf(name),
    form: { columns: [name], kind: 'probability', ...(options.percent && { percent: true }), numbers: { decimal } },
  };
}
