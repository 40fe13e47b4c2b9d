import { phraseReader } from '../../workspace/tables/cell-phrases.ts';
import { type Dropped, type Kind, type KindOptions, kindOf } from './kinds.ts';
import type { Profile } from './profile.ts';

/**
 * What a column of one alternative is, by what its attribute is in all of them together. Alternatives that are things of their
 * own have no levels that they never had, so that no teacher is asked about a train that costs what only flights cost; if bins
 * are empty there, the column gets edges of its own.
 * @param common of the attribute's columns as if they were one
 * @param options `named`: whether alternatives are things of their own, rather than places in a list
 */
export function kindOfSide(
  common: Kind | Dropped,
  profile: Profile,
  options: KindOptions & { readonly named: boolean },
): Kind | Dropped {
  const { many, values, missing, present, name } = profile;
  if ('why' in common) return common;
  if (present === 0 || (!many && values.size === 1 && missing === 0)) return kindOf(profile, options);
  if (!options.named || common.kind === 'flag' || (many && common.kind !== 'bins')) return common;
  const form = {
    name,
    as: 'contexts' as const,
    group: '',
    counts: [],
    missing: 0,
    ...common,
    phrases: [...common.words],
  };
  const read = phraseReader(form, options.fold);
  const said = new Set([...values.keys(), ...profile.sample].flatMap((cell) => read(cell)));
  if (said.size === common.words.length) return common;
  if (common.kind === 'bins') return kindOf(profile, options);
  const kept = common.words.flatMap((_, place) => (said.has(place) ? place : []));
  if (common.kind === 'levels' && kept.length < 2) return kindOf(profile, options);
  const own = {
    values: kept.flatMap((place) => common.values[place] ?? []),
    words: kept.map((place) => common.words[place]!),
  };
  if (common.kind === 'list') return { ...common, ...own };
  const { other, ...levels } = common;
  return { ...levels, ...own, ...(other !== undefined && said.has(common.values.length) && { other }) };
}
