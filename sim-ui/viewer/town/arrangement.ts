import { computed, signal } from '@preact/signals';
import type { Frame } from '../../frame.ts';
import { actions, hello } from '../store.ts';
import type { Cluster, Clustering } from './clustering.ts';

/** What the town is arranged by: where people are, what they did, or who they are. */
export type Arrangement =
  | { readonly by: 'place' }
  | { readonly by: 'action' }
  /** A group of traits, or a single trait, by its index among `kinds`. */
  | { readonly by: 'kind'; readonly kind: number };

/** Traits of which an agent has one: a group, or a trait beside its absence. */
export interface Kind {
  readonly name: string;
  /** The values, in words; without a group the last is for those who lack the trait. */
  readonly values: readonly string[];
  /** Indices of the traits; one fewer than the values if there is one for those who have none. */
  readonly traits: readonly number[];
}

const chosen = signal<Arrangement | undefined>(undefined);

const hasMap = computed(() => (hello.value?.scenario.places.length ?? 0) > 1);

/** What the town is arranged by; at first by its places, without a map by what people did. */
export const arrangement = computed<Arrangement>(() => chosen.value ?? { by: hasMap.value ? 'place' : 'action' });

export const arrange = (next: Arrangement | undefined): void => {
  chosen.value = next;
};

/** Groups of traits, then the traits beside them. */
export const kinds = computed((): Kind[] => {
  const { traits = [], traitGroups = [] } = hello.value?.scenario ?? {};
  const grouped = new Set(traitGroups.flatMap((group) => group.traits));
  return [
    ...traitGroups.map((group) => ({ ...group, values: group.traits.map((trait) => traits[trait]!) })),
    ...traits.flatMap((name, trait) =>
      grouped.has(trait) ? [] : [{ name, values: [name, `not: ${name}`], traits: [trait] }],
    ),
  ];
});

export const arrangements = computed((): Arrangement[] => [
  ...(hasMap.value ? [{ by: 'place' } as const] : []),
  { by: 'action' },
  ...kinds.value.map((_, kind) => ({ by: 'kind', kind }) as const),
]);

/** Where crowds gather. */
export const clusters = computed((): readonly Cluster[] => {
  const shown = arrangement.value;
  if (shown.by === 'place') return hello.value?.scenario.places ?? [];
  if (shown.by === 'kind') return kinds.value[shown.kind]?.values.map((name) => ({ name, label: name })) ?? [];
  return actions.value.map(({ name, did }) => ({ name, label: did }));
});

/** By trait set of some people, the value of a kind that holds. */
export const valuesBySet = (people: readonly (readonly number[])[]): Uint8Array | undefined => {
  const shown = arrangement.value;
  if (shown.by !== 'kind') return undefined;
  const { traits = [] } = kinds.value[shown.kind] ?? {};
  return Uint8Array.from(people, (set) => {
    const value = traits.findIndex((trait) => set.includes(trait));
    return value < 0 ? traits.length - (traits.length > 1 ? 1 : 0) : value;
  });
};

/** Who is where in a frame. Before a tick is played nobody has done anything: all wait where the default action is. */
export function clusteringOf(frame: Frame, shown: Arrangement, bySet: Uint8Array | undefined): Clustering {
  if (shown.by === 'place') return { column: frame.places };
  if (shown.by === 'action') return frame.played ? { column: frame.played.actions } : { everybody: 0 };
  return frame.traitSets && bySet ? { column: frame.traitSets.of, table: bySet } : { everybody: 0 };
}
