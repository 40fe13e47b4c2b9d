import { UnderstudyError } from '../../env/error.ts';
import type { LabelForm } from '../../workspace/table-form.ts';
import { sideColumn } from '../../workspace/tables/alternatives.ts';
import type { DecimalMark } from '../../workspace/tables/numbers.ts';
import { type Dropped, decimalOf, type Kind, type KindOptions, kindOf } from './kinds.ts';
import { type UnderstoodLabel, understandLabel } from './label.ts';
import type { ImportOptions } from './options.ts';
import { Profile } from './profile.ts';
import { type Sides, sidesAmong, sidesBy } from './sides.ts';
import type { Survey } from './survey.ts';
import { type Worded, type Wording, wordsOf } from './words.ts';

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
  readonly columns: readonly UsedColumn[];
  readonly dropped: readonly { readonly name: string; readonly why: string }[];
  /** What a person should know, or may want to say otherwise. */
  readonly notes: readonly string[];
}

/** Names of columns that say whose row it is. */
const WHOSE =
  /(^|[^a-z])(id|pid|uid|caseid|respid|respondent|participant|subject|person|household|user|worker)([ _.-]?(id|no|nr|number))?$|[a-z](Id|ID)$/i;

/**
 * Understands a table from its survey.
 * @throws {UnderstudyError} DISTILL_ARGUMENT for what cannot be told, with what to give
 */
export function understand(survey: Survey, options: ImportOptions): Understood {
  const profile = (name: string) => survey.profiles.find((one) => one.name === name)!;
  const labels = typeof options.label === 'string' ? [options.label] : options.label;
  const names = survey.profiles.map(({ name }) => name);
  const kindOptions = kindOptionsOf(survey, options);
  const roles = [...labels, ...(options.compare ?? []), options.weight, options.key ?? undefined];
  const reserved = new Set(roles.filter((name) => name !== undefined));
  const others = names.filter((name) => !reserved.has(name));
  requireOneHeader(survey, options);

  const first = profile(labels[0]!);
  const labelValues = labels.length === 1 && !first.many ? [...first.values.keys()] : [];
  const sides = survey.choices ? sidesOfChoices(survey.choices) : sidesOf(others, labelValues, options);
  const labelOptions = { ...kindOptions, percent: options.percent ?? false };
  const label = understandLabel(labels.map(profile), sides, {
    ...labelOptions,
    ...(options.actions && { actions: options.actions }),
  });
  const compare = Object.fromEntries(
    (options.compare ?? []).map((name) => [name, comparedLabel(profile(name), label, sides, labelOptions)]),
  );

  const unit = options.unit === null ? undefined : (options.unit ?? others.map(profile).find(isUnit)?.name);
  const dropped: { name: string; why: string }[] = [];
  const kinds = new Map<string, Kind>();
  const attributes = new Map<string, Kind | Dropped>();
  for (const name of others) {
    if (name === unit) continue;
    const side = sides?.columns.get(name);
    const why = options.drop?.includes(name) ? 'as asked' : outside(name, side?.attribute, options);
    let kind: Kind | Dropped = { why: why ?? '' };
    if (why === undefined) {
      kind = side
        ? (attributes.get(side.attribute) ??
          kindOf(pooled(side.attribute, sides!, profile), sidedOptions(kindOptions, side.attribute, sides!)))
        : kindOf(profile(name), kindOptions);
      if (side) attributes.set(side.attribute, kind);
    }
    if ('why' in kind) dropped.push({ name, why: kind.why });
    else kinds.set(name, kind);
  }
  const worded = [...kinds].map(([column, kind]): Worded => {
    const side = sides?.columns.get(column);
    return {
      column,
      kind,
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
    columns: worded.map((one, c) => ({ ...one, ...wording[c]!, profile: profile(one.column) })),
    dropped,
    notes: [
      ...survey.notes,
      ...(survey.skip > 0 ? [`${survey.skip} ${survey.skip === 1 ? 'row' : 'rows'} below the header skipped`] : []),
      ...(label.note === undefined ? [] : [`${labels[0]}: ${label.note}`]),
      ...(unit !== undefined && options.unit === undefined
        ? [`rows of one ${unit} stay together in the split; --unit none if they need not`]
        : []),
      ...worded.flatMap(({ column, kind }) => (kind.note === undefined ? [] : [`${column}: ${kind.note}`])),
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

/** What was said of an alternative's column holds for its attribute. */
function sidedOptions(options: KindOptions, attribute: string, { columns }: Sides): KindOptions {
  const named = <T>(given: Readonly<Record<string, T>>) => {
    const own = [...columns].find(([column, side]) => side.attribute === attribute && column in given)?.[0];
    return own === undefined ? given : { ...given, [attribute]: given[own]! };
  };
  return { ...options, kinds: named(options.kinds), decimals: named(options.decimals) };
}

function sidesOf(
  columns: readonly string[],
  labelValues: readonly string[],
  { pairs }: ImportOptions,
): Sides | undefined {
  if (pairs === undefined) return sidesAmong(columns, labelValues);
  return pairs.length === 0 ? undefined : sidesBy(pairs, columns);
}

const sidesOfChoices = ({ alternatives, attributes }: NonNullable<Survey['choices']>): Sides => ({
  names: alternatives,
  tokens: alternatives.map((name) => name.toLowerCase()),
  columns: new Map(
    alternatives.flatMap((name, side) =>
      attributes.map((attribute) => [sideColumn(name, attribute), { side, attribute }] as const),
    ),
  ),
});

/** An attribute's columns as one: alternatives have the same levels and edges. */
const pooled = (attribute: string, { columns }: Sides, profile: (name: string) => Profile): Profile =>
  Profile.pooled(
    attribute,
    [...columns].filter(([, side]) => side.attribute === attribute).map(([column]) => profile(column)),
  );

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

/** Whether a column says whose row it is: an identifier, each with two rows or about so. */
const isUnit = ({ name, values, many, repeats, missing }: Profile): boolean =>
  WHOSE.test(name) && missing === 0 && (many || values.size > 12) && repeats >= 1.5;

/** Why a column is not used, if the options leave it out. */
function outside(name: string, attribute: string | undefined, { traits, contexts }: ImportOptions): string | undefined {
  if (!(traits && contexts)) return undefined;
  const listed = [...traits, ...contexts];
  return listed.includes(name) || (attribute !== undefined && listed.includes(attribute))
    ? undefined
    : 'neither in --traits nor in --contexts';
}

/** @throws {UnderstudyError} DISTILL_ARGUMENT if the first row looks like a second header */
function requireOneHeader({ profiles, skip }: Survey, options: ImportOptions): void {
  if (skip > 0 || options.skip !== undefined) return;
  const odd = profiles.filter(({ shapes, present }) => {
    const text = shapes.get('text');
    return text?.count === 1 && present > 5 && /^(line 2|row 1)$/.test(text.place);
  });
  if (odd.length < 2) return;
  const [one] = odd;
  throw new UnderstudyError(
    'DISTILL_ARGUMENT',
    `${options.table}: ${one!.shapes.get('text')!.place} has text where all other rows have numbers (${odd
      .map(({ name }) => name)
      .slice(0, 5)
      .join(', ')}); if it is a second header, give --skip 1, otherwise --skip 0`,
  );
}
