import { UnderstudyError } from '../../env/error.ts';
import { folded } from '../../workspace/folded.ts';
import type { LabelForm } from '../../workspace/table-form.ts';
import { sideColumn } from '../../workspace/tables/alternatives.ts';
import type { DecimalMark } from '../../workspace/tables/numbers.ts';
import { kindsOfColumns } from './columns.ts';
import { decimalOf, type KindOptions } from './kinds.ts';
import { type UnderstoodLabel, understandLabel } from './label.ts';
import type { ImportOptions } from './options.ts';
import type { Profile } from './profile.ts';
import { isPlace, type Sides, sidesAmong, sidesBy, sidesNamed } from './sides.ts';
import type { Survey } from './survey.ts';
import { isEachOther, isUnit, keysIn, maybeUnit } from './whose.ts';
import { argument, listArgument, type Worded, type Wording, wordsOf } from './words.ts';

/** A column that is used. */
export interface UsedColumn extends Worded, Wording {
  readonly profile: Profile;
}

/** What a table says, before its rows are counted. */
export interface Understood {
  readonly label: UnderstoodLabel;
  readonly compare: Readonly<Record<string, LabelForm>>;
  readonly unit?: string;
  /** What stands before the decimals of the weights, if there are any. */
  readonly weightDecimal?: DecimalMark;
  readonly sides?: Sides;
  /** A column by which each row is of another person, if there is one. */
  readonly eachOther: string | undefined;
  /** The label's question in words. */
  readonly labelTitle?: string;
  readonly columns: readonly UsedColumn[];
  readonly dropped: readonly { readonly name: string; readonly why: string }[];
  /** What a person should know, or may want to say otherwise. */
  readonly notes: readonly string[];
}

/**
 * Understands a table from its survey.
 * @throws {UnderstudyError} DISTILL_ARGUMENT for what cannot be told, with what to give
 */
export function understand(survey: Survey, options: ImportOptions): Understood {
  const profile = (name: string) => survey.profiles.find((one) => one.name === name)!;
  const labels = typeof options.label === 'string' ? [options.label] : options.label;
  const names = survey.profiles.map(({ name }) => name);
  const kindOptions = kindOptionsOf(survey, options);
  const roles = [...labels, ...(options.compare ?? []), options.weight];
  const reserved = new Set(roles.filter((name) => name !== undefined));
  const others = names.filter((name) => !reserved.has(name));
  requireOneHeader(survey, options);

  const first = profile(labels[0]!);
  const labelValues =
    labels.length === 1 && !first.many
      ? [...first.values.keys()].sort(new Intl.Collator('en', { numeric: true }).compare)
      : [];
  const sides = survey.choices ? sidesOfChoices(survey.choices) : sidesOf(others, labelValues, options);
  const labelOptions = { ...kindOptions, percent: options.percent ?? false };
  const label = understandLabel(labels.map(profile), sides, {
    ...labelOptions,
    ...(options.actions && { actions: options.actions }),
  });
  const compare = Object.fromEntries(
    (options.compare ?? []).map((name) => [name, comparedLabel(profile(name), label, sides, labelOptions)]),
  );

  const whose = others.map(profile);
  const unit = options.unit === null ? undefined : (options.unit ?? whose.find(isUnit)?.name);
  const used = others.filter((name) => name !== unit && !keysIn(options).includes(name));
  const { kinds, dropped, asides } = kindsOfColumns({
    ...{ profiles: used.map(profile), labels: labels.map(profile), survey, sides, options, kindOptions },
  });
  const worded = [...kinds].map(([column, kind]): Worded => {
    const side = sides?.columns.get(column);
    const title = survey.titles.get(column);
    return {
      column,
      kind,
      ...(title !== undefined && { title }),
      ...(side && { side: { name: sides!.names[side.side]!, attribute: side.attribute } }),
    };
  });
  if (worded.length === 0)
    throw new UnderstudyError(
      'DISTILL_ARGUMENT',
      `${options.table}: no column beside the label says anything of use (${dropped.map(({ name, why }) => `${name}: ${why}`).join('; ') || 'there is none'})`,
    );
  const wording = wordsOf(worded);
  return {
    label,
    compare,
    ...(unit !== undefined && { unit }),
    ...(options.weight !== undefined && { weightDecimal: decimalOf(profile(options.weight), kindOptions) }),
    ...(sides && { sides }),
    eachOther: whose.find(isEachOther)?.name,
    ...(survey.titles.has(labels[0]!) && { labelTitle: survey.titles.get(labels[0]!)! }),
    columns: worded.map((one, c) => ({ ...one, ...wording[c]!, profile: profile(one.column) })),
    dropped,
    notes: [
      ...survey.notes,
      ...(survey.skip > 0 ? [`${survey.skip} ${survey.skip === 1 ? 'row' : 'rows'} below the header skipped`] : []),
      ...(label.note === undefined ? [] : [`${labels[0]}: ${label.note}`]),
      ...unitNotes(whose, unit, options),
      ...keyNotes(survey, options),
      ...asides,
      ...new Set(
        worded.flatMap(({ column, kind, side }) =>
          kind.note === undefined ? [] : [`${side?.attribute ?? column}: ${kind.note}`],
        ),
      ),
    ],
  };
}

function kindOptionsOf(
  survey: Survey,
  { kinds = {}, bins = 5, levels = 30, decimal, fold = false }: ImportOptions,
): KindOptions {
  return {
    kinds,
    bins,
    levels,
    decimals: typeof decimal === 'string' ? { '': decimal } : (decimal ?? {}),
    typed: survey.delimiter === undefined,
    fold,
  };
}

function sidesOf(
  columns: readonly string[],
  labelValues: readonly string[],
  { pairs, actions }: ImportOptions,
): Sides | undefined {
  if (pairs === undefined) {
    const named = (actions ?? []).map((action) => action.replace(/^[^=]*=/, ''));
    const sides = [
      sidesAmong(columns, labelValues),
      sidesNamed(columns, [...new Set(named)]),
      sidesNamed(columns, labelValues),
    ];
    return sides.flatMap((one) => one ?? []).sort((a, b) => b.columns.size - a.columns.size)[0];
  }
  return pairs.length === 0 ? undefined : sidesBy(pairs, columns);
}

const sidesOfChoices = ({ alternatives, attributes }: NonNullable<Survey['choices']>): Sides => ({
  names: alternatives.map((name) => (/^\d+$/.test(name) ? `option ${name}` : name)),
  tokens: alternatives.map((name) => name.toLowerCase()),
  named: alternatives.some((name) => !isPlace(name)),
  columns: new Map(
    alternatives.flatMap((name, side) =>
      attributes.map((attribute) => [sideColumn(name, attribute), { side, attribute }] as const),
    ),
  ),
});

/** A label beside the label: it says the same actions in the same way, or a probability. */
function comparedLabel(
  profile: Profile,
  { actions, form }: UnderstoodLabel,
  sides: Sides | undefined,
  options: Parameters<typeof understandLabel>[2],
): LabelForm {
  const shown = form.kind === 'choice' && form.columns.length === 1 ? Object.keys(form.actions ?? {}) : [];
  if (!profile.many && shown.length > 0 && [...profile.values.keys()].every((value) => shown.includes(value)))
    return { ...form, columns: [profile.name] };
  const own = understandLabel([profile], sides, { ...options, ...(actions.length === 2 && { actions }) });
  if (own.form.kind === 'choice' && own.actions.some((action) => !actions.includes(action)))
    throw new UnderstudyError(
      'DISTILL_ARGUMENT',
      `--compare ${profile.name}: its actions (${own.actions.join(', ')}) are not those of the label (${actions.join(', ')})`,
    );
  if (actions.length > 2 && own.form.kind === 'probability')
    throw new UnderstudyError(
      'DISTILL_ARGUMENT',
      `--compare ${profile.name}: one probability says nothing of ${actions.length} actions; expected the action's name`,
    );
  return own.form;
}

function unitNotes(whose: readonly Profile[], unit: string | undefined, options: ImportOptions): string[] {
  if (unit !== undefined)
    return options.unit === undefined
      ? [`rows of one ${unit} stay together in the split; --unit none if they need not`]
      : [];
  const maybe = options.unit === null ? undefined : whose.find(maybeUnit);
  return maybe
    ? [
        `if ${maybe.name} says who answered, --unit ${argument(maybe.name)} keeps the rows of each together in the split`,
      ]
    : [];
}

/** Says that rows look like the alternatives of choices. */
function keyNotes({ keySeen }: Survey, { key, label }: ImportOptions): string[] {
  if (!keySeen || key !== undefined) return [];
  return [
    `each ${keySeen.size} rows of one ${keySeen.key.join(' and ')} have exactly one ${label} between them, and are read as decisions that have nothing to do with each other; if they are the alternatives of one choice, --key ${listArgument(keySeen.key)}`,
  ];
}

/** @throws {UnderstudyError} DISTILL_ARGUMENT if the first row looks like a second header */
function requireOneHeader({ profiles, skip, first }: Survey, options: ImportOptions): void {
  if (skip > 0 || options.skip !== undefined) return;
  const odd = profiles.filter(({ name, values, shapes, present }) => {
    const text = shapes.get('text');
    if (text?.count === 1 && present > 5 && text.place === first) return true;
    const [begins = '', seen] = [...values].find(([, { place }]) => place === first) ?? [];
    return (
      seen?.count === 1 && present > 5 && (/^(open-ended )?response$/i.test(begins) || folded(begins) === folded(name))
    );
  });
  if (odd.length < 2) return;
  throw new UnderstudyError(
    'DISTILL_ARGUMENT',
    `${options.table}: ${first} does not hold what all other rows do (${odd
      .map(({ name }) => name)
      .slice(0, 5)
      .join(', ')}); if it is a second header, give --skip 1, otherwise --skip 0`,
  );
}
