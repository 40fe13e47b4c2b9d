import type { Observations } from '../../env/observation.ts';
import type { AskOptions, Teacher } from '../../policies/policy.ts';
import type { OpenQuestion } from '../../policies/spending/rehearsal.ts';

/** Asks open questions now, each as it stands in the walk that found it; their answers are kept by the teacher. */
export async function askOpen(
  teacher: Teacher,
  open: readonly OpenQuestion[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const groups = new Map<Observations, Map<AskOptions, number[]>>();
  for (const { observations, row, options } of open) {
    const of = groups.get(observations) ?? new Map<AskOptions, number[]>();
    groups.set(observations, of.set(options, [...(of.get(options) ?? []), row]));
  }
  for (const [{ width, masks, orders }, of] of groups)
    for (const [options, rows] of of)
      await teacher.ask(
        {
          width,
          masks: Uint32Array.from(rows, (row) => masks[row]!),
          ...(orders && { orders: rows.map((row) => orders[row]) }),
        },
        { ...options, onProgress: () => {}, ...(signal && { signal }) },
      );
}
