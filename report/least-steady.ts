import type { StudyStability } from '../workspace/stability.ts';

/** The action of several whose probability varies most when a teacher is asked again, with how much; undefined for two. */
export function leastSteady({ actions }: { readonly actions?: StudyStability['actions'] }) {
  const [first, ...others] = Object.entries(actions ?? {}).map(([action, { std }]) => ({ action, sd: std.sample }));
  return first && others.reduce((most, one) => (one.sd > most.sd ? one : most), first);
}
