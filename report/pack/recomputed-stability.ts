import { readFile } from 'node:fs/promises';
import { iccsOf } from '../../measure/stability/agreement.ts';
import { rerunStatistics } from '../../measure/stability/reruns.ts';
import { csvRows } from '../../workspace/csv.ts';
import type { Workspace } from '../../workspace/paths.ts';
import { RERUNS, readStability } from '../../workspace/stability.ts';
import { type Check, checkOf } from './check.ts';
import { differences } from './differences.ts';

/** Why agreement is undefined is said in words, which are not computed. */
const WORDS = new Set(['reason']);

/** The statistics of the reruns, computed again from the answers in stability.csv; nothing where there was no study. */
export async function stabilityCheck(paths: Workspace): Promise<Check[]> {
  const report = await readStability(paths);
  if (!report) return [];
  const rows = csvRows(await readFile(paths.stabilityTable, 'utf8').catch(() => ''));
  const runs = new Map<string, Record<string, string>[]>();
  for (const row of rows.filter(({ design = RERUNS }) => design === RERUNS))
    runs.set(row.prompt!, [...(runs.get(row.prompt!) ?? []), row]);
  const complete = [...runs.values()].filter(
    (answers) => answers.length === report.runs && answers.every(({ outcome }) => outcome === 'ok'),
  );
  const names = Object.keys(report.actions ?? {}).slice(1);
  const columns = names.length > 0 ? names.map((action) => `P(${action})`) : ['probability'];
  const ratings = columns.map((column) => complete.map((answers) => answers.map((row) => Number(row[column]))));
  if (complete.length < 2) return [checkOf('stability', [`${complete.length} prompts are complete in stability.csv`])];
  const again = rerunStatistics(ratings, iccsOf(ratings, '', report.seed));
  const kept = Object.fromEntries(Object.keys(again).map((name) => [name, report[name as keyof typeof report]]));
  return [
    checkOf(
      'stability',
      differences(kept, again, WORDS).map((one) => `results/metrics/stability.json, ${one}`),
    ),
  ];
}
