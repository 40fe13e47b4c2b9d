import { asideOf } from './aside.ts';
import { kindOfSide } from './kind-of-side.ts';
import { type Dropped, type Kind, type KindOptions, kindOf } from './kinds.ts';
import type { ImportOptions } from './options.ts';
import { Profile } from './profile.ts';
import type { Sides } from './sides.ts';
import type { Survey } from './survey.ts';
import { isUnit } from './whose.ts';

/** What there is to know before columns are looked at. */
export interface Looking {
  /** Columns that may be used. */
  readonly profiles: readonly Profile[];
  readonly labels: readonly Profile[];
  readonly survey: Survey;
  readonly sides: Sides | undefined;
  readonly options: ImportOptions;
  readonly kindOptions: KindOptions;
}

/** Columns that are used and those that are not. */
export interface ColumnKinds {
  readonly kinds: ReadonlyMap<string, Kind>;
  readonly dropped: readonly { readonly name: string; readonly why: string }[];
  /** What is said of columns that are left out. */
  readonly asides: readonly string[];
}

/**
 * What each column is.
 * @throws {UnderstudyError} DISTILL_ARGUMENT as kindOf does
 */
export function kindsOfColumns(looking: Looking): ColumnKinds {
  const { profiles, labels, survey, sides, options } = looking;
  const kinds = new Map<string, Kind>();
  const dropped: { name: string; why: string }[] = [];
  const asides: string[] = [];
  const attributes = new Map<string, Kind | Dropped>();
  for (const profile of profiles) {
    const { name } = profile;
    const names = [name, ...(sides?.columns.has(name) ? [sides.columns.get(name)!.attribute] : [])];
    const out = names.some((one) => options.drop?.includes(one)) ? 'as asked' : unlisted(names, options);
    const aside =
      out === undefined && !isPlaced(names, options) ? asideOf(profile, labels, survey.titles.size > 0) : undefined;
    if (aside?.note) asides.push(aside.note);
    const why = out ?? aside?.why ?? (isUnit(profile) && !isPlaced(names, options) ? 'an identifier' : undefined);
    const kind = why === undefined ? usedAs(profile, looking, attributes) : { why };
    if ('why' in kind) dropped.push({ name, why: kind.why });
    else kinds.set(name, kind);
  }
  return { kinds, dropped, asides };
}

/** What a column is, if it is used. @param attributes those that alternatives have, as far as they were looked at */
function usedAs(
  profile: Profile,
  { profiles, survey, sides, kindOptions }: Looking,
  attributes: Map<string, Kind | Dropped>,
): Kind | Dropped {
  const side = sides?.columns.get(profile.name);
  if (!sides || !side) return kindOf(profile, kindOptions);
  const { attribute } = side;
  const own = sidedOptions(kindOptions, attribute, sides);
  const common = attributes.get(attribute) ?? kindOf(pooled(attribute, sides, profiles, survey), own);
  attributes.set(attribute, common);
  return kindOfSide(common, profile, { ...own, named: sides.named });
}

/** What was said of an attribute, or the column of one alternative, holds for all of its columns. */
function sidedOptions(options: KindOptions, attribute: string, { columns }: Sides): KindOptions {
  const named = <T>(given: Readonly<Record<string, T>>) => {
    const own = [...columns].flatMap(([column, side]) => (side.attribute === attribute ? column : []));
    const said = [attribute, ...own].find((name) => name in given);
    if (said === undefined) return given;
    return { ...given, ...Object.fromEntries([attribute, ...own].map((name) => [name, given[said]!])) };
  };
  return { ...options, kinds: named(options.kinds), decimals: named(options.decimals) };
}

/** An attribute's columns as one: alternatives have the same levels and edges. */
const pooled = (attribute: string, { columns }: Sides, profiles: readonly Profile[], { choices }: Survey): Profile =>
  Profile.pooled(
    attribute,
    profiles.filter(({ name }) => columns.get(name)?.attribute === attribute),
    // In a table with a row for each alternative, the column is the attribute itself.
    choices && [attribute],
  );

/** Why a column, or its attribute, is not used, if the options leave it out. */
function unlisted(names: readonly string[], { traits, contexts }: ImportOptions): string | undefined {
  if (!(traits && contexts)) return undefined;
  return names.some((name) => [...traits, ...contexts].includes(name))
    ? undefined
    : 'neither in --traits nor in --contexts';
}

/** Whether the options say that a column is used. */
const isPlaced = (names: readonly string[], { traits = [], contexts = [], kinds = {} }: ImportOptions): boolean =>
  names.some((name) => [...traits, ...contexts].includes(name) || name in kinds);
