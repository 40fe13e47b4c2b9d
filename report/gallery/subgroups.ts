import { ENOUGH_ROWS } from '../../measure/evaluation/subgroups.ts';
import { bestOf } from '../candidates.ts';
import { type DrawnGroup, subgroups } from '../figures/subgroups.ts';
import { groupName } from '../group-name.ts';
import type { ReportFigure } from '../report-figure.ts';
import type { StudyFiles } from '../study-files.ts';

/** Where the best model is furthest from the teacher. */
export function ofSubgroups(study: StudyFiles): ReportFigure[] {
  const best = bestOf(study);
  const groups = (study.subgroups ?? [])
    .filter(({ model, n, mse }) => model === best?.model && n >= ENOUGH_ROWS && Number.isFinite(mse))
    .map(({ by, group, n, mse, lower, upper }): DrawnGroup => {
      const kind = by === 'trait' || by === 'context' ? by : 'number of phrases';
      return { name: groupName(by, group), by: kind, n, mse, low: lower, high: upper };
    });
  if (!best || groups.length === 0) return [];
  return [
    {
      name: 'subgroups',
      section: 'models',
      caption: `Where ${best.model} must not be trusted as its average promises: the states with the largest errors, by a phrase or by how many there are, of groups of ${ENOUGH_ROWS} rows or more. A state is in many groups, and the worst of many is partly the unluckiest.`,
      draw: (theme) => subgroups(groups, { model: best.model, overall: best.mse }, theme),
    },
  ];
}
