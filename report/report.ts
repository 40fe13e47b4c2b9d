import type { Vocabulary } from '../env/scenario.ts';
import type { StudyEvaluation } from '../workspace/evaluation.ts';
import type { StudyStability } from '../workspace/stability.ts';
import { mainExplained } from './explained.ts';
import type { ReportFigure } from './figures/render.ts';
import { auditFindings, facetName } from './findings/audit.ts';
import type { Finding } from './findings/finding.ts';
import { populationFindings } from './findings/populations.ts';
import { stabilityFindings } from './findings/stability.ts';
import { headlineOf, missingOf, nextStep, studyFindings } from './findings/study.ts';
import { code, type Html, html, inlineSvg, numberCells, page } from './html.ts';
import { coefficientsHtml, modelTables } from './model-tables.ts';
import { explainedTeacher, ofTable } from './models.ts';
import { labelsOf, provenance } from './provenance.ts';
import type { StudyFiles } from './study-files.ts';
import { byTeacherTable, type NamedTable, sideBySideTable } from './teacher-tables.ts';
import { grouped, percent, short } from './wording.ts';

/** A figure with its drawings for both appearances. */
export interface DrawnFigure extends ReportFigure {
  readonly light: string;
  readonly dark: string;
}

/** The whole study as one HTML file. */
export function reportOf(study: StudyFiles, scenario: Vocabulary, figures: readonly DrawnFigure[]): string {
  const headline = headlineOf(study);
  const missing = missingOf(study);
  const shown = mainExplained(study, scenario.actions);
  const findings = studyFindings(shown.study, shown.action);
  const of = (severity: Finding['severity']) => findings.filter((one) => one.severity === severity);
  let number = 0;
  const drawn = (section: ReportFigure['section']) =>
    figures.filter((figure) => figure.section === section).map((figure) => figureHtml(figure, ++number));
  const known = study.evaluation || study.dataset || study.stability || study.students.length > 0;
  const body = html`<header>
<p class="kicker">Understudy · ${scenario.id}${whose(study)}</p>
<h1>${headline}</h1>
${of('warning').map(warning)}
${study.evaluation ? undefined : html`<p class="lead">${code(nextStep(study))}</p>`}${of('main').map(({ text }) => html`<p class="lead">${code(text)}</p>`)}
${of('detail').map(finding)}
</header>
${study.evaluation ? html`<section><h2>Models and baselines</h2>${modelTables(study)}${byTeacherHtml(study.evaluation)}${drawn('models')}</section>` : undefined}
${study.effects?.length ? html`<section><h2>What phrases do</h2>${phrasesHtml(study, scenario)}${drawn('phrases')}${coefficientsHtml(study)}</section>` : undefined}
${study.logs.length > 0 ? html`<section><h2>Training</h2>${drawn('training')}</section>` : undefined}
${study.stability ? html`<section><h2>${ofTable(study) ? `The stability of ${study.stability.teacher}` : 'The teacher’s stability'}</h2>${otherTeacher(study)}${stabilityHtml(study.stability)}${drawn('stability')}</section>` : undefined}
${study.sweep ? html`<section><h2>Runs at many settings</h2>${sweepHtml(study.sweep)}${drawn('sweep')}</section>` : undefined}
${study.compared ? html`<section><h2>Two populations</h2>${populationFindings(study.compared).map(finding)}${drawn('compare')}</section>` : undefined}
${study.audit ? html`<section><h2>Does the claim survive?</h2>${auditHtml(study.audit)}${drawn('audit')}</section>` : undefined}
${missing.length > 0 ? html`<section><h2>What is missing</h2><ul>${missing.map((item) => html`<li>${code(item)}</li>`)}</ul></section>` : undefined}
${known ? html`<section><h2>Where the numbers come from</h2>${provenance(study)}${figures.length > 0 ? html`<p class="note">The data of each figure is in <code>results/plots/NAME.csv</code>.</p>` : undefined}</section>` : undefined}`;
  return page(`${headline} – Understudy`, body);
}

/** Models against each of several teachers. */
function byTeacherHtml({ byTeacher }: StudyEvaluation): Html | undefined {
  if (!byTeacher) return undefined;
  const unknown = byTeacher.teachers.flatMap(({ teacher, ceiling }) =>
    ceiling.r2 === null ? [html`<li>${teacher}: ${ceiling.reason}.</li>`] : [],
  );
  return html`<h3>Against each teacher</h3>
${namedTable(byTeacherTable(byTeacher, (name) => name))}
<p class="note">Squared errors of probabilities on the test rows that both sides answered; the last rows hold teachers against each other.${unknown.length > 0 ? ' The noise of some is not known:' : ''}</p>
${unknown.length > 0 ? html`<ul class="note">${unknown}</ul>` : undefined}`;
}

const namedTable = ({ names, head, rows }: NamedTable): Html => html`<div class="scroll"><table>
<thead><tr>${head.map((title, c) => (c < names ? html`<th scope="col">${title}</th>` : html`<th scope="col" class="number">${title}</th>`))}</tr></thead>
<tbody>
${rows.map(
  ([first, ...cells]) =>
    html`<tr><th scope="row">${first}</th>${cells.slice(0, names - 1).map((cell) => html`<td>${cell}</td>`)}${numberCells(cells.slice(names - 1))}</tr>
`,
)}</tbody></table></div>
`;

/** What an audit found, and what each facet does. */
function auditHtml({ report }: NonNullable<StudyFiles['audit']>): Html {
  const findings = auditFindings(report);
  const heads = ['share of variance', 'mean', 'specifications', 'against the claim'];
  const rows = report.facets.flatMap(({ facet, share, levels }) =>
    levels.map(
      ({ level, mean, specifications, against }, i) =>
        html`<tr><th scope="row">${i === 0 ? facetName(facet) : ''}</th><td>${level}</td>${numberCells([
          i === 0 ? percent(share) : '',
          ...[short(mean, 3), grouped(specifications), grouped(against)],
        ])}</tr>\n`,
    ),
  );
  return html`${findings.map((one) => (one.severity === 'warning' ? warning(one) : finding(one)))}
<div class="scroll"><table>
<thead><tr><th scope="col">facet</th><th scope="col">level</th>${heads.map((head) => html`<th scope="col" class="number">${head}</th>`)}</tr></thead>
<tbody>
${rows}</tbody></table></div>
<p class="note">A row for each of the ${grouped(report.specifications)} specifications is in <code>results/metrics/audit.csv</code>. Made by <code>${report.command}</code>.</p>
`;
}

/** How the sweep was made. */
function sweepHtml({ manifest }: NonNullable<StudyFiles['sweep']>): Html {
  const { design, policies, runs, failed, ticks } = manifest;
  return html`<p class="note">${grouped(runs)} runs of ${grouped(ticks)} ticks, ${design.parameters.length > 0 ? `over ${design.parameters.join(', ')} ` : ''}(${design.kind}), by ${Object.keys(policies).join(', ')}. All numbers are in <code>results/sweep</code>; <code>understudy sweep</code> makes them.${failed > 0 ? html` ${grouped(failed)} runs failed; <code>failures.csv</code> says why.` : undefined}</p>
`;
}

/** Whose labels the study is about: a teacher's, or those of a table. */
function whose(study: StudyFiles): string {
  const { table, evaluation, dataset, stability } = study;
  if (ofTable(study)) return ` · ${labelsOf(study)}${table ? ` in ${table.file}` : ''}`;
  const teacher = dataset?.teacher ?? stability?.teacher ?? evaluation?.teacher.join(', ');
  return teacher ? ` · teacher ${teacher}` : '';
}

/** Says that a stability study is not about labels that stand in a table. */
function otherTeacher(study: StudyFiles): Html | undefined {
  if (!ofTable(study)) return undefined;
  return html`<p class="warning">The labels of this study stand in a table and are not answers of ${study.stability!.teacher}: this section says how steady that teacher is, and nothing about the noise of the labels.</p>
`;
}

const warning = ({ text }: Finding) => html`<p class="warning">${code(text)}</p>`;
const finding = ({ topic, text }: Finding) => html`<p><strong>${topic}.</strong> ${code(text)}</p>\n`;

function figureHtml({ name, caption, light, dark }: DrawnFigure, number: number): Html {
  const label = `Figure ${number}. ${caption}`;
  return html`<figure id="${name}">
<div class="light" role="img" aria-label="${label}">${inlineSvg(light, `${name}-light`)}</div>
<div class="dark" role="img" aria-label="${label}">${inlineSvg(dark, `${name}-dark`)}</div>
<figcaption>${label}</figcaption>
</figure>
`;
}

/** How to read the effects, and how to add the teacher's. */
function phrasesHtml(study: StudyFiles, { traits, groups }: Vocabulary): Html {
  const inside =
    traits.length > 0 && groups.every(({ kind }) => kind !== 'traits')
      ? ' that begins with a trait, and what a phrase adds to the probability is averaged over these orders, then over the states. Every step is thus a state of the scenario, and no model is asked about a set without traits, which it never saw in training; the effect of a single trait on its own is left out.'
      : ', and what a phrase adds to the probability is averaged over these orders, then over the states.';
  const teacher =
    explainedTeacher(study) === undefined
      ? ` To add ${ofTable(study) ? 'a' : 'the'} teacher, run \`understudy explain --policy TEACHER --test FILE\`, which asks it about the same sets; recorded answers must cover all of them.`
      : '';
  const estimated = (study.effects ?? []).some(({ standardError }) => standardError !== undefined);
  const how = estimated
    ? 'Estimated from random orders, in pairs of an order and its reverse, with standard errors over states and orders: a state’s phrases are added one by one'
    : 'Exact: a state’s phrases are added one by one in every order';
  const group =
    groups.length > 0
      ? ' A group always has one phrase: before its own is added, another stands in, drawn by the shares in the population, so an effect compares a phrase with the mean over its group.'
      : '';
  return html`<p class="note">${code(`${how}${inside}${group}${teacher}`)}</p>
`;
}

function stabilityHtml(stability: StudyStability): Html {
  const { prompts, runs, complete, kind, temperature, action, actions, std, mard, icc, cosine, heaping } = stability;
  const one = icc['ICC(1,1)'];
  const undefinedFor = one?.value === null ? (one.reason ?? 'undefined') : undefined;
  return html`<p>${grouped(complete)} of ${grouped(prompts)} prompts were answered in all ${runs} runs (${
    kind === 'determinism check'
      ? 'a determinism check, which says nothing about how sure the teacher is'
      : `${kind}, temperature ${temperature}`
  }).${action === undefined ? '' : ` All numbers are about P(${action}).`}${
    actions ? ` All numbers are of the actions but ${Object.keys(actions)[0]} together; each action is below.` : ''
  }</p>
${stabilityFindings(stability).map((one) => (one.severity === 'warning' ? warning(one) : finding(one)))}<div class="scroll"><table><tbody>
<tr><th scope="row">standard deviation of a prompt</th>${numberCells([short(std.sample)])}<td class="wrap">mean over prompts, n − 1 (${short(std.population)} with n)</td></tr>
<tr><th scope="row">MARD</th>${numberCells([short(mard)])}<td class="wrap">mean over pairs of runs and prompts of |a − b| / mean(a, b)</td></tr>
<tr><th scope="row">ICC(1,1)</th>${numberCells([one?.value === null || !one ? '–' : short(one.value, 3)])}<td class="wrap">${
    undefinedFor ??
    `95 % from ${short(one?.lower, 3)} to ${short(one?.upper, 3)}; share of the variance that lies between prompts`
  }</td></tr>
<tr><th scope="row">similarity of explanations</th>${numberCells([short(cosine.value)])}<td class="wrap">${
    cosine.between === null || cosine.between === undefined
      ? ''
      : `${short(cosine.between)} between different prompts; `
  }${cosine.method}</td></tr>
<tr><th scope="row">answers on the 0.05 grid</th>${numberCells([percent(heaping.share)])}<td class="wrap">${percent(heaping.chance)} without a preference for round numbers</td></tr>
</tbody></table></div>
${actionTable(stability)}${facetTable(stability)}${sideBySideHtml(stability)}`;
}

/** Several teachers, a row for each and each facet. */
function sideBySideHtml({ teacher, sideBySide }: StudyStability): Html | undefined {
  if (!sideBySide) return undefined;
  return html`<h3>Teachers side by side</h3>
<p class="note">On the ${grouped(sideBySide.prompts)} prompts that all of them answered throughout; everything above is about ${teacher}. The whole studies of the others are in <code>results/metrics/stability.json</code>.</p>
${namedTable(sideBySideTable(sideBySide, (name) => name))}`;
}

/** How steady each of several actions is. */
function actionTable({ actions }: StudyStability): Html | undefined {
  if (!actions) return undefined;
  const heads = ['mean', 'standard deviation of a prompt', 'MARD', 'ICC(1,1)'];
  return html`<div class="scroll"><table>
<thead><tr><th scope="col">action</th>${heads.map((head) => html`<th scope="col" class="number">${head}</th>`)}</tr></thead>
<tbody>
${Object.entries(actions).map(
  ([name, { mean, std, mard, icc }]) =>
    html`<tr><th scope="row">${name}</th>${numberCells([
      short(mean),
      short(std.sample),
      short(mard),
      short(icc['ICC(1,1)']?.value, 3),
    ])}</tr>\n`,
)}</tbody></table></div>
`;
}

/** What was varied alone, a row for each. */
function facetTable({ facets = {}, actions }: StudyStability): Html | undefined {
  const rows = Object.entries(facets);
  if (rows.every(([facet]) => facet === 'seed')) return undefined;
  const heads = ['levels', 'mean |difference|', 'largest', 'MARD', 'ICC(2,1)', 'similarity of explanations'];
  return html`<div class="scroll"><table>
<thead><tr><th scope="col">facet</th><th scope="col">asked</th>${heads.map((head) => html`<th scope="col" class="number">${head}</th>`)}</tr></thead>
<tbody>
${rows.map(
  ([facet, { asked, levels, meanAbsoluteDifference, largestDifference, mard, icc, cosine }]) =>
    html`<tr><th scope="row">${facet}</th><td>${asked}</td>${numberCells([
      grouped(levels.length),
      short(meanAbsoluteDifference),
      short(largestDifference),
      short(mard),
      short(icc['ICC(2,1)']?.value, 3),
      short(cosine.value),
    ])}</tr>\n`,
)}</tbody></table></div>
<p class="note">Each facet was varied alone. ‘expected’: means of the number’s whole distribution, free of the seed’s noise;${
    actions ? ' ‘choice’: probabilities of the options, free of it too;' : ''
  } ‘sample’: draws, which carry it. A dash: nothing to compare, or no variance.</p>
`;
}
