import type { Phrases } from '../../env/observation.ts';
import { rowHash } from '../../workspace/decisions.ts';
import type { StudentConfig } from '../../workspace/student-config.ts';

/** Bytes of a hash: among a million states, a state that was not learned is taken for one with a chance of 5e-14. */
const BYTES = 8;

/**
 * States as a student's configuration keeps them: the hash of each (`rowHash`, 8 bytes), ascending, in base64. The same
 * for the same states, in whatever order they and their phrases are listed and however often each is.
 */
export function packStates(states: Iterable<Phrases>): string {
  const hashes = new Set(Array.from(states, (state) => rowHash(state)));
  return Buffer.from([...hashes].sort().join(''), 'hex').toString('base64');
}

/**
 * Whether a student was fitted to a teacher's answer about a state.
 * @returns undefined if the configuration does not say which states those were: it was written by an earlier version
 */
export function learnedBy({ learned }: Pick<StudentConfig, 'learned'>): ((state: Phrases) => boolean) | undefined {
  if (learned === undefined) return undefined;
  const bytes = Buffer.from(learned.states, 'base64');
  const hashes = new Set<string>();
  for (let at = 0; at < bytes.length; at += BYTES) hashes.add(bytes.toString('hex', at, at + BYTES));
  return (state) => hashes.has(rowHash(state));
}
