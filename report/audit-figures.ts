import type { AuditFiles } from '../workspace/audits.ts';
import type { PopulationComparison } from '../workspace/population-comparison.ts';
import { populationDifferences } from './figures/population-differences.ts';
import type { ReportFigure } from './figures/render.ts';
import { type DrawnSpecification, specificationCurve } from './figures/specification-curve.ts';
import { facetName } from './findings/audit.ts';
import type { DeepReadonly } from './findings/finding.ts';
import { sideName } from './findings/populations.ts';
import { capital, percent } from './wording.ts';

/** Statistics of a comparison that are drawn. */
const DRAWN = 16;

/** Facets whose levels are shown below the curve. */
const SHOWN = 5;

/** Levels of a row by facet. */
const levelsOf = (row: DeepReadonly<AuditFiles>['rows'][number]): Record<string, string> =>
  Object.fromEntries(
    Object.entries({
      'who decides': row.policy,
      elicitation: row.elicit,
      temperature: row.temperature === undefined ? undefined : String(row.temperature),
      ...{ paraphrase: row.paraphrase, slots: row.slots, order: row.order, list: row.list },
      punctuation: row.punctuation,
    }).flatMap(([facet, level]) => (level === undefined ? [] : [[facet, level]])),
  );

/** The specifications of an audit, in the order of the curve. */
export const curveOf = ({ rows }: DeepReadonly<AuditFiles>): DrawnSpecification[] =>
  rows
    .flatMap((row) => (row.estimate === undefined ? [] : [{ ...row, estimate: row.estimate }]))
    .sort((a, b) => a.estimate - b.estimate)
    .map((row, i) => ({
      ...{ rank: i + 1, estimate: row.estimate, against: row.against ?? false, levels: levelsOf(row) },
      lower: row.lower ?? Number.NaN,
      upper: row.upper ?? Number.NaN,
    }));

/** A claim under every specification. */
export function ofAudit({ audit }: { readonly audit?: DeepReadonly<AuditFiles> }): ReportFigure[] {
  if (!audit) return [];
  const specifications = curveOf(audit);
  if (specifications.length < 2) return [];
  const { claim, facets, estimate, command } = audit.report;
  const outcome = claim.kind === 'probability' ? `P(${claim.outcome.replace(/^p:/, '')})` : claim.outcome;
  return [
    {
      name: 'specification-curve',
      section: 'audit',
      caption: `Every specification of the claim on the same random numbers, by ascending estimate of ${outcome} for ${claim.b} less that for ${claim.a}; below, what each was asked with, facets that move it most first. Made by: ${command}`,
      draw: (theme) =>
        specificationCurve(
          specifications,
          {
            outcome: `difference in ${outcome}`,
            facets: facets.slice(0, SHOWN).map(({ facet, share, levels }) => ({
              name: facet,
              title: `${capital(facetName(facet))}: ${percent(share)} of the variance`,
              levels: levels.map(({ level }) => level).filter((level) => level !== 'none'),
            })),
            ...(estimate && { mean: { value: estimate.mean, ...estimate.interval } }),
          },
          theme,
        ),
    },
  ];
}

/** Where two populations differ: shares, which have one scale; amounts, if there are no shares. */
export function ofComparison({ compared }: { readonly compared?: DeepReadonly<PopulationComparison> }): ReportFigure[] {
  if (!compared) return [];
  const { statistics, a, b, command } = compared;
  const shares = statistics.filter(({ kind }) => kind === 'share');
  const drawn = shares.length > 0 ? shares : statistics;
  if (drawn.length === 0) return [];
  return [
    {
      name: 'population-differences',
      section: 'compare',
      caption: `Differences with 90 % intervals: a statistic whose interval lies within the margin is equivalent at 5 %. Made by: ${command}`,
      draw: (theme) =>
        populationDifferences(
          drawn.slice(0, DRAWN).map(({ interval, ...row }) => ({ ...row, ...interval })),
          { sides: [sideName(a, b), sideName(b, a)], of: drawn.length },
          theme,
        ),
    },
  ];
}
