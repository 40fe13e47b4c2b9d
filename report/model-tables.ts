import type { StudyEvaluation, StudyModel } from '../workspace/evaluation.ts';
import { bestOf, candidates } from './candidates.ts';
import { type Html, html, numberCells } from './html.ts';
import type { StudyFiles } from './study-files.ts';
import { fixed, grouped, short, withInterval } from './words.ts';

/** Head and cell of a column. */
type Column = readonly [head: string, cell: (model: StudyModel) => string];

const NONE = '–';

/** How far every model and baseline is from the teacher, and what else a choice between them depends on. */
export function modelTables(study: StudyFiles): Html {
  const { evaluation } = study;
  if (!evaluation) return html``;
  const models = [...candidates(study), ...evaluation.models.filter(({ kind }) => kind === 'baseline')];
  const best = bestOf(study)?.model;
  const beyond = beyondErrors.filter(([, cell]) => models.some((model) => cell(model) !== NONE));
  return html`${table(models, best, errors(evaluation))}
<p class="note">${grouped(evaluation.test.rows)} states of ${evaluation.test.path}. Intervals: 95 % percentile bootstrap over states, 1,000 resamples, seed ${evaluation.seed}; the last column is paired. ECE: calibration error in ten bins. Baselines: mean of the train file, its 8 nearest states by phrases that differ, uniform. A dash stands where a constant prediction leaves nothing to compute.</p>
${beyond.length > 0 ? html`${table(models, best, beyond)}\n<p class="note">${beyondNote(evaluation, models).join(' ')}</p>\n` : undefined}`;
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

const beyondErrors: readonly Column[] = [
  [
    'of the achievable [95 %]',
    ({ achievable: share }) => (share && Number.isFinite(share.value) ? percentages(share) : NONE),
  ],
  [
    'MSE where it goes [95 %]',
    ({ onPolicy }) => (onPolicy && Number.isFinite(onPolicy.mse) ? withInterval(onPolicy.mse, onPolicy) : NONE),
  ],
  ['visits covered', ({ onPolicy }) => (onPolicy ? `${(100 * onPolicy.covered).toFixed(0)} %` : NONE)],
  ['sd over orders', ({ order }) => (order ? short(order.meanSd) : NONE)],
  ['largest sd', ({ order }) => (order ? short(order.maxSd) : NONE)],
  ['parameters', ({ parameters }) => (parameters === undefined ? NONE : grouped(parameters))],
  [
    'decisions a second',
    ({ decisionsPerSecond: rate }) => (rate === undefined ? NONE : grouped(Number(rate.toPrecision(2)))),
  ],
];

/** Near all of it, a second decimal still tells students apart. */
function percentages({ value, lower, upper }: NonNullable<StudyModel['achievable']>): string {
  const [share, low, high] = [value, lower, upper].map((part) => fixed(100 * part, value > 0.99 ? 2 : 1));
  return `${share} % [${low}, ${high}]`;
}

/** What the columns of the second table are, as far as they are there. */
function beyondNote({ ceiling, machine }: StudyEvaluation, models: readonly StudyModel[]): string[] {
  const went = models.find(({ onPolicy }) => onPolicy)?.onPolicy;
  const ordered = models.find(({ order }) => order)?.order;
  return [
    ...(ceiling && ceiling.r2 !== null
      ? [
          `Of the achievable: R² as a share of ${ceiling.r2 === 1 ? '1' : fixed(ceiling.r2, 3)}, what these labels allow.`,
        ]
      : []),
    ...(went
      ? [
          `Where it goes: ${grouped(went.agents)} agents for ${grouped(went.ticks)} ticks under the model itself, states weighted by their visits; ‘visits covered’ is the share that the error speaks for: ${went.answers === 'teacher' ? 'the teacher answered about states drawn by their visits' : 'the test file has an answer'}. Baselines are not simulated.`,
        ]
      : []),
    ...(ordered
      ? [
          `Over orders: standard deviation of an answer over ${grouped(ordered.orders)} orders of the same phrases, mean over states and largest; 0 is a model that sees no order.`,
        ]
      : []),
    ...(machine ? [`Decisions a second: on ${machine}; they say nothing about another machine.`] : []),
    'A dash: not measured, or nothing to measure.',
  ];
}

function table(models: readonly StudyModel[], best: string | undefined, columns: readonly Column[]): Html {
  const row = (model: StudyModel) => {
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
