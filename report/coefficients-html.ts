import type { ModelCoefficient } from '../workspace/coefficients.ts';
import { type Html, html, numberCells } from './html.ts';
import type { StudyFiles } from './study-files.ts';
import { fixed, short } from './wording.ts';

/** The coefficients of every logistic regression, a table for each, the largest first; pairs stay in the CSV. */
export function coefficientsHtml({ coefficients = [] }: StudyFiles): Html[] {
  const models = [...new Set(coefficients.map(({ model }) => model))];
  return models.map((model) =>
    tableOf(
      model,
      coefficients.filter((row) => row.model === model),
    ),
  );
}

function tableOf(model: string, rows: readonly ModelCoefficient[]): Html {
  const actions = [...new Set(rows.map(({ action }) => action))];
  const phrases = rows
    .filter(({ phrase, beside }) => phrase !== undefined && beside === undefined)
    .sort((a, b) => actions.indexOf(a.action) - actions.indexOf(b.action) || Math.abs(b.logOdds) - Math.abs(a.logOdds));
  // An ordinal head has a weight for each of its thresholds.
  const ordinal = rows.some(({ lowest, highest }) => lowest < highest);
  const several = actions.length > 1;
  const heads = ordinal ? ['mean change of the log-odds', 'least', 'most'] : ['change of the log-odds', 'odds ×'];
  return html`<h3>Coefficients of ${model}</h3>
<div class="scroll"><table>
<thead><tr><th scope="col">phrase</th>${several ? html`<th scope="col">action</th>` : undefined}${heads.map((head) => html`<th scope="col" class="number">${head}</th>`)}</tr></thead>
<tbody>
${phrases.map(
  ({ phrase, action, logOdds, lowest, highest }) =>
    html`<tr><th scope="row">${phrase}</th>${several ? html`<td>${action}</td>` : undefined}${numberCells(
      ordinal ? [signed(logOdds), signed(lowest), signed(highest)] : [signed(logOdds), short(Math.exp(logOdds))],
    )}</tr>\n`,
)}</tbody></table></div>
<p class="note">${noteOn(rows, actions, ordinal)}</p>
`;
}

function noteOn(rows: readonly ModelCoefficient[], actions: readonly string[], ordinal: boolean): string {
  const whose = actions.length > 1 ? 'an action against the default one' : actions[0]!;
  const paired = rows.some(({ beside }) => beside !== undefined);
  const odds = ordinal
    ? 'The odds are those of an answer above a level of the labels’ lattice. A phrase has a coefficient for each level; the table shows their mean, minimum and maximum.'
    : `The odds are those of ${whose}. A coefficient adds to their logarithm, and multiplies them by the last column${paired ? '' : ', whatever else holds'}.`;
  const pairs = paired
    ? ' If two phrases hold, the coefficient of the pair is added as well; all pairs are in results/metrics/coefficients.csv.'
    : '';
  const nothing = rows.filter(({ phrase }) => phrase === undefined);
  const start =
    nothing.length === 1 && !ordinal ? ` If no phrase holds, the log-odds are ${signed(nothing[0]!.logOdds)}.` : '';
  return odds + pairs + start;
}

const signed = (value: number) => `${value > 0 ? '+' : ''}${fixed(value, 2)}`;
