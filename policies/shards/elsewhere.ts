import type { Answer } from '../policy.ts';

/** What stands in a shard for the answers that others get. */
export const ELSEWHERE: Answer = { outcome: 'missing', reason: 'another shard asks it' };
