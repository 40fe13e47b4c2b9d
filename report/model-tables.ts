import type { ModelCoefficient } from '../workspace/coefficients.ts';
import type { StudyEvaluation, StudyModel } from '../workspace/evaluation.ts';
import { evaluationFindings } from './findings/evaluation.ts';
import type { DeepReadonly } from './findings/finding.ts';
import { code, type Html, html, numberCells } from './html.ts';
import { labelWords } from './label-words.ts';
import { bestOf, candidates, movedByOrder } from './models.ts';
import type { StudyFiles } from './study-files.ts';
import { fixed, grouped, percent, percentWithInterval, short, withInterval } from './wording.ts';

type Model = DeepReadonly<StudyModel>;
/** Head and cell of a column. */
type Column = readonly [head: string, cell: (model: Model) => string];

const NONE = '–';

/** How far every model and baseline is from the labels, and what else a choice between them depends on. */
export function modelTables(study: StudyFiles): Html {
  const { evaluation } = study;
  if (!evaluation) return html``;
  const models = [...candidates(study), ...evaluation.models.filter(({ kind }) => kind === 'baseline')];
  const best = bestOf(study)?.model;
  const choices = evaluation.labels === 'choices';
  const beyond = beyondErrors.filter(([, cell]) => models.some((model) => cell(model) !== NONE));
  return html`${table(models, best, choices ? choiceErrors(evaluation) : errors(evaluation))}
<p class="note">${grouped(evaluation.test.rows)} ${choices ? 'single choices' : labelWords(evaluation).rows} of ${evaluation.test.path}. Intervals: 95 % percentile bootstrap over ${evaluation.test.units === undefined ? 'states' : `${grouped(evaluation.test.units)} units`}, 1,000 resamples, seed ${evaluation.seed}; the last column is paired. ECE: calibration error in ten bins. Baselines: mean of the train file, its 8 nearest states by phrases that differ, uniform. A dash stands where a constant prediction leaves nothing to compute.</p>
${beyond.length > 0 ? html`${table(models, best, beyond)}\n<p class="note">${code(beyondNote(evaluation, models).join(' '))}</p>\n` : undefined}`;
}

const errors = ({ bestBaseline }: StudyEvaluation): Column[] => [
  ['MSE [95 %]', ({ mse, intervals }) => withInterval(mse, intervals.mse)],
  ['MAE', ({ mae }) => short(mae)],
  ['R²', ({ r2 }) => fixed(r2, 4)],
  ['Pearson', ({ pearson }) => fixed(pearson, 4)],
  ['Spearman', ({ spearman }) => fixed(spearman, 4)],
  ['KL (nats)', ({ kl }) => fixed(kl, 4)],
  ['bias', ({ bias }) => fixed(bias, 4)],
  ['ECE', ({ ece }) => fixed(ece, 4)],
  [
    `MSE − ${bestBaseline}’s`,
    ({ versusBaseline: difference }) => (difference ? withInterval(difference.value, difference) : ''),
  ],
];

/** How well single choices are foreseen: a squared error of 0 is out of reach for any model. */
const choiceErrors = ({ bestBaseline, loss }: StudyEvaluation): Column[] => [
  [
    'log loss (nats) [95 %]',
    ({ logLoss, intervals }) => (logLoss === undefined ? NONE : thousandths(logLoss, intervals.logLoss)),
  ],
  ['Brier score', ({ brier }) => (brier === undefined ? NONE : fixed(brier, 4))],
  ['AUC', ({ auc }) => (auc === undefined || Number.isNaN(auc) ? NONE : fixed(auc, 3))],
  ['bias', ({ bias }) => fixed(bias, 4)],
  ['ECE', ({ ece }) => fixed(ece, 4)],
  [
    `${loss === 'log_loss' ? 'log loss' : 'MSE'} − ${bestBaseline}’s`,
    ({ versusBaseline: difference }) => (difference ? thousandths(difference.value, difference) : ''),
  ],
];

/** Three digits after the point: a log loss is seldom known better, and models often differ in the third. */
const thousandths = (value: number, interval?: { readonly lower: number; readonly upper: number }): string =>
  interval ? `${fixed(value, 3)} [${fixed(interval.lower, 3)}, ${fixed(interval.upper, 3)}]` : fixed(value, 3);

const beyondErrors: readonly Column[] = [
  [
    'share of the achievable [95 %]',
    ({ achievable: share }) => (share && Number.isFinite(share.value) ? percentWithInterval(share.value, share) : NONE),
  ],
  [
    'MSE on visits [95 %]',
    ({ onPolicy }) => (onPolicy && Number.isFinite(onPolicy.mse) ? withInterval(onPolicy.mse, onPolicy) : NONE),
  ],
  ['visits covered', ({ onPolicy }) => (onPolicy ? percent(onPolicy.covered) : NONE)],
  ['sd over orders', ({ order }) => (order ? short(movedByOrder(order).meanSd) : NONE)],
  ['largest sd', ({ order }) => (order ? short(movedByOrder(order).maxSd) : NONE)],
  ['parameters', ({ parameters }) => (parameters === undefined ? NONE : grouped(parameters))],
  [
    'decisions a second',
    ({ decisionsPerSecond: rate }) => (rate === undefined ? NONE : grouped(Number(rate.toPrecision(2)))),
  ],
];

/** What the columns of the second table are, for those that it has. */
function beyondNote(evaluation: StudyEvaluation, models: readonly Model[]): string[] {
  const { ceiling } = evaluation;
  const ordered = models.find(({ order }) => order)?.order;
  return [
    ...(ceiling && ceiling.r2 !== null
      ? [
          `Share of the achievable: R² as a share of ${ceiling.r2 === 1 ? '1' : fixed(ceiling.r2, 3)}, what these labels allow.`,
        ]
      : []),
    ...(ordered
      ? [
          `Over orders: standard deviation of an answer over ${grouped(ordered.orders)} orders of the same phrases, mean over states and largest; a model with 0 sees no order.`,
        ]
      : []),
    ...evaluationFindings(evaluation)
      .filter(({ severity }) => severity === 'note')
      .map(({ topic, text }) => `${topic}: ${text}`),
    'A dash: not measured, or nothing to measure.',
  ];
}

function table(models: readonly Model[], best: string | undefined, columns: readonly Column[]): Html {
  const row = (model: Model) => {
    const kind = model.kind === 'baseline' ? 'baseline' : model.model === best ? 'best' : 'model';
    return html`<tr class="${kind}"><th scope="row">${model.model}</th>${numberCells(columns.map(([, cell]) => cell(model)))}</tr>
`;
  };
  return html`<div class="scroll"><table>
<thead><tr><th scope="col">model</th>${columns.map(([head]) => html`<th scope="col" class="number">${head}</th>`)}</tr></thead>
<tbody>
${models.map(row)}</tbody>
</table></div>`;
}

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
