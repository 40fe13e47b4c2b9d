/** Names of the worlds that ship with the package, for a help text; open.ts has the worlds. */
export const shippedNames = ['ice-cream-v1', 'ice-cream-v2', 'mobility-v1'] as const;

/**
 * What a help text says of the world that is meant if none is named. Its tables are compiled by default-scenario.ts, which
 * takes longer than printing a help text.
 */
export const defaultWorld = {
  id: 'ice-cream-v1',
  /** Number of its states, in words. */
  states: '16,992, or 16,933 without the empty context',
  example: { traits: 'likes sweets,cheap', context: 'hot summer day' },
} as const;
