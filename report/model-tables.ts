import type { StudyEvaluation, StudyModel } from '../workspace/evaluation.ts';
import { evaluationFindings } from './findings/evaluation.ts';
import type { DeepReadonly } from './findings/finding.ts';
import { type Html, html, numberCells } from './html.ts';
import { bestOf, candidates } from './models.ts';
import type { StudyFiles } from './study-files.ts';
import { fixed, grouped, percent, percentWithInterval, short, withInterval } from './wording.ts';

type Model = DeepReadonly<StudyModel>;
/** Head and cell of a column. */
type Column = readonly [head: string, cell: (model: Model) => string];

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
    'share of the achievable [95 %]',
    ({ achievable: share }) => (share && Number.isFinite(share.value) ? percentWithInterval(share.value, share) : NONE),
  ],
  [
    'MSE on visits [95 %]',
    ({ onPolicy }) => (onPolicy && Number.isFinite(onPolicy.mse) ? withInterval(onPolicy.mse, onPolicy) : NONE),
  ],
  ['visits covered', ({ onPolicy }) => (onPolicy ? percent(onPolicy.covered) : NONE)],
  ['sd over orders', ({ order }) => (order ? short(order.meanSd) : NONE)],
  ['largest sd', ({ order }) => (order ? short(order.maxSd) : NONE)],
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
